"""From a scenario and its policies to records on disk: blocks of schedules, threads, a store of Parquet
files.

`blocks` says what is missing, `run` computes it, `records` is the form of a record, `store` keeps the files,
`manifest` is `run.json`, `files` writes so that a file which is there is whole.
"""
