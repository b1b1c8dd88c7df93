import pytest

from oommc.engine._core import CODES
from oommc.errors import InputError
from oommc.policies import MECHANISMS, Policy, groups, parse, registry


def differences(a: str, b: str) -> set[str]:
    left, right = registry[a].mechanisms(), registry[b].mechanisms()
    return {name for name in MECHANISMS if left[name] != right[name]}


def test_each_design_differs_from_its_neighbour_where_the_lineage_says():
    assert differences("baseline", "serialize-v1") == {"gate", "gate_life", "limiter", "signal", "mark"}
    assert differences("serialize-v1", "patched") == {"recheck"}
    assert differences("patched", "patched-try2") == {"refused"}
    assert differences("baseline", "patched-try4") == {"recheck", "gate", "gate_test", "refused"}
    assert differences("patched-try2", "patched-timeout") == {"timeout"}
    assert registry["patched-timeout"].timeout == 10_000_000_000


def test_the_core_has_a_code_for_each_value():
    for mechanism, codes in CODES.items():
        assert set(codes) == set(MECHANISMS[mechanism].values)


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
        ("pached", "did you mean 'patched'"),
        ("patched(timeout=-1s)", "timeout"),
        ("patched(timout=1s)", "did you mean 'timeout'"),
        ("patched(timeout)", "is no setting"),
        ("patched(refused=queue)", "gate=flag has no queue"),
        ("baseline(recheck=under_gate)", "needs a gate"),
        ("baseline(recheck=nothing)", "at least one last try"),
        ("baseline(gate=flock)", "none, flag, semaphore"),
        ("baseline(passes=0)", "from 1"),
        ("patched(((", "can't read"),
        ("all(timeout=1s)", "no policy 'all'"),
        ("patched-try4(gate_life=victim)", "needs a bit"),
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
