"""A distribution from measured values: the family that follows them best, how well it does,
in words and as a picture.
"""

from oommc.fitting.likelihood import fit
from oommc.fitting.result import Candidate, Goodness
from oommc.fitting.shown import Fit

__all__ = ["Candidate", "Fit", "Goodness", "fit"]
