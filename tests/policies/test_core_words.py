"""The core is held to the tables of mechanisms and knobs: it reads each of them and names each of their values."""

import re
from pathlib import Path

import generate_policy
import pytest

from oommc.policies import KNOBS, MECHANISMS
from oommc.policies.table import Mechanism, mechanism

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = MECHANISMS | KNOBS


def text(folder: str, pattern: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / folder).glob(pattern)))


CORE = re.sub(r"^from policy cimport (\([^)]*\)|.*)$", "", text("pyx", "*.pxd"), flags=re.MULTILINE)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_core_names_each_value(name):
    """In an expression, or beside the branch that is left for it: `else:  # GATE_LIFE_ATTEMPT`."""
    named = set(re.findall(r"\w+", CORE))
    assert [constant for constant in generate_policy.constants(name, SETTINGS[name]) if constant not in named] == []


@pytest.mark.parametrize("name", SETTINGS)
def test_core_and_twin_read_each_setting(name):
    assert re.search(rf"\.{name}\b", CORE)
    assert re.search(rf"\.{name}\b", text("oommc/twin", "*.py"))


def test_a_setting_belongs_to_the_kernel_or_to_a_killer():
    assert not set(MECHANISMS) & set(KNOBS)


def described(*values: str, kind: str = "choice", prefix: str = "") -> Mechanism:
    return mechanism("", "", dict.fromkeys(values, ""), kind=kind, prefix=prefix).metadata["mechanism"]


def test_constants_are_mechanism_and_value_in_capitals():
    assert generate_policy.constants("gate", described("none", "flag")) == {"GATE_NONE": 0, "GATE_FLAG": 1}
    assert generate_policy.constants("drain", described("a", "b", "c", kind="set")) == {
        "DRAIN_A": 1,
        "DRAIN_B": 2,
        "DRAIN_C": 4,
    }
    assert generate_policy.constants("mutex", described("no", "yes")) == {}
    assert "DRAIN_C = 4\n" in generate_policy.policy({"drain": described("a", "b", "c", kind="set")}, {})


@pytest.mark.parametrize(
    ("mechanisms", "message"),
    [
        ({"mutex": described("yes", "no")}, "mutex: no stands before yes"),
        ({"a": described("b_c"), "a_b": described("c")}, "constant of one name"),
        (
            {"mark": described("one", prefix="reach"), "signal": described("all", prefix="reach")},
            "signal: other values",
        ),
    ],
)
def test_what_the_core_could_not_tell_apart_fails_the_build(mechanisms, message):
    with pytest.raises(ValueError, match=message):
        generate_policy.policy(mechanisms, {})
