"""[range]: between what a scenario's values are thought to lie."""

import numpy as np
import pytest
import scipy.stats

import oommc
from oommc.errors import InputError
from oommc.scenario.ranges import Range


@pytest.mark.parametrize(
    ("text", "low", "middle", "high"),
    [
        ("10ms..1s", "10 ms", "100 ms", "1 s"),
        ("1 MiB..64MiB", "1 MiB", "8 MiB", "64 MiB"),
        ("1GiB/s..4 GiB/s", "1 GiB/s", "2 GiB/s", "4 GiB/s"),
        ("0..8ms", "0 s", "4 ms", "8 ms"),
        ("0.01..1.0", 0.01, pytest.approx(0.1), pytest.approx(1.0)),
        ("0.0..0.5", 0.0, 0.25, 0.5),
        ("-5..5", -5, 0, 5),
    ],
)
def test_ranges(text, low, middle, high):
    span = Range.read(text)
    assert [span.at(share) for share in (0, 0.5, 1)] == [low, middle, high]


def test_whole_numbers_are_equally_likely():
    found = [Range.read("1..4").at(share) for share in np.arange(0, 1, 1 / 400)]
    assert np.bincount(found).tolist() == [0, 100, 100, 100, 100]


@pytest.mark.parametrize("text", ["0.1..1.0", "0.3..0.9", "1e-9..1.0", "0.0..0.7"])
def test_no_end_is_overstepped_by_rounding(text):
    """0.1·exp(ln 10) is 1.0000000000000002, and no probability."""
    span = Range.read(text)
    assert span.low <= span.at(0.0) and span.at(1.0) <= span.high


@pytest.mark.parametrize(("text", "values"), [("1..3", [1, 2, 3]), ("0..12", [0, 2, 4, 6, 8, 10, 12])])
def test_whole_numbers_on_the_map(text, values):
    span = Range.read(text)
    assert [span.at(share) for share in span.steps(7)] == values


def declared(table):
    return oommc.Scenario.from_dict(oommc.Scenario.load("usemem").to_dict() | {"range": table}, "x.toml")


def test_dotted_keys_may_be_tables_within_tables():
    nested = declared({"machine": {"cpus": "1..8", "latency": {"report": {"median": "1ms .. 300ms"}}}})
    flat = declared({"machine.cpus": "1..8", "machine.latency.report.median": "1ms..300ms"})
    assert nested == flat and dict(flat.ranges)["machine.latency.report.median"] == "1ms..300ms"
    assert oommc.Scenario.from_toml(flat.to_toml()) == flat


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"machine": {"cpuss": "1..8"}}, "x.toml: range.machine.cpuss: no such value: did you mean cpus"),
        ({"machine": {"latency": {"report": "1 ms..2 ms"}}}, "range.machine.latency.report: names a whole table"),
        ({"machine.cpus.x": "1..8"}, "range.machine.cpus.x: there are no keys below machine.cpus"),
        ({"process.usmem.count": "1..8"}, "unknown 'usmem': did you mean usemem"),
        ({"machine.cpus": "8..1"}, "range.machine.cpus: 8..1: the low end has to be below the high one"),
        ({"machine.cpus": "8"}, "range.machine.cpus: '8' is not LOW..HIGH"),
        ({"machine": {"cpus": 4}}, "range.machine.cpus: 4 is not LOW..HIGH"),
        ({"horizon": "1 ms..2 parsec"}, "range.horizon: 1 ms..2 parsec: both ends with a unit"),
        ("1..8", "range: '1..8' is not a table"),
    ],
)
def test_what_is_wrong(table, says):
    with pytest.raises(InputError) as caught:
        declared(table)
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_ranges_change_no_record_and_no_digest(tmp_path, fast_engine):
    """A directory goes on with other ranges, or none."""
    digests = set()
    for table in ({"machine.cpus": "1..8"}, {"machine.cpus": "2..4"}, {}):
        result = oommc.run(declared(table), "patched", 100, out=tmp_path)
        digests.add(result.manifest.digest)
    assert len(digests) == 1


def test_a_range_goes_with_the_value_that_it_is_of():
    scenario = declared(
        {
            "machine.latency.report.median": "1ms..300ms",
            "process.usemem.exit.tail.mean": "1ms..2ms",
            "machine.cpus": "1..8",
        }
    )
    changed = scenario.replace("machine.latency.report", scipy.stats.gamma(2, scale=0.03)).replace(
        "process.usemem.name", "hog"
    )
    assert changed.ranges == (("machine.cpus", "1..8"),)
    assert dict(scenario.replace("range.machine.hz", "100..1000").ranges)["machine.hz"] == "100..1000"
