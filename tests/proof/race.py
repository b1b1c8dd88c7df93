"""The race of 2006 as a finite Markov chain: a hog that is shot, and a late thread that may kill on stale news.

Written from docs/model.md §3 to §6. The hog's last check fails at time 0; the late thread's comes after an exponential
time. Whoever fails is preempted, prints, and shoots whom it finds, after exponential times; so is the hog's way
out; a timeout and a reaper's delay are fixed times from the kill on. A pass and a tick take a second, at least fifty
times as long as any of them, so that who is refused or sleeps is out of the game, and comes back when all is over (but
for one time in e^45): only the hog's and the late thread's states count.

The console has one owner. Without a gate (`baseline`) both may come to it: who finds it owned adds its text, doesn't
wait for it, and scans at once; the owner prints both, one exponential time after the other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from worlds import clockwork, daemon, hog, late

from oommc.policies import Policy, registry
from proof import Row, check, sample
from proof.chain import Chain, Clocked, Moves

MEANS = {"comes": 20.0, "preempt": 12.0, "report": 15.0, "wake": 20.0, "tail": 12.0}  # ms
CLOCKS = {"timeout": 10.0, "reaper": 24.0}  # ms from the kill on
START, RUNNING = ("preempt", "wait"), "wake"
FREED = {"tail", "dead"}
# The end of the late thread's game, and when the recovery is: so many ms later, or so many after the hog's check.
# At 1.01 s the hog's check fails; a tick is at 2 s; a pass lasts 1 s.
LATER = {"got": 0.0, "spins": 1000.0, "kills and takes": 0.0, "aborted, spins": 1000.0}
TICK = 990.0
SENT_OUT = 1990.0  # the hog was shot in a pass that ends after 2 s, so the late thread makes one more, until 3 s
AT = {"refused": TICK, "killer": TICK, "aborted": TICK, "kills": TICK, "killer of one in a pass": SENT_OUT}
NEEDLESS = {"kills", "kills and takes"}


def exponential(mean: float) -> dict:
    return {"dist": "exponential", "mean": f"{mean} ms"}


def world():
    """9,000 pages are the hog's, 300 and 200 daemons', 500 are free; hog and late thread ask for 700.

    The hog takes the 400 above min and waits for 300 more; the late thread gets none before the hog is gone.
    """
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


def moves_2006(policy: str, rate: dict[str, float]) -> Moves:
    """Under `baseline`, `serialize-v1` and `patched`. The report comes before the scan, which a dying hog aborts.

    A hog that the late thread shot ends its piece first, and by then the game is over. With a gate only one of them
    prints at a time. Without, the late thread that comes while the hog prints shoots it then and there; and a hog
    that comes while the late thread prints shoots itself, while that one has both texts to print before it scans.
    """
    gated = policy != "baseline"
    after = {"report": "wake", "wake": "tail", "tail": "dead"}

    def moves(state):
        h, of_late = state
        if of_late in LATER or of_late in AT:
            return
        if h == "preempt" and of_late == "report":  # it has the console, or the gate as well
            yield rate["preempt"], ("pass", of_late) if gated else ("wake", "report both")
        elif h == "preempt":
            yield rate["preempt"], ("report", of_late)
        elif h in after:
            yield rate[h], (after[h], of_late)
        if of_late == "wait":
            missed = "spins" if policy == "patched" else "preempt"
            yield rate["comes"], (h, "got" if h in FREED else missed)
        elif of_late == "preempt":
            shut = gated and h in ("report", "wake")
            yield rate["preempt"], (h, "spins" if shut else "killer" if h == "report" else "report")
        elif of_late == "report both":
            yield rate["report"], (h, "report")
        elif of_late == "report":
            shot = {"preempt": "killer", "pass": "killer of one in a pass", "dead": "kills"}
            yield rate["report"], (h, shot.get(h, "aborted"))

    return moves


def moves_timeout(rate: dict[str, float]) -> Moves:
    """Under `patched-timeout`: the gate is the dying hog's until its time is up, when it is `overdue`.

    From then on it keeps nobody from killing, however soon it goes.
    """
    after = {"preempt": "report", "report": "wake", "wake": "tail", "overdue": "tail"}

    def moves(state):
        h, of_late = state
        if of_late in LATER or of_late in AT:
            return
        if h in after:
            yield rate["wake" if h == "overdue" else h], (after[h], of_late)
        if of_late == "wait":
            yield rate["comes"], (h, "got" if h in FREED else "preempt" if h == "overdue" else "refused")
        else:
            yield rate[of_late], (h, {"preempt": "report", "report": "kills"}[of_late])

    return moves


def moves_reaper(rate: dict[str, float]) -> Moves:
    """Under `mainline-6`: the killer's trylock is back at the kill; a victim aborts the scan until its pages are.

    The report comes after the scan, and who has killed doesn't sleep but takes what it finds.
    """
    after = {"preempt": "report", "report": "wake", "wake": "tail"}

    def moves(state):
        h, of_late = state
        if of_late in LATER or of_late in AT:
            return
        if h in after:
            yield rate[h], (after[h], of_late)
        if of_late == "wait":
            yield rate["comes"], (h, "got" if h in FREED else "preempt" if h == "wake" else "refused")
        elif of_late == "preempt":
            yield rate["preempt"], (h, "report" if h in FREED else "aborted, spins")
        elif of_late == "report":
            yield rate["report"], (h, "kills and takes")

    return moves


@dataclass(frozen=True)
class Case:
    """A policy whose truth is known: its chain, by mean times, and what its law depends on of them."""

    policy: Policy
    chain: Callable[[dict[str, float]], Chain | Clocked]
    depends: tuple[str, ...]


def _plain(policy: str, *depends: str) -> Case:
    def chain(means: dict[str, float]) -> Chain:
        return Chain(START, moves_2006(policy, _rates(means)))

    return Case(registry[policy], chain, depends)


def _clocked(policy: Policy, moves: Callable[[dict[str, float]], Moves], clock: str, expired: str) -> Case:
    """With a clock that starts as the hog is shot; if it is dying when the time is up it is `expired`."""

    def chain(means: dict[str, float]) -> Clocked:
        def expire(state):
            h, of_late = state
            return (expired if h == RUNNING else h), of_late

        return Clocked(START, moves(_rates(means)), lambda state: state[0] == RUNNING, means[clock], expire)

    return Case(policy, chain, ("comes", "preempt", "report", "wake", clock))


def _rates(means: dict[str, float]) -> dict[str, float]:
    return {what: 1 / mean for what, mean in means.items()}


TIMES = MEANS | CLOCKS
CASES = {
    case.policy.name: case
    for case in (
        _plain("baseline", "comes", "preempt", "report", "wake", "tail"),
        _plain("serialize-v1", "comes", "preempt", "report", "wake", "tail"),
        _plain("patched", "comes", "preempt", "report", "wake"),
        _clocked(registry["patched-timeout"].replace(timeout="10 ms"), moves_timeout, "timeout", "overdue"),
        _clocked(
            registry["mainline-6"].replace(passes=1, starved="fails", reaper_delay="24 ms"),
            moves_reaper,
            "reaper",
            "tail",
        ),
    )
}


class Answers:
    """What is known of a case: `needless`, the probability of an unnecessary kill;
    `mean` and `cdf` of the time to recovery.

    `mean` in ms; `cdf` maps ns to shares.
    """

    def __init__(self, case: Case, changes: dict[str, float] | None = None) -> None:
        of = case.chain(TIMES | (changes or {}))

        def within(ends: set[str]):
            return lambda state: state[1] in ends

        self.needless = of.ends(within(NEEDLESS))
        self.mean = sum(of.until(within({end})) + more * of.ends(within({end})) for end, more in LATER.items())
        self.mean += sum(at * of.ends(within({end})) for end, at in AT.items())
        jumps = [(at, of.ends(within({end}))) for end, at in AT.items()]
        curves = [(more, of.by(within({end}), 0.25, 3600)) for end, more in LATER.items()]

        def cdf(ns: np.ndarray) -> np.ndarray:
            t = np.asarray(ns) / 1e6
            return sum(curve(t - more) for more, curve in curves) + sum(p * (t >= at) for at, p in jumps)

        self.cdf = cdf


@check(quick=100_000, full=10_000_000)
def race(schedules: int) -> Iterator[Row]:
    """Hog and late thread as a Markov chain: needless kills and time to recovery under five policies."""
    for policy, case in CASES.items():
        exact = Answers(case)
        needless, ttr, end = sample.columns(world(), case.policy, ["needless", "ttr_ns", "outcome"], schedules)
        yield sample.share(f"{policy}: recovered", 1.0, end == 1)
        yield sample.share(f"{policy}: needless kills", exact.needless, needless)
        yield sample.mean(f"{policy}: mean time to recovery", exact.mean, ttr / 1e6, " ms")
        yield sample.distribution(f"{policy}: its distribution", exact.cdf, ttr)


@check(quick=10_000_000, full=10_000_000, slow=True)
def race_power(schedules: int) -> Iterator[Row]:
    """Each chain with one of its times changed by 2 %: the simulation must tell every such chain apart."""
    for policy, case in CASES.items():
        needless, ttr = sample.columns(world(), case.policy, ["needless", "ttr_ns"], schedules)
        for what in case.depends:
            wrong = Answers(case, {what: 1.02 * TIMES[what]})
            off = [sample.sigmas(wrong.needless, needless), sample.sigmas(wrong.mean, ttr / 1e6)]
            yield sample.apart(f"{policy}, {what} 2 % longer", max(off, key=abs))
