"""The n-th report of a schedule is as long under each policy, whoever makes it."""

from oommc.engine.pack import pack
from oommc.policies import registry
from oommc.scenario import Scenario
from oommc.twin import simulate
from oommc.twin.draws import Draws, Purpose

POLICIES = ("baseline", "serialize-v1", "patched", "reaper-4.6", "mainline-6")


def test_reports_are_paired(monkeypatch):
    """Each policy's lengths begin as those of the policy with the most do, though others make them."""
    packed, drawn, value = pack(Scenario.load("usemem").replace("horizon", "2 s")), [], Draws.value

    def noted(self, quantile, purpose, *where):
        found = value(self, quantile, purpose, *where)
        if purpose == Purpose.REPORT:
            drawn.append(found)
        return found

    monkeypatch.setattr(Draws, "value", noted)
    who = set()
    for schedule in range(3):
        lengths = []
        for policy in POLICIES:
            drawn.clear()
            makers = []
            simulate(
                packed,
                registry[policy],
                1,
                schedule,
                lambda w, what, t, more, to=makers: what == "report" and to.append(t.id),
            )
            assert len(drawn) == len(makers) > 0
            lengths.append(list(drawn))
            who.add((schedule, tuple(makers[:2])))
        longest = max(lengths, key=len)
        assert all(of == longest[: len(of)] for of in lengths)
    assert len(who) > 3  # in some schedule the first makers differ
