"""The page of `oommc advise`: what it draws, and, where there is a browser, how it looks on a telephone."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "incident"))
sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from incident_texts import MODERN
from test_browser import BROWSER, seen

from oommc import policies
from oommc.advise.picture import pictures, told
from oommc.cli import main
from oommc.scenario import Scenario
from oommc.trace.story import replay, thread_names


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "kern.log").write_text(MODERN.replace(" ld\n", f" {'l' * 15}\n").replace("(ld)", f"({'l' * 15})"))
    assert main(["advise", str(folder / "kern.log"), "--schedules", "4", "-o", str(folder / "page.html")]) == 0
    return folder / "page.html"


@pytest.mark.skipif(BROWSER is None, reason="no chromium")
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_broken_empty_or_too_wide(page, tmp_path, width):
    said = seen(page, tmp_path, width)
    assert said["wrong"] == [] and said["page"] <= said["width"] and said["wide"] == []
    (figure,) = said["figures"]
    assert figure["width"] > 300 and figure["height"] > 150 and figure["shapes"] > 5 and figure["words"] > 3


def test_two_pictures_stand_on_the_same_axes_and_say_what_is_seen():
    """The same schedule under two kernels: the longer one's time is the other's axis, too."""
    scenario = Scenario.load("usemem")
    stories = [(name, replay(scenario, policies[name], 0, 1)) for name in ("baseline", "patched")]
    one, other = pictures(stories, {name: name.upper() for name in thread_names(scenario)})
    assert one.caption.startswith("baseline: killed: ") and "USEMEM" in one.caption
    for story, picture in zip((story for _, story in stories), (one, other), strict=True):
        named = {
            line.partition(" killed<")[0].rpartition(">")[2] for line in picture.svg.splitlines() if " killed<" in line
        }
        assert named == {victim.name.upper() for victim in story.victims[:5]}
    ticks = [re.findall(r">([\d.]+)<", picture.svg) for picture in (one, other)]
    assert ticks[0] == ticks[1] != []


def test_a_hang_and_a_panic_are_told():
    """A hang is told for some seconds, not up to the horizon, which takes long."""
    scenario = Scenario.load("lock-chain")
    hangs = next(of for at in range(8) if (of := told(scenario, policies["patched"], at)).record["censored"])
    assert hangs.end_ns < scenario.horizon and "the machine hangs" in pictures([("now", hangs)], {})[0].caption
    panics = told(Scenario.load("usemem"), policies["mainline-6"].replace(panic_on_oom="yes"), 0)
    assert pictures([("now", panics)], {})[0].caption == "now: nobody is killed; the machine panics."
