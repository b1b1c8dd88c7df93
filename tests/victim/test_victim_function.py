"""A user's victim function: what it sees, what its score means, and what it can't break."""

import dataclasses
import importlib.util
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from functions import EVERYTHING, compiled, everything
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from worlds import both, clockwork, daemon, hog, late, policies, records, scenarios, story

import oommc
from oommc.engine import Engine
from oommc.engine._core import DTYPES
from oommc.errors import InputError, RunError
from oommc.policies.victim import Task
from oommc.twin import simulate

EXAMPLES = Path(__file__).resolve().parents[2] / "experiments" / "victim"


@pytest.fixture(scope="module")
def weighted(tmp_path_factory):
    """A function in C whose score tells every field."""
    return compiled(tmp_path_factory.mktemp("c"), f"return {EVERYTHING};", "weighted")


def by(function, base: str = "baseline", **changes):
    return oommc.policies[base].replace(name="mine", selector=function, **changes)


def victims(scenario, policy) -> list[str]:
    return [who for _, _, who in story(scenario, policy, "kill")]


def test_the_names_of_the_fields_are_those_of_the_struct():
    assert DTYPES["task"].names == Task._fields
    assert {DTYPES["task"][name] for name in Task._fields} == {np.dtype(np.int64)}


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios(), policy=policies(), seed=st.integers(0, 2**64 - 1))
def test_compiled_and_python_functions_see_the_same(weighted, scenario, policy, seed):
    try:
        fast = policy.replace(name="fast", selector=weighted)
    except InputError:
        reject()
    slow = policy.replace(name="slow", selector=everything)
    engine = Engine(scenario, [slow, fast], seed)
    python, core = engine.run(0, 2)
    assert (python == core).all()
    assert [simulate(engine.packed, fast, seed, k)["kills"] for k in (0, 1)] == core["kills"].tolist()


@pytest.mark.parametrize("form", ["rules_c", "rules_cython", "rules_numba"])
def test_each_example_is_the_same_rule(form):
    library = form.removeprefix("rules_")
    if library != "c" and importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} isn't installed")
    file = EXAMPLES / "policies.toml"
    text = file.read_text()
    own = {}
    for name in ("by-python", f"by-{library}"):
        table = text[text.index(f"[policy.{name}]") :].split("\n\n")[0]
        only = EXAMPLES / f"only-{name}.toml"
        try:
            only.write_text(table)
            own |= oommc.load_policies(only)
        finally:
            only.unlink()
    scenario = oommc.Scenario.load("shared-mm").replace("horizon", "1 s")
    python, core = Engine(scenario, list(own.values()), 3).run(0, 10)
    assert (python == core).all()
    assert core["kills"].sum() > 0


def world():
    return clockwork(hog(rss=9000), daemon(count=3, rss=200, exit={"wake": 0, "tail": 0}))


def test_the_highest_score_dies_and_of_equals_the_policys_tie_rule_says():
    assert victims(world(), by(lambda task: task.process == 2))[0] == "daemon-1"
    assert victims(world(), by(lambda task: 1.0))[0] == "hog"
    assert victims(world(), by(lambda task: 1.0, ties="last"))[0] == "daemon-2"
    assert victims(world(), by(lambda task: -0.0 if task.process else 0.0))[0] == "hog"


def test_negative_scores_and_infinity_rank_as_numbers_do():
    assert victims(world(), by(lambda task: -1.0 - task.process))[0] == "hog"
    assert victims(world(), by(lambda task: math.inf if task.process == 3 else 1e300))[0] == "daemon-2"


@pytest.mark.parametrize("never", [math.nan, -math.inf])
def test_nan_and_minus_infinity_are_never(never):
    assert victims(world(), by(lambda task: never if task.rss > 1000 else -5.0))[0] == "daemon-0"
    assert records(world(), by(lambda task: never))[0]["kills"] == 0


def test_nobody_is_as_when_no_task_is_left():
    """The machine panics, or the ask goes on, as the policy has it."""
    outcomes = oommc.engine.OUTCOMES
    assert outcomes[records(world(), by(lambda task: math.nan))[0]["outcome"]] == "panic"
    assert outcomes[records(world(), by(lambda task: math.nan, on_no_victim="retry"))[0]["outcome"]] == "livelock"


@pytest.mark.parametrize("answer", ["NAN", "-INFINITY", "INFINITY", "-0.0", "-(double)task->rss", "task->process == 2"])
def test_special_scores_mean_the_same_in_c(tmp_path, answer):
    code = compiled(tmp_path, f"return {answer};")
    both(world(), by(code, on_no_victim="retry").replace(name="mine"))
    both(world(), by(code, child_first="best", base="rcu-scan-3.16").replace(name="mine"))


def test_a_function_may_change_its_mind_while_nothing_else_happens(tmp_path):
    """Retries are skipped only where they can change nothing; a function may look at the clock."""
    code = compiled(tmp_path, "return task->now_ns < 700000000 ? NAN : (double)task->rss;")
    record = both(world(), by(code, on_no_victim="retry"))
    assert record["kills"] == 1
    assert record["end_ns"] >= 700_000_000


def test_protected_tasks_are_not_asked_about():
    asked = set()
    protected = clockwork(hog(oom_score_adj=-1000), daemon(count=2))
    records(protected, by(lambda task: asked.add(task.process) or 1.0))
    assert asked == {1, 2}


