"""One schedule told: the twin runs it with a listener, and each step becomes a line in the kernel's words.

`watch` reads off the twin's world what lasts between the steps; `text`, `picture` and `perfetto` tell a
`Story`.
"""

from .story import Story, replay

__all__ = ["Story", "replay"]
