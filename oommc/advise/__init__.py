"""Yesterday's incident in, an answer out: `oommc advise LOG…`.

`incident` finds what is asked about, `needless` says where no setting helps, `reproduced` whether the simulation does
what the log tells. `settings` lists what that machine could have used, `measure` runs it all on the same schedules,
`assumed` varies what the report doesn't tell, `text` says what came of it.
"""
