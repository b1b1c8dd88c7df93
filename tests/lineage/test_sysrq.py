"""SysRq-F beside the patch's assertion (docs/model.md §5).

The patch of 18 May 2006 asserts that whoever shoots failed its last try after every earlier victim had cleaned out
its mm_struct. It puts oom_kill_start() into the allocator's way to out_of_memory(), and oom_kill_finish() to where that
cancels. But moom_callback() (drivers/char/sysrq.c, 2.6.17) calls out_of_memory() too, and hasn't started anything: what
its cancel opens is another's gate.

The clockwork world: the hog, shot at 22.103 ms, has the gate until its mm is cleaned out at 34.803 ms. `late` is
refused from 23.1 ms on. The key is pressed at 24.15 ms, when the hog's mark stops the scan.
"""

from worlds import clockwork, daemon, hog, late

from oommc.engine.pack import pack
from oommc.policies import registry
from oommc.twin import engine, measure
from oommc.twin.draws import Draws
from oommc.twin.exit import open_gates
from oommc.twin.oom_kill import kill_under_way
from oommc.twin.world import World

ASKED = 24_150_000


def moom_callback(w: World) -> None:
    """out_of_memory() from a kernel thread: nobody's ask, no gate. Where the scan is stopped it cancels."""
    assert kill_under_way(w, w.threads[0])
    for holder in {id(gate): gate for gate in w.gates if gate is not None}.values():
        open_gates(w, holder)


def run(sysrq: bool) -> tuple[dict, list[tuple]]:
    steps = []

    def listen(w, what, who, details):
        if what in ("kill", "gate opens", "cleaned out", "refused"):
            steps.append((w.now / 1000, what, w.threads.index(who) if who in w.threads else None, details))

    packed = pack(clockwork(hog(), daemon(), late(), latency={"report": "20 ms"}))
    w = engine.boot(packed, registry["patched"], Draws(packed, 1, 0), listen)
    engine.run(w, ASKED)
    w.now = ASKED
    if sysrq:
        moom_callback(w)
    engine.run(w, w.machine.horizon)
    return measure.finish(w, w.machine.horizon), steps


def test_without_it_the_assertion_holds():
    record, steps = run(sysrq=False)
    kills = [step for step in steps if step[1] == "kill"]
    assert [(at, who) for at, _, who, _ in kills] == [(22_103, 0)]
    assert record["premature"] == 0


def test_its_cancel_opens_another_s_gate():
    """`late` takes the bit at 24.2 ms, fails its last try, and prints. Its scan ends at 44.202 ms: the hog is gone, the
    daemon dies, though nearly all memory has been back for nine milliseconds.
    """
    record, steps = run(sysrq=True)
    opened = [(at, what) for at, what, _, _ in steps if what == "gate opens"]
    assert opened[0] == (24_150, "gate opens")
    at, _, who, details = [step for step in steps if step[1] == "kill"][1]
    cleaned = next(at for at, what, _, _ in steps if what == "cleaned out")
    assert (details["failed_at"] / 1000, cleaned, at, who) == (24_200, 34_803, 44_202, 1)
    assert (record["premature"], record["needless"]) == (1, 1)
