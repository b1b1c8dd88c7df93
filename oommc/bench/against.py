"""Two commits' benches beside each other.

A schedule's time is told in events of the bare loop that ran in between, so that a machine which was slower that day
doesn't show as a slower core.
"""

import json
from pathlib import Path
from typing import Any

from oommc.bench.text import table
from oommc.errors import InputError


def read(path: str) -> dict[str, Any]:
    """What `oommc bench --json` wrote. Raises InputError if it isn't that."""
    try:
        measured = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are such
        raise InputError(f"{path}: not what oommc bench --json writes: {error}") from None
    if not isinstance(measured, dict) or measured.get("schema") != 1 or "goals" not in measured:
        raise InputError(f"{path}: not what oommc bench --json writes (schema 1)")
    return measured


def against(now: dict[str, Any], before: dict[str, Any]) -> str:
    """A table of the speeds that both have, and one of the goals that both have."""
    speeds = [
        (name, policies, f"{then:,.0f}", f"{today:,.0f}", f"{today / then:.3f}")
        for name in now["scenarios"].keys() & before["scenarios"].keys()
        for policies in ("1", "2", "16")
        for then, today in [[_loops(of["scenarios"][name], policies) for of in (before, now)]]
    ]
    then = {goal["what"]: goal["measured"] for goal in before["goals"]}
    goals = [
        (goal["what"], f"{then[goal['what']]:.3g}", f"{goal['measured']:.3g}")
        for goal in now["goals"]
        if goal["what"] in then
    ]
    heads = ("scenario", "policies", "before", "now", "now / before")
    return "\n\n".join(
        [
            "Time of a schedule, in events of the bare loop:",
            table(heads, sorted(speeds), left=2),
            table(("goal", "before", "now"), goals, left=1),
        ]
    )


def _loops(of: dict[str, Any], policies: str) -> float:
    return 1e3 * of["core"][policies]["us_schedule"]["median"] / of["bare_loop"]["ns_event"]["median"]
