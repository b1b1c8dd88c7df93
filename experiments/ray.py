"""Ray's memory monitor: one victim in flight (#27384, 2022) against several at once (#61323, 2026).

    python experiments/ray.py [--schedules 500] [--picture experiments/ray.svg]     (a minute)

Every 250 ms it looks whether more than 95 % of memory are used and kills the newest worker. Since #27384 it kills no
second one while the first is alive; #61323 calls that too slow where memory fills fast, since then the kernel's killer
comes first, and kills as many at once as would bring memory back. Two questions, so four variants: how many, and
whether it waits. Sixteen workers of 1 GiB on a node of 32 GiB grow together, at about 300 MiB/s each; sizes and rates
are assumptions.
"""

from _dispute import arguments, bars, run, table

from oommc.scenario import Scenario

RAY = (
    "earlyoom(poll=250ms,poll_most=250ms,mem_of=total,mem_term=off,mem_kill=5,swap_kill=100,"
    "victim=newest,reread=no,reap=no,wait_most=0"
)
POLICIES = {
    "the kernel alone": "mainline-6",
    "one, and no second while it lives (#27384)": f"{RAY},at_once=one,wait=process,wait_poll=250ms)",
    "one at each look": f"{RAY},at_once=one,wait=nothing)",
    "as many as are needed, then waits": f"{RAY},at_once=enough,wait=process,wait_poll=250ms)",
    "as many as are needed at each look (#61323)": f"{RAY},at_once=enough,wait=nothing)",
}
COLUMNS = {
    "kills": "kills",
    "premature": "with an earlier victim's memory not back",
    "episodes": "calls on the kernel's killer",
}
WORKERS = 16


def scenario() -> Scenario:
    """A class a worker, for each has its own age."""
    program = {
        "kind": "grow",
        "start": {"dist": "uniform", "low": "0 s", "high": "2 s"},
        "think": {"dist": "exponential", "mean": "13 ms"},
        "chunk": "4 MiB",
        "target": "16 GiB",
    }
    exit_ = {
        "wake": {"dist": "lognormal", "median": "10 ms", "sigma": 1.0},
        "block": {"p": 0.1, "delay": {"dist": "exponential", "mean": "2 s"}},
    }
    workers = [
        {
            "name": f"worker-{n:02}",
            "role": "hog",
            "rss": "1 GiB",
            "run_time": f"{60 * (WORKERS - n)} s",
            "program": program,
            "exit": exit_,
        }
        for n in range(WORKERS)
    ]
    raylet = {
        "name": "raylet",
        "role": "daemon",
        "count": 4,
        "rss": "256 MiB",
        "oom_score_adj": -1000,
        "program": {
            "kind": "churn",
            "start": 0,
            "think": {"dist": "exponential", "mean": "20 ms"},
            "chunk": "1 MiB",
            "keep": {"dist": "exponential", "mean": "20 ms"},
        },
    }
    machine = {"cpus": 16, "node": [{"memory": "32 GiB", "reserved": "512 MiB", "page_cache": "256 MiB"}]}
    return Scenario.from_dict(
        {"schema": 1, "name": "ray", "horizon": "20 s", "machine": machine, "process": [raylet, *workers]}
    )


def main() -> None:
    args = arguments(__file__, __doc__, 500)
    entries = run(scenario(), POLICIES, args)
    print(table(entries, COLUMNS))
    args.picture.write_bytes(bars("Ray's memory monitor, per schedule", entries, COLUMNS))


if __name__ == "__main__":
    main()
