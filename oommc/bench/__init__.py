"""How fast the core is, beside references measured in the same run: `oommc bench`, told in docs/performance.md.

floor (C), simpy_usemem, the twin's events → speed, scaling, whole, startup → goals → tell
"""
