"""Schedules worth replaying: `expression` reads a condition on a record's columns, `search` looks for it."""

from .search import Found, find

__all__ = ["Found", "find"]
