"""Policies made to look good: whoever judges by the defaults isn't taken in."""

import pytest

import oommc
from oommc.choice.criteria import DEFAULT
from oommc.report import toll

OVERKILL = "earlyoom(mem_term=60,mem_kill=50,swap_term=100,swap_kill=100)"
"""It shoots a dozen innocents before anybody asks, so that there is never an OOM."""

PANICS, NEVER = "patched(panic_on_oom=yes)", "patched(selector=nobody,on_no_victim=retry)"
"""They shoot nobody: one stops the machine at once, under the other it hangs."""


def ranked(result, scenario: str) -> list[str]:
    """From who costs the least to who costs the most."""
    policies = dict(result.data["scenarios"][scenario]["policies"])
    order = []
    while policies:
        order.append(toll.least(policies))
        del policies[order[-1]]
    return order


def test_who_kills_before_anybody_asks_comes_last():
    """It has neither a needless kill of the kernel's kind nor any outage: its victims are down, for nothing."""
    result = oommc.run("desktop", f"mainline-6,patched+earlyoom,systemd-oomd,{OVERKILL}", 24, 1)
    *_, (name, own) = result.data["scenarios"]["desktop"]["policies"].items()
    assert own["needless"]["mean"] == own["outage_ns"]["mean"] == own["daemon_stall_ns"]["mean"] == 0
    assert own["preventive_needless"]["mean"] > 5
    assert ranked(result, "desktop")[-1] == name
    advice = result.choose()["desktop"]
    assert [wish["amount"] for wish in advice["wishes"]][:2] == ["livelock + panic", "downtime"]
    assert advice["chosen"] != name


@pytest.mark.parametrize("gamed", [PANICS, NEVER])
def test_who_shoots_nobody_at_the_price_of_the_machine_comes_last(gamed):
    """No kill, so nothing needless; `baseline` shoots the hog and now and then a daemon."""
    result = oommc.run("usemem", f"baseline,patched,{gamed}", 200, 1)
    policies = result.data["scenarios"]["usemem"]["policies"]
    *_, name = policies
    assert policies[name]["kills"]["total"] == 0
    assert ranked(result, "usemem") == ["patched", "baseline", name]
    assert name not in result.choose()["usemem"]["wishes"][0]["left"]


def test_the_default_says_what_matters_first():
    amounts = [wish.split(" within ")[0].strip() for wish in DEFAULT.split(",")]
    assert amounts == ["livelock + panic", "downtime", "collateral", "needless + preventive_needless", "outage"]
