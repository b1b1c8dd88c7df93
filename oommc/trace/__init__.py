"""One schedule told: the twin runs it with a listener, and each step becomes a line in the kernel's words."""

from .story import Story, replay

__all__ = ["Story", "replay"]
