import pytest

from oommc.cli import main
from oommc.errors import InputError
from oommc.policies import HANGS, KNOBS, MECHANISMS, WINDOWS, Policy, groups, parse, registry
from oommc.policies.text import text as policy_text


def differences(a: str, b: str) -> set[str]:
    left, right = registry[a].mechanisms(), registry[b].mechanisms()
    return {name for name in MECHANISMS if left[name] != right[name]}


def test_each_design_differs_from_its_neighbour_where_the_lineage_says():
    """Each row says where it differs from the one that it came from; this is the list."""
    clocks = {"memdie_until", "exiting_until"}
    assert differences("baseline", "2.6.19") == clocks | {
        "progress", "guard", "exiting_victim", "swapoff", "abort_skips_protected", "mmless",
    }  # fmt: skip
    assert differences("2.6.19", "2.6.20") == {"rebalance", "child_first", "sharers"}
    assert differences("2.6.20", "zone-lock-2.6.24") == {
        "recheck", "gate", "gate_life", "refused", "constrained", "report", "report_lock", "mutex", "costly_orders",
        "memcg", "memcg_passes", "exiting_victim",
    }  # fmt: skip
    assert differences("zone-lock-2.6.24", "badness-2.6.36") == {
        "limiter", "memdie_until", "constrained", "scan", "selector", "child_first", "sharers", "killer_sleep",
        "self_mark", "drain", "costly_orders", "guard", "gate", "memcg", "victim_runs",
    }  # fmt: skip
    assert differences("badness-2.6.36", "rcu-scan-3.16") == {
        "memdie_until", "scan", "selector", "ties", "signal", "sharers", "self_mark", "core_dump",
        "report_lock", "retry", "exiting_victim", "unkillable", "victim_runs",
    }  # fmt: skip
    assert differences("rcu-scan-3.16", "oom-lock-4.2") == {
        "memdie_until",
        "memcg",
        "memcg_passes",
        "core_dump",
    }
    assert differences("oom-lock-4.2", "reaper-4.6") == {"abort_on", "reaper", "reaper_pins"}
    assert differences("reaper-4.6", "skip-4.10") == {
        "passes", "guard", "abort_on", "scan", "sharers", "reaper", "reaper_lock", "costly_orders",
    }  # fmt: skip
    assert differences("skip-4.10", "alloc-oom-4.14") == {
        "passes", "mark", "reserves", "starved", "reaper_pins", "skip_at", "costly_orders",
    }  # fmt: skip
    assert differences("alloc-oom-4.14", "lockless-reaper-4.19") == {
        "gate_life", "selector", "killer_sleep", "reaper_lock", "skip_at", "scope", "memcg",
    }  # fmt: skip
    assert differences("lockless-reaper-4.19", "boost-5.0") == {"child_first", "watermark_boost", "reclaim_retry"}
    assert differences("boost-5.0", "mainline-6") == {
        "selector", "ties", "reaper_delay", "reaper_mlocked", "mrelease", "skip_at", "memcg_passes", "memcg",
    }  # fmt: skip
    assert (
        differences("oom-lock-4.2", "panic-2015")
        == differences("oom-lock-4.2", "reserves-2015")
        == {"timeout", "on_timeout"}
    )
    assert differences("lockless-reaper-4.19", "expiry-2018") == {"reaper", "reaper_attempts", "skip_at", "timeout"}
    assert differences("skip-4.10", "recheck-after-selection-2017") == {"passes", "starved", "recheck", "costly_orders"}
    assert differences("baseline", "serialize-v1") == {"gate", "gate_life", "limiter", "signal", "mark"}
    assert differences("serialize-v1", "patched") == {"recheck"}
    assert differences("patched", "patched-try2") == {"refused"}
    assert differences("baseline", "patched-try4") == {"recheck", "gate", "gate_test", "refused", "memdie_until"}
    assert differences("patched-try2", "patched-timeout") == {"timeout"}
    assert differences("patched", "patched-wait") == {"refused"}
    assert registry["patched-timeout"].timeout == 10_000_000_000


def test_every_policy_says_what_it_is_and_where_it_comes_from():
    for policy in registry.values():
        assert len(policy.about) > 80
        assert policy.source


def test_parse():
    names = [policy.name for policy in parse("baseline, patched(timeout=1s, refused=sleep_tick),baseline")]
    assert names == ["baseline", "patched(timeout=1s,refused=sleep_tick)"]
    assert parse("patched(timeout=1s)")[0].timeout == 1_000_000_000
    assert parse("patched(timeout=off)") == [registry["patched"].replace(name="patched(timeout=off)")]
    assert parse("baseline(recheck=under_gate+before_gate,gate=flag)")[0].recheck == ("before_gate", "under_gate")
    assert [policy.name for policy in parse("all")] == list(registry) == groups["all"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least one name"),
        ("pached", "did you mean patched"),
        ("patched(timeout=-1s)", "timeout"),
        ("patched(timout=1s)", "did you mean timeout"),
        ("patched(timeout)", "is no setting"),
        ("patched(refused=queue)", "gate=flag has no queue"),
        ("baseline(recheck=under_gate)", "needs a gate"),
        ("baseline(recheck=nothing)", "at least one last try"),
        ("baseline(gate=flock)", "none, flag, semaphore"),
        ("baseline(passes=0)", "from 1"),
        ("patched(((", "can't read"),
        ("all(timeout=1s)", "no policy 'all'"),
        ("patched-try4(gate_life=victim)", "needs a bit"),
        ("zone-lock-2.6.24(refused=wait)", "needs gate_life=victim"),
        ("patched-wait(pin_age=1s)", "no pin_age"),
        ("baseline(on_timeout=panic)", "needs a timeout"),
    ],
)
def test_what_parse_refuses(text, message):
    with pytest.raises(InputError, match="polic.*" + message.replace("(", r"\(")) as error:
        parse(text)
    assert "\n" not in str(error.value)


