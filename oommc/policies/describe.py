"""A policy in words: every mechanism's value and what it means, its windows and its hangs."""

import textwrap

from ..units import format_duration, format_rate, format_size
from .flaws import HANGS, SIMULATED, WINDOWS
from .knobs import KNOBS
from .mechanisms import MECHANISMS, Mechanism
from .policy import Policy
from .values import told

_WIDTH = 110


def describe(policy: Policy) -> str:
    """The text of `oommc policies NAME`."""
    parts = [policy.name, textwrap.fill(policy.about, _WIDTH), _chosen(policy.mechanisms(), MECHANISMS)]
    if policy.monitor:
        parts.append(f"Beside it in user space, {policy.monitor.name}:\n{_chosen(policy.monitor.knobs(), KNOBS)}")
    for title, names, meaning in [
        ("Windows in which it can kill unnecessarily", policy.windows, WINDOWS),
        ("Ways in which it can hang", policy.hangs, HANGS),
    ]:
        if names:
            rows = [(name, meaning[name] + ("" if name in SIMULATED else " (not simulated)")) for name in names]
            told = ", all of them simulated" if SIMULATED.issuperset(names) else ""
            parts.append(f"{title}{told}:\n{_table(rows)}")
    parts.append(f"Source: {policy.source}" if policy.source else "")
    return "\n\n".join(part for part in parts if part)


def _chosen(values: dict, table: dict[str, Mechanism]) -> str:
    rows = []
    for name, value in values.items():
        mechanism = table[name]
        if mechanism.kind == "time":
            rows.append((name, format_duration(value) if value else "0", mechanism.about))
        elif mechanism.kind == "size":
            rows.append((name, format_size(value) if value else "0", mechanism.about))
        elif mechanism.kind == "rate":
            rows.append((name, format_rate(value) if value else "0", mechanism.about))
        elif mechanism.kind in ("count", "percent"):
            rows.append((name, told(mechanism, value), mechanism.about))
        else:
            chosen = value if isinstance(value, tuple) else (value,)
            meaning = "; ".join(mechanism.values[c] for c in chosen) or "nothing"
            rows.append((name, " + ".join(chosen) or "nothing", f"{mechanism.about}: {meaning}"))
    return _table(rows)


def _table(rows: list[tuple[str, ...]]) -> str:
    """Aligned columns; the last one wraps."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]) - 1)]
    indent = "  " + " " * sum(width + 2 for width in widths)
    lines = []
    for row in rows:
        head = "  " + "".join(f"{cell:<{width}}  " for cell, width in zip(row, widths, strict=False))
        lines.append(textwrap.fill(row[-1], max(_WIDTH, len(indent) + 40), initial_indent=head, subsequent_indent=indent))
    return "\n".join(line.rstrip() for line in lines)
