"""The times that reports tell, in seconds, by what they are times of; what `oommc.fit` is for.

Only printk's stamps count, and earlyoom's own measure: a logger's stamps say when it came to write.
"""

from collections.abc import Iterable

from oommc.incident.model import Report


def times(reports: Iterable[Report]) -> dict[str, list[float]]:
    """Of one log's reports, in order: `report` (first line to kill), `reaper` (kill to the reaper's line), `exit`
    (earlyoom's signal to the victim's end), `between` (a kill to the next decision's).
    """
    found: dict[str, list[float]] = {"report": [], "reaper": [], "exit": [], "between": []}
    last = None
    for report in reports:
        if report.printing_s is not None:
            found["report"].append(report.printing_s)
        for victim in report.victims:
            if victim.gone_after_s is not None:
                found["exit"].append(victim.gone_after_s)
            elif victim.t_s is not None and victim.reaped_t_s is not None:
                found["reaper"].append(victim.reaped_t_s - victim.t_s)
        kills = [victim.t_s for victim in report.victims if victim.t_s is not None]
        if kills and last is not None and kills[0] > last:
            found["between"].append(kills[0] - last)
        last = kills[-1] if kills else last
    return found