def test_replace():
    mine = registry["patched"].replace(name="mine", refused="sleep_tick", timeout="1 s")
    assert (mine.name, mine.refused, mine.timeout) == ("mine", "sleep_tick", 1_000_000_000)
    with pytest.raises(InputError, match="no mechanism 'refuse'"):
        mine.replace(refuse="spin")
    assert mine.to_dict()["mechanisms"]["recheck"] == ["under_gate"]


def test_a_policy_is_the_baseline_unless_told_otherwise():
    assert Policy("x").mechanisms() == registry["baseline"].mechanisms()


def test_sweeps():
    swept = parse("patched(timeout=0.5s..30s)")
    assert [p.timeout / 1e9 for p in swept] == [0.5, 0.989, 1.96, 3.87, 7.66, 15.2, 30]
    assert swept[1].name == "patched(timeout=989ms)"
    assert [p.passes for p in parse("baseline(passes=1..16/4)")] == [1, 3, 6, 16]
    assert [p.timeout for p in parse("patched(timeout=1s|10s,refused=sleep_tick)")] == [10**9, 10**10]
    assert len(parse("mainline-6(reaper_delay=0|1s|2s,reaper_attempts=1|10)")) == 6


@pytest.mark.parametrize(
    "text", ["patched(timeout=3s..1s)", "patched(timeout=a..b)", "patched(timeout=1s..2s/1)", "baseline(passes=0..4)"]
)
def test_what_is_no_range(text):
    with pytest.raises(InputError, match=r"timeout|passes"):
        parse(text)


def test_what_is_known_of_a_policy_is_not_known_of_a_variant():
    assert registry["patched"].hangs
    assert registry["patched"].replace(timeout="1 s").hangs == ()
    assert registry["patched"].replace(name="same").hangs == registry["patched"].hangs
    for policy in registry.values():
        assert set(policy.windows) <= set(WINDOWS)
        assert set(policy.hangs) <= set(HANGS)


def test_groups():
    assert groups["all"] == [*groups["kernel"], *groups["user-space"], *groups["bounds"]]
    assert groups["merged"][0] == "baseline" and groups["merged"][-1] == "mainline-6"
    assert len(parse("merged,2006")) == len(set(groups["merged"]) | set(groups["2006"]))


@pytest.mark.parametrize("name", list(registry))
def test_text_tells_every_mechanism_and_flaw(name):
    policy = registry[name]
    text = policy_text(policy, whole=True)
    lines = [line.split()[0] for line in text.splitlines() if line.startswith("  ") and not line.startswith("   ")]
    assert lines == [*MECHANISMS, *(KNOBS if policy.monitor else ()), *policy.windows, *policy.hangs]
    assert policy.source in text.replace("\n", " ")
    assert all(len(line) <= 110 for line in text.splitlines() if line.startswith("  "))


def test_text_sets_a_policy_apart_from_the_closest_before_it():
    def apart(name: str) -> str:
        return " ".join(policy_text(parse(name)[0], registry.values()).split("\n\n")[2].split())

    assert apart("boost-5.0") == (
        "Closest before it: lockless-reaper-4.19. What differs: "
        "child_first no (not best), watermark_boost yes (not no), reclaim_retry free_twice (not passes)."
    )
    assert apart("patched-timeout") == "Closest before it: patched-try2. What differs: timeout 10s (not off)."
    assert apart("patched(timeout=1s)") == "Closest before it: patched. What differs: timeout 1s (not off)."
    assert apart("lmkd") == "The kernel's mechanisms are those of mainline-6."
    assert apart("baseline").startswith("Windows in which")


def test_text_leaves_out_what_is_as_in_the_first_kernel():
    text = policy_text(registry["patched"])
    told = text.split("As Linux 2.6.17 but for:\n")[1].split("\n\n")[0]
    names = [line.split()[0] for line in told.splitlines() if not line.startswith("   ")]
    mine = registry["patched"].mechanisms()
    assert names == [name for name, of in MECHANISMS.items() if mine[name] != of.default]


def test_a_mechanism_tells_its_values(capsys):
    assert main(["policies", "gate"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {value} " in text for value in MECHANISMS["gate"].values) and "Default: none" in text
    assert main(["policies", "mem_term"]) == 0
    assert main(["policies", "--mechanisms"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[-len(KNOBS) :]] == list(KNOBS)


def test_earlyoom_as_its_users_type_it():
    (typed,) = parse("mainline-6+earlyoom -m 5 -s 8")
    knobs = ("mem_term", "mem_kill", "swap_term", "swap_kill")
    assert [getattr(typed.monitor, knob) for knob in knobs] == [5, 2.5, 8, 4]
    (again,) = parse(typed.name)
    assert again == typed
    assert [policy.name for policy in parse("earlyoom -m 10 -s 10,baseline")][1] == "baseline"


@pytest.mark.parametrize("wrong", ["-x 5", "-m", "-m half", "-m 500", "-m nan"])
def test_earlyoom_s_options_are_checked(wrong):
    with pytest.raises(InputError, match="earlyoom"):
        parse(f"earlyoom {wrong}")
