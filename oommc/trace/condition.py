"""A condition on a record's columns, as text: `needless > 0 and (ttr_ns > 1e9 or outcome == livelock)`.

    either  := both ("or" both)*
    both    := one ("and" one)*
    one     := "not" one | "(" either ")" | operand ("<" | "<=" | ">" | ">=" | "==" | "!=") operand
    operand := a column | a number | an outcome, with or without quotes

A parser of its own and never `eval`: what a condition may do is what stands here.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..columns import COLUMNS, NAME, OUTCOME, OUTCOMES
from ..errors import InputError
from ..naming import hint

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))"
    r"|(?P<word>[^\W\d]\w*)|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\""
    r"|(?P<sign><=|>=|==|!=|<|>|\(|\)))",
    re.ASCII,
)
_COMPARISONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_WORDS = ("and", "or", "not")
_LONGEST, _DEEPEST = 10_000, 50
NUMBERS = tuple(column.name for column in COLUMNS if column.kind not in (NAME, OUTCOME))
"""Columns that hold a number; besides them a condition may name `outcome`."""

Rows = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Condition:
    """`columns` that it names, in order; `holds(rows)` maps their int64 arrays to a bool one of the same
    shape.
    """

    columns: tuple[str, ...]
    holds: Callable[[Rows], np.ndarray]


def parse(text: str) -> Condition:
    """The condition of a text. InputError, with the position, if it is none."""
    return _Parser(text).condition()


class _Parser:
    def __init__(self, text: str):
        self.text, self.at, self.depth = text, 0, 0
        self.columns: dict[str, None] = {}
        if len(text) > _LONGEST:
            raise self._wrong(f"at most {_LONGEST:,} characters", 0)
        self.tokens = self._tokens()

    def condition(self) -> Condition:
        holds = self._either()
        kind, value, start = self._peek()
        if kind != "end":
            raise self._wrong(f"expected and, or, or the end, not {value}", start)
        return Condition(tuple(self.columns), holds)

    def _tokens(self) -> list[tuple[str, str, int]]:
        tokens, start = [], 0
        while self.text[start:].strip():
            match = _TOKEN.match(self.text, start)
            if not match:
                start += len(self.text[start:]) - len(self.text[start:].lstrip())
                raise self._wrong(f"can't read {self.text[start : start + 20]!r}", start)
            kind, value = next((k, v) for k, v in match.groupdict().items() if v is not None)
            place, start = match.start(kind), match.end()
            if kind in ("single", "double"):
                kind, place = "text", place - 1
            tokens.append(("sign" if value in _WORDS and kind == "word" else kind, value, place))
        return [*tokens, ("end", "the end", len(self.text))]

    def _peek(self):
        return self.tokens[self.at]

    def _next(self):
        token = self.tokens[self.at]
        self.at += token[0] != "end"
        return token

    def _takes(self, sign: str) -> bool:
        if self._peek()[:2] != ("sign", sign):
            return False
        self.at += 1
        return True

    def _either(self):
        parts = [self._both()]
        while self._takes("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda rows: np.logical_or.reduce([part(rows) for part in parts])

    def _both(self):
        parts = [self._one()]
        while self._takes("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda rows: np.logical_and.reduce([part(rows) for part in parts])

    def _one(self):
        start = self._peek()[2]
        negated = self._takes("not")
        if not negated and not self._takes("("):
            return self._comparison()
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._wrong(f"nested deeper than {_DEEPEST}", start)
        if negated:
            inner = self._one()
            self.depth -= 1
            return lambda rows: np.logical_not(inner(rows))
        inner = self._either()
        _, value, at = self._peek()
        if not self._takes(")"):
            raise self._wrong(f"expected ), not {value}", at)
        self.depth -= 1
        return inner

    def _comparison(self):
        left = self._operand()
        kind, sign, start = self._next()
        if sign not in _COMPARISONS or kind != "sign":
            raise self._wrong(f"expected one of {' '.join(_COMPARISONS)}, not {sign}", start)
        right = self._operand()
        if isinstance(left, _Outcome) or isinstance(right, _Outcome):
            return self._of_outcome(left, sign, right, start)
        for a, b in ((left, right), (right, left)):
            if a == "outcome":
                raise self._wrong(f"outcome is one of {', '.join(OUTCOMES)}, not {b}", start)
        if not (isinstance(left, str) or isinstance(right, str)):
            raise self._wrong("a comparison needs a column", start)
        compare = _COMPARISONS[sign]
        return lambda rows: compare(_value(left, rows), _value(right, rows))

    def _of_outcome(self, left, sign, right, start):
        if sign not in ("==", "!="):
            raise self._wrong("an outcome is compared with == or !=", start)
        column, outcome = (left, right) if isinstance(right, _Outcome) else (right, left)
        if column != "outcome":
            raise self._wrong(f"{outcome.name} is compared with the column outcome", start)
        code, compare = OUTCOMES.index(outcome.name), _COMPARISONS[sign]
        return lambda rows: compare(rows["outcome"], code)

    def _operand(self):
        kind, value, start = self._next()
        if kind == "number":
            try:
                number = float(value)
                return int(value) if value.lstrip("+-").replace("_", "").isdigit() else number
            except ValueError:
                raise self._wrong(f"{value} is no number", start) from None
        if kind == "text" or (kind == "word" and value in OUTCOMES):
            if value not in OUTCOMES:
                raise self._wrong(f"no outcome {value!r}; {hint(value, OUTCOMES)}", start)
            return _Outcome(value)
        if kind != "word":
            raise self._wrong(f"expected a column or a number, not {value}", start)
        if value not in (*NUMBERS, "outcome"):
            raise self._wrong(f"no column {value!r}; {hint(value, (*NUMBERS, 'outcome', *OUTCOMES))}", start)
        self.columns[value] = None
        return value

    def _wrong(self, why: str, start: int) -> InputError:
        return InputError(f"where, character {start + 1}: {why}")


@dataclass(frozen=True)
class _Outcome:
    name: str


def _value(operand: str | float, rows: Rows):
    return rows[operand] if isinstance(operand, str) else operand
