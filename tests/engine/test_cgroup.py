"""The tree of control groups, worked out by hand in the clockwork world of `test_memcg`.

There the hog holds 9,500 pages, asks for 199 each millisecond, and comes to the OOM path at 3.8 ms, where its limit is
9,700: at 2 ms it finds no room, and 18 passes of 100 us follow.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import both, clockwork, daemon, hog, policies, records, story

from oommc.scenario import Scenario

ROOM = {"memory": "40000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}
IDLE = {"kind": "idle"}
QUICK = {"wake": "1 ms", "tail": "1 ms"}


def world(*processes, **groups):
    """A machine with room; `groups`: by name with `_` for a slash, what each says."""
    cgroups = tuple({"name": name.replace("_", "/")} | keys for name, keys in groups.items())
    return clockwork(*processes, cgroups=cgroups, node=[ROOM])


def sitter(name, cgroup, rss, **changes):
    return {
        "name": name, "role": "daemon", "rss": rss, "cgroup": cgroup, "program": IDLE, "exit": QUICK
    } | changes  # fmt: skip


def killed(scenario, policy="mainline-6"):
    both(scenario, policy)
    return [(at, who) for at, _, who in story(scenario, policy, "kill")]


def test_an_ancestors_limit_kills_in_its_own_subtree():
    """The hog's own group has room for 20,000. `pods` has 9,700 for all: with the neighbour's 100 the hog gets its 199
    at 1 ms, of the next 199 none at 2 ms, and comes to the OOM path at 3.8 ms. The neighbour
    in `pods/b` could be chosen; the larger outsider can't. A scan of two tasks takes 2 us.
    """
    outsider = sitter("outsider", "system", 12_000)
    neighbour = sitter("neighbour", "pods/b", 100)
    tree = {"pods": {"max": 9799}, "pods_a": {"max": 20_000}, "pods_b": {}, "system": {}}
    at_limit = world(hog(cgroup="pods/a"), neighbour, outsider, **tree)
    assert killed(at_limit) == [(23802, "hog")]
    protected = world(hog(cgroup="pods/a", oom_score_adj=-1000), neighbour, outsider, **tree)
    assert killed(protected)[0] == (23802, "neighbour")


def test_the_lowest_group_without_room_is_the_domain():
    """Both limits fail at 2 ms. The inner one refuses first, so only its member is looked at."""
    neighbour = sitter("neighbour", "pods/b", 100)
    shielded = hog(cgroup="pods/a", oom_score_adj=-1000)
    inner = world(shielded, neighbour, pods={"max": 9799}, pods_a={"max": 9699}, pods_b={})
    assert killed(inner) == []  # the charge fails: the hog leaves by itself
    outer = world(shielded, neighbour, pods={"max": 9799}, pods_a={"max": 9700}, pods_b={})
    assert [who for _, who in killed(outer)] == ["neighbour"]


def test_passes_count_on_when_the_limit_of_another_group_is_next():
    """try_charge() counts its retries over all groups that refuse. At 3.05 ms the leaver has given back 50
    pages of both groups, at 3.06 ms the taker has filled the outer one again. So from the pass that ends at 3.1 ms on
    that refuses, and the eighteenth still ends at 3.8 ms. The taker is looked at too, which takes 2 us.
    """
    taker = {"kind": "grow", "start": 0, "think": "3060 us", "chunk": 50, "target": 50}
    leaver = {"kind": "grow", "start": 0, "think": "1 ms", "chunk": 1, "target": 50, "hold": "2 ms"}
    turned = world(
        hog(cgroup="pods/a", rss=9000),
        sitter("leaver", "pods/a", 50, program=leaver, exit={"wake": 0, "tail": 0}),
        sitter("taker", "pods/b", 0, program=taker),
        pods={"max": 9249},
        pods_a={"max": 9249},
        pods_b={},
    )
    assert killed(turned) == [(23802, "hog")]
    assert story(turned, "mainline-6", "oom") == [(3800, "oom", "hog")]


@pytest.mark.parametrize("policy", ["baseline", "zone-lock-2.6.24", "oom-lock-4.2", "mainline-6"])
def test_a_limit_of_the_whole_tree_is_as_one_flat_group(policy):
    """Where only the top has a limit, and all tasks lie below it, it doesn't matter where."""
    members = [hog(), daemon(rss=50), sitter("third", "", 100)]
    flat = [member | {"cgroup": "pods"} for member in members]
    deep = [member | {"cgroup": name} for member, name in zip(members, ["pods/a", "pods/a/x", "pods/b"], strict=True)]
    tree = {"pods_a": {}, "pods_a_x": {}, "pods": {"max": 9800}, "pods_b": {}}
    assert both(world(*flat, pods={"max": 9800}), policy) == both(world(*deep, **tree), policy)


