"""The trace against the rules of the Trace Event Format."""

import json
from collections import defaultdict

import pytest
from worlds import clockwork, daemon, hog, late

from oommc.errors import InputError
from oommc.policies import registry
from oommc.scenario import Scenario
from oommc.trace import replay
from oommc.trace.perfetto import perfetto


def stories():
    race = clockwork(hog(), daemon(), late())
    yield [replay(race, registry[policy], 0, 1) for policy in ("baseline", "patched", "reaper-4.6")]
    for name, schedule in (("usemem", 2066), ("threaded-hog", 3)):
        scenario = Scenario.load(name).replace("horizon", "1 s")
        yield [replay(scenario, registry["serialize-v1"], schedule, 1)]


@pytest.fixture(scope="module", params=list(stories()), ids=lambda told: told[0].scenario.name)
def told(request):
    return request.param


def ns(us):
    return round(us * 1000)


def test_every_event_is_well_formed(told):
    trace = json.loads(json.dumps(perfetto(told), allow_nan=False))
    assert trace["displayTimeUnit"] == "ms"
    needs = {
        "X": {"ts", "dur", "name"},
        "C": {"ts", "args"},
        "M": {"args"},
        "s": {"ts", "id"},
        "f": {"ts", "id", "bp"},
    }
    for event in trace["traceEvents"]:
        assert needs[event["ph"]] <= event.keys() and {"pid", "tid", "name"} <= event.keys()
        assert event.get("ts", 0) >= 0 and event.get("dur", 1) > 0
        if event["ph"] == "C":
            assert all(isinstance(value, int) for value in event["args"].values())
    times = [event["ts"] for event in trace["traceEvents"] if event["ph"] != "M"]
    assert times == sorted(times)


def test_slices_of_a_track_nest(told):
    tracks = defaultdict(list)
    for event in perfetto(told)["traceEvents"]:
        if event["ph"] == "X":
            tracks[event["pid"], event["tid"]].append(
                (ns(event["ts"]), ns(event["ts"]) + ns(event["dur"]), event["name"])
            )
    assert len(tracks) == sum(len(story.lanes) for story in told)
    deepest = 0
    for slices in tracks.values():
        held = []
        for start, end, name in slices:
            while held and held[-1][1] <= start:
                held.pop()
            assert not held or end <= held[-1][1], (held[-1], (start, end, name))
            held.append((start, end, name))
            deepest = max(deepest, len(held))
    assert deepest >= 3  # an allocation, the window of the kill, what it did


def test_flows_lead_from_each_kill_to_its_last_page(told):
    events = perfetto(told)["traceEvents"]
    starts, ends = ({e["id"]: e for e in events if e["ph"] == ph} for ph in "sf")
    victims = [v for story in told for v in story.victims if v.returned_ns is not None]
    assert starts.keys() == ends.keys() and len(starts) == len(victims) > 0
    for at, start in starts.items():
        assert start["ts"] < ends[at]["ts"] and (start["pid"], start["tid"]) == (
            ends[at]["pid"],
            ends[at]["tid"],
        )
        for flow in (start, ends[at]):  # each end binds to a slice of its track
            assert any(
                e["ph"] == "X" and (e["pid"], e["tid"]) == (flow["pid"], flow["tid"])
                and ns(e["ts"]) <= ns(flow["ts"]) < ns(e["ts"]) + ns(e["dur"])
                for e in events
            )  # fmt: skip


def test_names_of_tracks_and_processes(told):
    meta = [e for e in perfetto(told)["traceEvents"] if e["ph"] == "M"]
    assert [e["args"]["name"] for e in meta if e["name"] == "process_name"] == [s.policy.name for s in told]
    threads = [e["args"]["name"] for e in meta if e["name"] == "thread_name"]
    assert threads == [name for story in told for name in story.lanes]


def test_counters_have_the_free_pages(told):
    events = perfetto(told)["traceEvents"]
    free = [e["args"]["free"] for e in events if e["ph"] == "C" and e["pid"] == 1 and "free" in e["args"]]
    assert free == [sample.free for sample in told[0].samples]


def test_written(told, tmp_path):
    told[0].perfetto(tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json").read_text()) == told[0].perfetto()
    with pytest.raises(InputError, match="No such file"):
        told[0].perfetto(tmp_path / "none" / "x.json")