def test_a_compiled_functions_data_reaches_it(tmp_path):
    import ctypes

    from scipy import LowLevelCallable

    code = compiled(tmp_path, "return -fabs((double)task->process - *(double *)user_data);")
    wanted = ctypes.c_double(2.0)
    data = ctypes.cast(ctypes.pointer(wanted), ctypes.c_void_p)
    assert victims(world(), by(LowLevelCallable(code.keeps.function, data)))[0] == "daemon-1"


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda task: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda task: None, "TypeError: float"),
        (lambda task: "rubbish", "ValueError: could not convert"),
        (lambda: 1.0, "TypeError"),
    ],
)
def test_what_a_python_function_does_wrong_stops_the_run(function, told, tmp_path):
    with pytest.raises(RunError, match=told) as error:
        oommc.run(world(), by(function), schedules=3, out=tmp_path)
    assert "victim function <lambda>" in str(error.value)


def test_what_was_stored_stays_when_the_function_fails(tmp_path):
    def fails(task):
        fails.calls += 1
        if fails.calls > 60:
            raise OSError("enough")
        return float(task.rss)

    fails.calls = 0
    with pytest.raises(RunError, match="enough"):
        oommc.run(world(), by(fails), schedules=60, block=1, workers=1, out=tmp_path)
    held = oommc.load(tmp_path).records()
    fails.calls = -10_000
    again = oommc.run(world(), by(fails), schedules=60, block=1, workers=1, out=tmp_path).records()
    assert 0 < len(held) < 60
    assert again.merge(held, how="inner").shape == held.shape


@pytest.mark.parametrize("endless", ["for (;;) ;", "python"])
def test_a_function_that_does_not_return_is_told(tmp_path, endless):
    """The command ends with status 1; blocks that were finished stay."""
    script = tmp_path / "stuck.py"
    (tmp_path / "own.toml").write_text('[policy.mine]\nbase = "baseline"\nselector = "rule.py:score"\n')
    rule = "def score(task):\n    while True:\n        pass\n"
    if endless != "python":
        rule = f"import sys\nfrom pathlib import Path\nsys.path.append({str(Path(__file__).parent)!r})\n"
        rule += f"from functions import compiled\nscore = compiled(Path({str(tmp_path)!r}), {endless!r})\n"
    (tmp_path / "rule.py").write_text(rule)
    script.write_text(
        "import oommc.collect.threads as threads, oommc.cli, sys\nthreads.PATIENCE = "
        "0.5\nsys.exit(oommc.cli.main(sys.argv[1:]))\n"
    )
    command = [sys.executable, str(script), "run", "usemem", "--policy-file", str(tmp_path / "own.toml")]
    command += ["--policies", "mine", "--schedules", "50", "--out", str(tmp_path / "out"), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert "a victim function has not returned for" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_report_tells_the_other_policies_schedules(tmp_path):
    """The function isn't stored, so a page can't tell a schedule under it; all else is there."""
    oommc.run(clockwork(hog(), daemon(), late()), [by(lambda task: task.rss), "patched"], schedules=4, out=tmp_path)
    page = oommc.load(tmp_path).report(tmp_path / "page.html").read_text()
    assert "mine" in page and "patched" in page


def test_another_function_under_the_same_name_is_refused(tmp_path):
    oommc.run(world(), by(lambda task: 1.0), schedules=2, out=tmp_path)
    with pytest.raises(InputError, match=r"another policy 'mine': victim\.digest"):
        oommc.run(world(), by(lambda task: 2.0), schedules=4, out=tmp_path)


def test_another_version_of_a_compiled_function_is_refused(tmp_path):
    one, two = (compiled(tmp_path, f"return {k};", "rule", version=str(k)) for k in (1, 2))
    oommc.run(world(), by(one), schedules=2, out=tmp_path / "out")
    with pytest.raises(InputError, match=r"another policy 'mine': victim\.version"):
        oommc.run(world(), by(two), schedules=4, out=tmp_path / "out")


def test_a_cluster_cannot_have_machine_code(tmp_path):
    pytest.importorskip("distributed")
    code = compiled(tmp_path, "return 1;")
    with pytest.raises(InputError, match="machine code can't be sent"):
        oommc.run(world(), by(code), schedules=2, cluster="local:1")
    with pytest.raises(InputError, match="can't be sent to a cluster"):
        oommc.run(world(), by(lambda task: 1.0), schedules=2, cluster="local:1")


def test_what_is_no_function_is_refused():
    from scipy import LowLevelCallable

    with pytest.raises(InputError, match="no selector's name"):
        by(7)
    import scipy.integrate._test_multivariate as other

    if hasattr(other, "_sin"):
        with pytest.raises(InputError, match=r"right is 'double \(const oommc_task"):
            by(LowLevelCallable(other._sin, signature="double (double)"))
    with pytest.raises(InputError, match="selector=function needs the function"):
        oommc.policies["patched"].replace(selector="function")


def test_other_selectors_forget_the_function():
    mine = by(everything)
    assert mine.replace(selector="largest_rss").victim is None
    assert mine.replace(refused="sleep_tick").victim == mine.victim
    assert dataclasses.replace(mine).victim is mine.victim
    assert oommc.policies["patched"].replace(selector=everything).name == "patched(selector=everything)"
