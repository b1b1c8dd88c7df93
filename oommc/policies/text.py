"""A policy as text: what sets it apart, every mechanism's value and what it means, its windows and its hangs."""

import textwrap
from collections.abc import Iterable, Sequence

from ..units import format_duration, format_rate, format_size
from .flaws import HANGS, SIMULATED, WINDOWS
from .knobs import KNOBS
from .mechanisms import MECHANISMS
from .policy import Policy
from .table import Mechanism
from .value import text as value_text

_WIDTH = 110


def text(policy: Policy, others: Iterable[Policy] = (), whole: bool = False) -> str:
    """The text of `oommc policies NAME`.

    `others`, in the order of history: it is set apart from the closest before it. `whole`: with all its mechanisms,
    else with those that aren't as in Linux 2.6.17 (of a killer: as a killer's defaults).
    """
    parts = [
        policy.name,
        textwrap.fill(policy.about, _WIDTH),
        _set_apart(policy, others),
        _chosen("As Linux 2.6.17 but for", policy.mechanisms(), MECHANISMS, whole),
    ]
    if policy.monitor:
        beside = f"Beside it in user space, {policy.monitor.name}"
        parts.append(_chosen(beside, policy.monitor.knobs(), KNOBS, whole))
    for title, names, meaning in [
        ("Windows in which it can kill unnecessarily", policy.windows, WINDOWS),
        ("Ways in which it can hang", policy.hangs, HANGS),
    ]:
        if names:
            rows = [(name, meaning[name] + ("" if name in SIMULATED else " (not simulated)")) for name in names]
            told = ", all of them simulated" if SIMULATED.issuperset(names) else ""
            parts.append(f"{title}{told}:\n{_table(rows)}")
    parts.append(
        textwrap.fill(f"Source: {policy.source}", _WIDTH, break_long_words=False, break_on_hyphens=False)
        if policy.source
        else ""
    )
    return "\n\n".join(part for part in parts if part)


def _set_apart(policy: Policy, others: Iterable[Policy]) -> str:
    """Of the policies up to itself, where it is one of them, the first that it differs least from, and in what."""
    mine, closest, least = policy.mechanisms(), "", None
    for other in others:
        if other.name == policy.name:
            break
        theirs = other.mechanisms()
        differing = {name: theirs[name] for name in mine if mine[name] != theirs[name]}
        if least is None or len(differing) < len(least):
            closest, least = other.name, differing
    if least is None:
        return ""
    if not least:
        return f"The kernel's mechanisms are those of {closest}."
    words = [
        f"{name} {value_text(MECHANISMS[name], mine[name])} (not {value_text(MECHANISMS[name], was)})"
        for name, was in least.items()
    ]
    return textwrap.fill(
        f"Closest before it: {closest}. What differs: {', '.join(words)}.", _WIDTH, break_on_hyphens=False
    )


def mechanism_text(name: str) -> str:
    """One mechanism or knob: what it decides, its default, its values and what each means."""
    told = MECHANISMS[name] if name in MECHANISMS else KNOBS[name]
    lines = [name, textwrap.fill(f"{told.about}.", _WIDTH), f"Default: {value_text(told, told.default)}"]
    if told.values:
        lines.append(_table(list(told.values.items())))
    return "\n\n".join(lines)


def _chosen(title: str, values: dict, table: dict[str, Mechanism], whole: bool) -> str:
    rows = []
    for name, value in values.items():
        mechanism = table[name]
        if value == mechanism.default and not whole:
            continue
        if mechanism.kind == "time":
            rows.append((name, format_duration(value) if value else "0", mechanism.about))
        elif mechanism.kind == "size":
            rows.append((name, format_size(value) if value else "0", mechanism.about))
        elif mechanism.kind == "rate":
            rows.append((name, format_rate(value) if value else "0", mechanism.about))
        elif mechanism.kind in ("count", "percent"):
            rows.append((name, value_text(mechanism, value), mechanism.about))
        else:
            chosen = value if isinstance(value, tuple) else (value,)
            meaning = "; ".join(mechanism.values[c] for c in chosen) or "nothing"
            rows.append((name, " + ".join(chosen) or "nothing", f"{mechanism.about}: {meaning}"))
    return f"{title}:\n{_table(rows)}" if rows else ""


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """Aligned columns; the last one wraps."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]) - 1)]
    indent = "  " + " " * sum(width + 2 for width in widths)
    lines = []
    for row in rows:
        head = "  " + "".join(f"{cell:<{width}}  " for cell, width in zip(row, widths, strict=False))
        lines.append(
            textwrap.fill(row[-1], max(_WIDTH, len(indent) + 40), initial_indent=head, subsequent_indent=indent)
        )
    return "\n".join(line.rstrip() for line in lines)
