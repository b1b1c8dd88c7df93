"""The race of 2006 as a finite Markov chain: a hog that is shot, and a late thread that may kill on stale news.

Written from docs/model.md §3 to §6. The hog's last check fails at time 0; the late thread's comes after an exponential
time. Whoever fails is preempted, prints, and shoots whom it finds, after exponential times; so is the hog's way
out. A pass and a tick take a second, a hundred times as long as any of them, so that who is refused or sleeps is out
of the game, and comes back when all is over (but for one time in e^90): only the hog's and the late thread's states count.
"""

from collections.abc import Iterator

import numpy as np
from worlds import clockwork, daemon, hog, late

from proof import Row, check, sample
from proof.chain import Chain

MEANS = {"comes": 20.0, "preempt": 12.0, "report": 15.0, "wake": 10.0, "tail": 8.0}  # ms
POLICIES = ("baseline", "serialize-v1", "patched")
FREED = {"tail", "dead"}
OUT = {"got", "killer", "aborted", "needless", "spins"}  # where the late thread's game ends
TICK, RETRY = 990.0, 1000.0  # ms after the hog's check at 1.01 s: the tick at 2 s; a pass
SENT_OUT = 1990.0  # the hog was shot in a pass that ends after 2 s, so the late thread makes one more, until 3 s


def exponential(mean: float) -> dict:
    return {"dist": "exponential", "mean": f"{mean} ms"}


def world():
    """9,000 pages are the hog's, 300 and 200 daemons', 500 are free; hog and late thread ask for 700."""
    asks = {"kind": "grow", "chunk": 700, "target": 9700}
    way_out = {"wake": exponential(MEANS["wake"]), "tail": exponential(MEANS["tail"])}
    idle = {"uid": 1000, "program": {"kind": "idle"}}
    comes = {"start": "10 ms", "think": exponential(MEANS["comes"])}
    return clockwork(
        hog(rss=9000, program=asks | {"start": 0, "think": "10 ms"}, exit=way_out),
        daemon(name="first", rss=300, **idle),
        daemon(name="second", rss=200, **idle),
        late(program=asks | comes | {"target": 700}),
        hz=1,
        teardown_rate="1000000000000 pages/s",
        teardown_batch="10000 pages",
        scan_per_task=0,
        latency={
            "reclaim_pass": "1 s",
            "report": exponential(MEANS["report"]),
            "preempt": {"p": 1, "delay": exponential(MEANS["preempt"])},
        },
    ).replace("horizon", "5 s")


def chain(policy: str, means: dict[str, float] = MEANS) -> Chain:
    """States are (hog, late); a hog that the late thread shot ends its piece first, and by then the game is over."""
    rate = {what: 1 / mean for what, mean in means.items()}
    gated = policy != "baseline"

    def moves(state):
        h, of_late = state
        if of_late in OUT:
            return
        if h == "preempt":  # serialize-v1: the late thread may have taken the gate meanwhile
            refused = policy == "serialize-v1" and of_late == "report"
            yield rate["preempt"], ("pass" if refused else "report", of_late)
        elif h in after:
            yield rate[h], (after[h], of_late)
        if of_late == "wait":
            missed = "spins" if policy == "patched" else "preempt"
            yield rate["comes"], (h, "got" if h in FREED else missed)
        elif of_late == "preempt":
            shut = gated and h in ("report", "wake")
            yield rate["preempt"], (h, "spins" if shut else "report")
        elif of_late == "report":
            alive = h in ("preempt", "report", "pass")
            yield rate["report"], (h, "killer" if alive else "needless" if h == "dead" else "aborted")

    after = {"report": "wake", "wake": "tail", "tail": "dead"}
    return Chain(("preempt", "wait"), moves)


def answers(policy: str, means: dict[str, float] = MEANS):
    """Probability of an unnecessary kill, mean time to recovery in ms, and its distribution function (ns → share)."""
    of = chain(policy, means)

    def rest(state) -> float:
        """What remains of the recovery when the late thread's game is over; its instant counts for who got or spins."""
        h, of_late = state
        return {"got": 0.0, "spins": RETRY}.get(of_late, SENT_OUT if h == "pass" else TICK)

    got, spins = (of.ends(lambda state, of_late=of_late: state[1] == of_late) for of_late in ("got", "spins"))
    mean = of.ends(rest)[0] + of.time_in(got + spins)

    grid = np.linspace(0, 900, 3001)
    steps = [of.at(grid[1], 3000, np.array([state[1] == of_late for state in of.states], float)) for of_late in ("got", "spins")]
    tick, sent_out = (of.ends(lambda s, t=t: s[1] not in ("got", "spins") and rest(s) == t)[0] for t in (TICK, SENT_OUT))

    def cdf(ns):
        t = np.asarray(ns) / 1e6
        return (
            np.interp(t, grid, steps[0])
            + np.interp(t - RETRY, grid, steps[1], left=0)
            + tick * (t >= TICK)
            + sent_out * (t >= SENT_OUT)
        )

    return of.ends(lambda state: state[1] == "needless")[0], mean, cdf


@check(quick=100_000, full=10_000_000)
def race(schedules: int) -> Iterator[Row]:
    """Hog and late thread as a Markov chain: needless kills and time to recovery under the patch and what it patched."""
    for policy in POLICIES:
        kills, mean, cdf = answers(policy)
        needless, ttr, end = sample.columns(world(), policy, ["needless", "ttr_ns", "outcome"], schedules)
        yield sample.share(f"{policy}: recovered", 1.0, end == 1)
        yield sample.share(f"{policy}: needless kills", kills, needless)
        yield sample.mean(f"{policy}: mean time to recovery", mean, ttr / 1e6, " ms")
        yield sample.distribution(f"{policy}: its distribution", cdf, ttr)


@check(quick=2_000_000, full=10_000_000, slow=True)
def race_power(schedules: int) -> Iterator[Row]:
    """The same with one mean time of the chain changed by 2 %: the simulation must tell each such chain apart."""
    seen = {p: sample.columns(world(), p, ["needless", "ttr_ns"], schedules) for p in POLICIES}
    for what in MEANS:
        off = []
        for policy, (needless, ttr) in seen.items():
            kills, mean, _ = answers(policy, MEANS | {what: 1.02 * MEANS[what]})
            off += [sample.sigmas(kills, needless), sample.sigmas(mean, ttr / 1e6)]
        most = max(map(abs, off))
        yield Row(f"{what} 2 % longer", f"> {sample.SIGMAS:g} standard errors", f"{most:.1f}", most > sample.SIGMAS)
