"""From records to numbers with intervals.

`moments` adds up exactly, `sketch` does so with times, `tally` has all that a summary needs of some blocks,
`sums` keeps that in place of records, `intervals` says how sure a mean is, `tails` has the laws that takes, `survival`
treats times to recovery (which may be censored), `summary` makes `summary.json` of it, `precision` says when schedules
are enough.
"""
