"""From a scenario and its policies to what is kept of them: blocks of schedules, workers, a store.

`blocks` says what is missing, `work` computes one block, `threads` and `cluster` are where that happens,
`run` drives them, `records` is the form of a record, `store` keeps the files, `manifest` is `run.json`,
`merge` unites directories, `files` writes so that a file which is there is whole, and `lock` lets one
process write at a time.
"""
