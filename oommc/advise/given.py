"""What the user knows and the log doesn't say: a group's limit, the memory there is, and any key of the scenario."""

from collections.abc import Sequence
from dataclasses import dataclass

from oommc.errors import InputError
from oommc.incident.model import Report
from oommc.scenario import Scenario
from oommc.units import size

_KB_PER_PAGE = 4  # the simulator's pages


@dataclass(frozen=True)
class Given:
    """Sizes as texts (`16 GiB`), and KEY=VALUE texts."""

    limit: str | None = None
    ram: str | None = None
    keys: Sequence[str] = ()

    def tell(self, report: Report) -> None:
        """Put the sizes in where the report has none. Raises InputError."""
        if self.limit is not None and report.memcg_limit_kb is None:
            kb = _kb("--limit", self.limit)
            report.counters["memory"] = report.memcg_usage_kb or kb, kb
        if self.ram is not None and report.ram_kb is None:
            report.ram_pages, report.reserved_pages = _kb("--ram", self.ram) // report.page_kb, 0

    def changed(self, scenario: Scenario) -> Scenario:
        """The scenario with the keys. Raises InputError."""
        for text in self.keys:
            key, equals, value = text.partition("=")
            if not (key and equals):
                raise InputError(f"--set {text}: KEY=VALUE, for example machine.cpus=4")
            scenario = scenario.replace(key.strip(), value.strip())
        return scenario


def _kb(option: str, text: str) -> int:
    try:
        kb = size(text) * _KB_PER_PAGE
    except InputError as error:
        raise InputError(f"{option}: {error}") from None
    if kb < 1:
        raise InputError(f"{option}: more than 0")
    return kb
