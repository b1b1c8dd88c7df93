"""Pages are conserved: of each node, and of swap, after every event, whoever takes and gives back at the same time.

The twin is looked at after every event (`worlds.conserved`), and the core's records are the twin's.
"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import both, clockwork, hog, late, story

from oommc.policies import parse
from oommc.scenario import Scenario

AT_20_MS = "poll=20ms,mem_of=total,swap_kill=100,search=1us,reread=no,wait=nothing,poll_most=100ms"


def test_reclaim_beside_a_killer_that_reaps():
    """The signal is sent at 20.002 ms; from then on 500 of the victim's 8,000 pages come back every half millisecond.

    An ask of 2,700 pages has a pass from 21 to 21.1 ms, when 3,000 are free. The pass writes 32 of the victim's 7,000
    others out, for a millisecond, and these come back as swap: the last batch, of 468 pages, is over at 27.97 ms.
    """
    victim = hog(rss=8000, program={"kind": "idle"}, exit={"wake": "1 s", "tail": "1 ms"})
    scenario = clockwork(victim, late(at="21 ms", chunk=2700), swap={"size": 1000, "rate": "32000 pages/s"})
    [policy] = parse(f"mainline-6+earlyoom({AT_20_MS},mem_kill=30,mem_term=off)")
    both(scenario, policy)
    steps = story(scenario, policy, "granted", "mreleased")
    assert steps == [(22100, "granted", "late"), (27970, "mreleased", None)]


def test_a_large_chunk_beside_a_killer():
    """`swap-server` whose jobs ask for 300 MiB at once: a job is swapped out while earlyoom takes it."""
    scenario = Scenario.load("swap-server").replace("process.job.program.chunk", "300 MiB")
    [policy] = parse("mainline-6+earlyoom")
    both(scenario, policy, 1, 8)


@st.composite
def swapping(draw) -> Scenario:
    """Swap, a slow exit, and growers whose chunks are up to half of memory: reclaim, killer and exit at one mm."""
    size = st.sampled_from([100, 1000, 5000])
    pace = st.sampled_from(["50 us", "1 ms", {"dist": "uniform", "low": "0 us", "high": "9 ms"}])
    chunk = st.sampled_from([50, 700, 2000, 5000])
    delay = st.sampled_from(["0 us", "1 ms", {"dist": "uniform", "low": "0 us", "high": "60 ms"}])

    def process(name: str) -> dict:
        way_out = {"wake": draw(delay), "tail": "1 ms", "work": {"p": 0.5, "delay": draw(delay), "chunk": draw(chunk)}}
        way_out["pin"] = {"p": draw(st.sampled_from([0, 0.5])), "delay": draw(delay)}
        program = {
            "kind": draw(st.sampled_from(["grow", "churn"])),
            "start": 0,
            "think": draw(pace),
            "chunk": draw(chunk),
        }
        program |= {"target": 20000} if program["kind"] == "grow" else {"keep": draw(delay)}
        program["touch"] = draw(st.sampled_from([0, 300]))
        rss = draw(st.sampled_from([0, 800, 2400]))
        mlocked = draw(st.sampled_from([0, 0, 50, 5000]))
        return hog(name=name, threads=draw(st.integers(1, 2)), rss=rss, mlocked=mlocked, program=program, exit=way_out)

    machine = {"swap": {"size": draw(size), "rate": draw(st.sampled_from(["32000 pages/s", "1 GiB/s"]))}}
    machine["kswapd_rate"] = draw(st.sampled_from([0, "50 MiB/s"]))
    machine["pcp"] = {"high": draw(st.sampled_from([0, 90])), "batch": 6}
    machine["gather"] = {"size": draw(st.sampled_from([0, 700])), "rate": "3000000 pages/s"}
    return clockwork(*(process(name) for name in "abc"), **machine).replace("horizon", "100 ms")


def killers():
    """A killer that reaps, fast enough for a tenth of a second, beside one of several kernels."""
    text = f"{{}}+earlyoom({AT_20_MS.replace('20ms', '2ms')},mem_kill={{}},mem_term={{}})"
    return st.builds(
        lambda *values: parse(text.format(*values))[0],
        st.sampled_from(["boost-5.0", "mainline-6", "reaper-4.6"]),
        st.sampled_from(["5", "30", "60"]),
        st.sampled_from(["off", "90"]),
    )


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(swapping(), killers(), st.integers(0, 2**40))
def test_swap_killers_and_large_chunks(scenario, policy, schedule):
    both(scenario, policy, 1, schedule)
