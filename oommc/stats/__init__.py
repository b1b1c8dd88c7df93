"""From records to numbers with intervals.

`moments` adds up exactly, `tally` reads the blocks of a scenario, `intervals` says how sure a mean is,
`survival` treats times to recovery (which may be censored), `summary` makes `summary.json` of it.
"""
