"""The bench's results as text."""

from collections.abc import Sequence
from typing import Any

MET = {True: "yes", False: "no", None: "not judged"}


def text(measured: dict[str, Any]) -> str:
    """Two tables, of speeds and of goals, and what they were measured on."""
    scenarios = measured["scenarios"]
    speeds = [row for name, of in scenarios.items() for row in _speeds(name, of)]
    heads = (
        "scenario",
        "policies",
        "µs per schedule",
        "policy-schedules/s",
        "ns an event",
        "× bare loop",
        "complete",
        "× bare loop",
    )
    models = [
        f"SimPy, {told}: {of['ms_policy_schedule']['median']:.3g} ms a policy-schedule; the core makes "
        + ", ".join(f"{of[f'core_{n}']['median']:,.0f} × as many with {n}" for n in ("1", "2", "16"))
        for scenario in scenarios.values()
        for told, of in _models(scenario)
    ]
    shares = [
        f"{name}: of 16 policies' records of a schedule {of['distinct']:.1f} differ" for name, of in scenarios.items()
    ]
    goals = [
        (
            goal["what"],
            f"{'≥' if goal['least'] else '≤'} {goal['limit']:g}",
            f"{goal['measured']:.3g}",
            MET[goal["met"]],
        )
        for goal in measured["goals"]
    ]
    parts = [
        _about(measured),
        table(heads, speeds, left=2),
        "\n".join([*models, *shares]),
        table(("goal", "limit", "measured", "met"), goals, left=1),
    ]
    return "\n\n".join(parts)


def _about(measured: dict[str, Any]) -> str:
    machine = measured["machine"]
    return (
        f"oommc {measured['oommc']} (model {measured['model']}), {machine['processors']} × {machine['processor']}, "
        f"load {machine['load']:.1f}; {machine['compiler']}\n"
        "Medians of rounds, CPU time. Events are the twin's, up to the horizon, "
        "for each policy (± the error of the sample that\n"
        "was counted); `complete`: ns an event when only those up to a record's last change count."
    )


def _speeds(name: str, of: dict[str, Any]):
    for policies, core in of["core"].items():
        yield (
            name,
            policies,
            f"{core['us_schedule']['median']:,.1f}",
            f"{core['policy_schedules_s']:,.0f}",
            f"{core['ns_event']['median']:.2f}{_error(core['events'], 'mean', 'error')}",
            f"{core['of_bare_loop']['median']:.3f}",
            *_complete(core),
        )
    bare, twin = of["bare_loop"], of["twin"]
    told = f"bare loop ({bare['way']}, {of['entities']} entities)"
    yield (name, told, "", "", f"{bare['ns_event']['median']:.2f}", "1", "", "1")
    ratio = twin["ns_event"]["median"] / bare["ns_event"]["median"]
    yield (name, "twin", "", "", f"{twin['ns_event']['median']:,.0f}", f"{ratio:,.0f}", "", "")


def _complete(core: dict[str, Any]) -> tuple[str, str]:
    """Time by the events up to the last change; nothing where no record had one."""
    if core["ns_event_complete"] is None:
        return "", ""
    told = f"{core['ns_event_complete']['median']:.1f}{_error(core['events'], 'complete', 'complete_error')}"
    return told, f"{core['complete_of_bare_loop']['median']:.2f}"


def _error(events: dict[str, Any], mean: str, error: str) -> str:
    """The sample's relative error."""
    return "" if events[error] is None else f" ± {100 * events[error] / events[mean]:.1f} %"


def _models(of: dict[str, Any]):
    if "simpy" in of:
        yield "to the horizon", of["simpy"]["whole"]
        yield "ended as soon as all is calm for good", of["simpy"]["until_quiet"]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> str:
    """Columns side by side, the first `left` flush left, the others right."""
    lines = [heads, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    return "\n".join(
        "  ".join(
            f"{cell:<{w}}" if at < left else f"{cell:>{w}}"
            for at, (cell, w) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
