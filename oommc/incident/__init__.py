"""OOM reports, of the kernel and of user-space killers, read from logs as people keep and post them.

`read` goes through lines, `read_file` through a file; both give `Report`s in the log's order, one at a
time, so that a log of any size can be read. `scenario_toml` makes a scenario of a report.
"""

from oommc.incident.drafting.scenario import scenario_toml, to_scenario
from oommc.incident.model import Report, Task, Trigger, Victim, Zone
from oommc.incident.reading import read, read_file, read_live

__all__ = [
    "Report",
    "Task",
    "Trigger",
    "Victim",
    "Zone",
    "read",
    "read_file",
    "read_live",
    "scenario_toml",
    "to_scenario",
]
