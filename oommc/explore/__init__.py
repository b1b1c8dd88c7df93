"""All interleavings of a small world: which counts can be other than zero, and by what order of steps.

untimed (the twin without its times) → state → search → text
"""

from .search import Verdict, explore

__all__ = ["Verdict", "explore"]
