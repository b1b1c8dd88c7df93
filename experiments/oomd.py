"""systemd's pull request #40706: a kill that waits for its hook counts as a new one, and hides the other cgroups.

    python experiments/oomd.py [--schedules 500] [--picture experiments/oomd.svg]     (two minutes)

systemd-oomd may ask hooks before it kills. Until that pull request (February 2026) a victim still pending when it was
chosen again was taken for a successful kill: 15 s of rest began anew, and cgroups that come later in the (hash) order
weren't looked at; since then the next one is. The machine is the catalogue's `swap-server`, but a worker of the web
server leaks too, so that both slices are under pressure, which is the pull request's case; swap is twice as large, so
that pressure comes long before the kernel's killer. Only the rule on pressure is on. The hook takes as long as its
timeout.
"""

from _dispute import arguments, bars, run, table

from oommc.scenario import Scenario

HOOK = 20  # s
POLICIES = {
    "no hook": "systemd-oomd(mem_kill=off)",
    f"hook of {HOOK} s, before #40706": f"systemd-oomd(mem_kill=off,hook={HOOK}s,hooked=stalls)",
    f"hook of {HOOK} s, after it": f"systemd-oomd(mem_kill=off,hook={HOOK}s,hooked=passed_over)",
}
COLUMNS = {"kills": "kills", "stall_s": "stall of all daemons, s"}


def both_leak() -> Scenario:
    """`swap-server` with one leaking worker in the web server's slice and two jobs in the other."""
    table = Scenario.load("swap-server").to_dict() | {"name": "both-leak"}
    table["machine"]["swap"]["size"] = "2 GiB"
    web, job = table["process"]
    table["process"] = [web, job | {"name": "leaking-worker", "count": 1, "memcg": web["memcg"]}, job | {"count": 2}]
    return Scenario.from_dict(table)


def main() -> None:
    args = arguments(__file__, __doc__, 500)
    entries = run(both_leak(), POLICIES, args)
    for of in entries.values():
        stall = of["daemon_stall_ns"]
        of["stall_s"] = {"mean": stall["mean"] / 1e9, "ci": [end / 1e9 for end in stall["ci"]]}
    print(table(entries, COLUMNS))
    args.picture.write_bytes(bars("systemd-oomd with a slow hook, per schedule", entries, COLUMNS))


if __name__ == "__main__":
    main()
