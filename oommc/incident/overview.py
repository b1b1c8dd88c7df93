"""All reports of a log together: how many kills, over how long, how soon victims were gone, who asked."""

from collections import Counter
from statistics import median
from typing import Any

from oommc.incident.cause import cause
from oommc.incident.model import Report, Victim

_NAMED = 5


class Overview:
    """Takes reports one by one, in the log's order; keeps counts and times, no reports."""

    def __init__(self) -> None:
        self.reports = self.attempts = 0
        self.hosts: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.killed: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.reaped_after_s: list[float] = []
        self._unreaped = 0
        self._kills: list[tuple[float | None, float | None]] = []  # printk's seconds, and the wall clock's

    def add(self, report: Report) -> None:
        """Count this report, too."""
        self.reports += 1
        self.attempts += len(report.attempts)
        if report.host:
            self.hosts.add(report.host)
        if report.trigger.comm:
            self.asked[report.trigger.comm] += 1
        if found := cause(report):
            self.causes[found.kind] += 1
        for victim in report.victims:
            self._victim(victim)

    def _victim(self, victim: Victim) -> None:
        self.killed[victim.comm or f"pid {victim.pid}"] += 1
        self._kills.append((victim.t_s, victim.wall_s))
        self._unreaped += victim.unreaped
        if victim.reaped_after_s is not None:
            self.reaped_after_s.append(victim.reaped_after_s)

    @property
    def kills(self) -> int:
        """How many processes were killed."""
        return len(self._kills)

    @property
    def is_cascade(self) -> bool:
        """Whether there was more than one report or kill."""
        return self.reports > 1 or self.kills > 1

    @property
    def kill_times_s(self) -> list[float] | None:
        """When the kills were, in seconds after the first; None where no one clock has stamped them all in order."""
        clocks = zip(*self._kills, strict=True) if len(self.hosts) <= 1 else [[wall for _, wall in self._kills]]
        for times in clocks:
            told = [time for time in times if time is not None]
            if len(told) == len(times) and told == sorted(told):
                return [time - told[0] for time in told]
        return None

    @property
    def span_s(self) -> float | None:
        """Seconds from the first kill to the last."""
        times = self.kill_times_s
        return times[-1] if times else None

    def to_json(self) -> dict[str, Any]:
        """The entry `overview` of `oommc incident LOG --json`."""
        reaped = self.reaped_after_s
        return {
            "reports": self.reports,
            "kills": self.kills,
            "attempts": self.attempts,
            "span_s": self.span_s,
            "kill_times_s": self.kill_times_s,
            "reaped_after_s": {"of": len(reaped), "median": median(reaped), "max": max(reaped)} if reaped else None,
            "unreaped": self._unreaped,
            "asked": dict(self.asked.most_common()),
            "killed": dict(self.killed.most_common()),
            "causes": dict(self.causes.most_common()),
            "hosts": sorted(self.hosts),
        }

    def text(self) -> str:
        """The same in a few lines."""
        kills = f"{self.kills} kill" + "s" * (self.kills != 1)
        if self.kills > 1 and self.span_s is not None:
            kills += f" in {self.span_s:.3g} s"
        if self.attempts:
            kills += f", {self.attempts} attempts that failed"
        lines = [f"all {self.reports} reports: {kills}"]
        if self.killed:
            lines.append(f"  killed    {_named(self.killed)}")
        if self.asked:
            lines.append(f"  asked     {_named(self.asked)}")
        if reaped := self.reaped_after_s:
            gone = (
                f"{median(reaped):.3g} s after the kill (median), {max(reaped):.3g} s at most, of {len(reaped)} victims"
            )
            lines.append(f"  gone      {gone}" + (f"; {self._unreaped} couldn't be reaped" if self._unreaped else ""))
        if self.causes:
            lines.append(f"  causes    {_named(self.causes)}")
        if len(self.hosts) > 1:
            lines.append(f"  hosts     {', '.join(sorted(self.hosts)[:_NAMED])}")
        return "\n".join(lines) + "\n"


def _named(counts: Counter[str]) -> str:
    named = [f"{name} ({count})" if count > 1 else name for name, count in counts.most_common(_NAMED)]
    more = len(counts) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
