"""Yesterday's incident in, a recommendation out: `oommc advise LOG`.

`settings` lists what that machine could have used, `measure` runs it all on the same schedules, `assumed` varies what
the report doesn't tell, `text` says what came of it.
"""
