"""What is said about a scenario made from a report: where it is from, what is left out, what is assumed."""

from oommc.incident.cause import cause
from oommc.incident.drafting.bound import bound_to
from oommc.incident.drafting.era import preset_of
from oommc.incident.drafting.swap import in_words
from oommc.incident.model import Report

TOP = "Made by `oommc incident`. What the report, or the live machine, doesn't tell is marked as assumed."

PROGRAMS = "How fast the grower grows and what the others ask for meanwhile is assumed."


def about(report: Report, grower: str) -> str:
    """One sentence on the incident."""
    if report.is_live:
        return (
            f"What if this machine, under Linux {report.kernel or '(version not told)'}, ran out of memory now: "
            f"{grower}, its largest process, is taken to grow."
        )
    asked = report.trigger.comm or "a process the log doesn't name"
    killed = ", ".join(v.comm or str(v.pid) for v in report.victims[:3]) or "nobody named"
    more = f" and {len(report.victims) - 3} more" if len(report.victims) > 3 else ""
    return (
        f"An incident under Linux {report.kernel or '(version not told)'}, from its OOM report: {asked} "
        f"asked for memory, killed: {killed}{more}; {grower} is taken to be what grew."
    )


def machine_note(report: Report) -> str:
    """Which preset is assumed, and why."""
    name, why = preset_of(report)
    return (
        f"What the report doesn't tell of the machine is that of the preset {name} (assumed: "
        f"{why}); `oommc machines {name}` says what that rests on."
    )


def left_out(report: Report) -> list[str]:
    """What the report tells and the scenario can't."""
    notes = []
    if report.constraint == "memcg":
        notes.append(
            f"The limit of the memory cgroup {report.memcg or '(not named)'} was hit. This is a machine of "
            "the size of that limit, with the group's tasks and next to no watermarks."
        )
    elif bound_to(report):
        notes.append(
            f"The ask was bound to some nodes ({report.constraint}). Here who asked, who was killed and who grew are "
            "bound to them; the others use the other nodes first (assumed)."
        )
    elif report.constraint not in (None, "none"):
        notes.append(f"The ask was bound to some of the memory ({report.constraint}); here it may use all.")
    if (found := cause(report)) and found.kind not in ("memory", "nodes", "limit", "unknown"):
        notes.append(f"{found.text} Here memory runs out as a whole.")
    elif (report.trigger.order or 0) > 0:
        notes.append(f"The ask was for 2**{report.trigger.order} pages in a row; fragmentation isn't simulated.")
    return [*notes, *in_words(report)]


def given_back(report: Report) -> list[str]:
    """What a kill is taken to give back, and how far that may be from the truth."""
    notes = ["A kill gives back the victim's rss. That is an upper bound: pages shared with others stay."]
    known = [(task, task.private_kb) for task in report.tasks if task.private_kb is not None]
    notes += [
        f"Of {task.comm}'s {task.rss * report.page_kb // 1024} MiB only {own // 1024} are its own alone."
        for task, own in sorted(known, key=lambda of: -of[0].rss)[:5]
        if own < 0.9 * task.rss * report.page_kb
    ]
    return notes


def comments(report: Report) -> dict[tuple[str, ...], str]:
    """What to say beside a key, by its path."""
    return {
        ("machine", "preset"): "assumed, and with it all of the machine that doesn't stand here, and how victims exit",
        ("machine", "cpus"): "told" if report.is_live else "at least so many",
        ("machine", "swap"): "the rate is assumed, and that what no task has out stays there",
        ("machine", "node", "reserved"): "what tasks, page cache and free pages leave",
        ("machine", "node", "min"): "the sums of the zones', or the kernel's formula",
        ("machine", "latency", "report"): (
            "from its first line to the kill, in which its processor does nothing else; the spread is assumed"
        ),
        ("memcg", "limit"): "told, or what its members hold if that is more: shared pages count in each",
        ("process", "program"): "assumed",
    }
