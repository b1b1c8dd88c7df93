"""One rule in plain Python: the pages that a kill gives back for each second of CPU time that is lost with it."""


def pages_per_second(task) -> float:
    return task.rss * (1000 + task.oom_score_adj) / (1.0 + task.cpu_ns / 1e9)
