"""One schedule told, and schedules worth telling.

The twin runs it with a listener, and each step becomes a line in the kernel's words. `watch` reads off the twin's world
what lasts between the steps; `text`, `picture` and `perfetto` tell a `Story`. `condition` reads a condition on a
record's columns, `search` looks for schedules that meet it.
"""

from .story import Story, replay

__all__ = ["Story", "replay"]
