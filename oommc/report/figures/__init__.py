"""The pictures of a report, one a module; each returns a `Figure`: the SVG, the table it shows, and words for
it.
"""

from .differences import differences
from .figure import Figure
from .kills import kills
from .overview import overview
from .patience import patience
from .recovery import recovery
from .timeline import timeline
from .tradeoff import tradeoff

__all__ = ["Figure", "differences", "kills", "overview", "patience", "recovery", "timeline", "tradeoff"]