MEMBERS = (hog(cgroup="pods/a/c1"), sitter("side", "pods/a/c2", 10), sitter("pod-b", "pods/b", 20))
TREE = {"pods": {"max": 9730}, "pods_a": {}, "pods_a_c1": {}, "pods_a_c2": {}, "pods_b": {}}


@pytest.mark.parametrize(
    ("groups", "dead"),
    [
        ([], ["hog"]),
        (["pods_a_c2"], ["hog"]),  # not the victim's
        (["pods_a"], ["hog", "side"]),
        (["pods_a_c1", "pods_a"], ["hog", "side"]),
        (["pods_a_c1", "pods"], ["hog", "side", "pod-b"]),
    ],
)
def test_the_highest_oom_group_up_to_the_domain_dies(groups, dead):
    tree = {name: keys | {"oom_group": name in groups} for name, keys in TREE.items()}
    assert [who for _, who in killed(world(*MEMBERS, **tree))] == dead
    assert [who for _, who in killed(world(*MEMBERS, **tree), "skip-4.10")] == ["hog"]  # before 4.19


def test_no_oom_group_above_the_domain_dies():
    tree = TREE | {"pods": {"oom_group": True}, "pods_a": {"max": 9710}}
    assert [who for _, who in killed(world(*MEMBERS, **tree))] == ["hog"]


def test_in_a_global_oom_the_highest_of_all_dies():
    tree = {name: {"oom_group": name == "pods"} for name in TREE}
    scarce = clockwork(
        *MEMBERS, sitter("outsider", "system", 200),
        cgroups=tuple({"name": name.replace("_", "/")} | keys for name, keys in (tree | {"system": {}}).items()),
    )  # fmt: skip
    assert [who for _, who in killed(scarce)] == ["hog", "side", "pod-b"]


def test_the_group_lock_is_that_of_a_hierarchy():
    """2.6.36: six passes in vain, and the hog kills for `pods/a` from 2.6 ms on. At 6.6 ms the limit of `pods`
    fails the late one in `pods/b`. That is the same hierarchy, whose lock is held; another tree's is free.
    """
    late = {"kind": "grow", "start": 0, "think": "6 ms", "chunk": 100, "target": 100}
    tree = {"pods": {"max": 9750}, "pods_a": {"max": 9700}, "pods_b": {}, "other": {"max": 50}}
    slow = hog(cgroup="pods/a", exit={"wake": "30 ms", "tail": "1 ms"})
    waits, another = (world(slow, sitter("late", name, 0, program=late), **tree) for name in ("pods/b", "other"))
    assert story(waits, "badness-2.6.36", "gate wait")[0] == (6600, "gate wait", "late")
    assert not story(another, "badness-2.6.36", "gate wait")
    both(waits, "badness-2.6.36")
    both(another, "badness-2.6.36")


def test_an_unlimited_group_costs_no_kill_and_scores_by_the_domain():
    assert killed(world(hog(cgroup="pods/a", program=IDLE), pods={}, pods_a={})) == []


@settings(max_examples=15, deadline=None)
@given(policies(), st.integers(0, 99))
def test_a_flat_tree_is_what_memcgs_are(policy, seed):
    members = [
        (hog(program=hog()["program"] | {"think": {"dist": "exponential", "mean": "1 ms"}}), "a"),
        (daemon(), "b"),
        (daemon(name="other", count=2), "b"),
    ]
    table = {"a": 9700, "b": 400}
    old = clockwork(
        *(member | {"memcg": group} for member, group in members),
        memcgs=tuple({"name": n, "limit": most, "oom_group": n == "b"} for n, most in table.items()),
        node=[ROOM],
    )
    new = clockwork(
        *(member | {"cgroup": group} for member, group in members),
        cgroups=tuple({"name": n, "max": most, "oom_group": n == "b"} for n, most in table.items()),
        node=[ROOM],
    )
    assert records(old, policy, 3, seed) == records(new, policy, 3, seed)


def test_memcgs_are_flat_whatever_their_names():
    members = hog(memcg="pods/a"), daemon(rss=0, memcg="pods")
    groups = ({"name": "pods", "limit": 300}, {"name": "pods/a", "limit": 9700})
    assert both(clockwork(*members, memcgs=groups, node=[ROOM]), "mainline-6")["kills"] == 1


def test_a_scenario_with_a_tree_is_written_and_read_again():
    scenario = world(*MEMBERS, **TREE)
    assert Scenario.from_dict(scenario.to_dict()) == scenario
    assert '[[cgroup]]\nname = "pods"\nmax = "9730 pages"' in scenario.to_toml()
