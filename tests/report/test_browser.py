"""The page in a real browser, where there is one: no errors, no empty figures, nothing wider than a
telephone.
"""

import html
import json
import re
import shutil
import subprocess

import pytest
from pages import AWKWARD, made

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium")

# put into a copy of the page: the page itself has no scripts
PROBE = """<script>
window.wrong = [];
addEventListener("error", e => wrong.push(String(e.message || e.target.outerHTML)), true);
addEventListener("load", () => {
  const width = document.documentElement.clientWidth;
  const scrolls = e => e.closest(".scroll, .card, pre");
  const wide = [...document.body.querySelectorAll("*")]
    .filter(e => !scrolls(e) && e.getBoundingClientRect().right > width + 1).map(e => e.outerHTML.slice(0,
    80));
  const figures = [...document.querySelectorAll("figure svg")].map(e => {
    const box = e.getBoundingClientRect();
    return {width: box.width, height: box.height, shapes: e.querySelectorAll("path, use").length,
            words: e.querySelectorAll("text").length};
  });
  const page = document.documentElement.scrollWidth;
  parent.postMessage(JSON.stringify({width, page, wide, figures, wrong}), "*");
});
</script>"""


def seen(page, tmp_path, width):
    """What the browser says about a page at a width in px. A window has a least one, a frame none."""
    probed = tmp_path / "probed.html"
    text = page.read_text(encoding="utf-8")
    probed.write_text(text.replace("<head>", "<head>" + PROBE, 1), encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(
        '<!DOCTYPE html><pre id="said"></pre><script>addEventListener("message", e => '
        'document.getElementById("said").textContent = e.data)</script>'
        f'<iframe src="probed.html" style="width:{width}px;height:900px;border:0"></iframe>',
        encoding="utf-8",
    )
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(
        [BROWSER, *flags, "--virtual-time-budget=10000", "--dump-dom", frame.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return json.loads(html.unescape(re.search(r'<pre id="said">(.*?)</pre>', done.stdout, re.DOTALL)[1]))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return made(("baseline", "patched", AWKWARD), ("usemem", AWKWARD), 100).report(
        tmp_path_factory.mktemp("browser") / "index.html"
    )


@pytest.mark.parametrize("width", [360, 1000])
def test_nothing_is_broken_empty_or_too_wide(page, tmp_path, width):
    said = seen(page, tmp_path, width)
    assert said["wrong"] == []
    assert said["width"] in (width, width - 15) and said["page"] <= said["width"] and said["wide"] == []
    assert len(said["figures"]) >= 9
    for figure in said["figures"]:
        assert figure["width"] > 250 and figure["height"] > 80 and figure["shapes"] > 5 and figure["words"] > 3


def test_the_probe_sees_what_is_wrong(tmp_path):
    page = tmp_path / "bad.html"
    page.write_text(
        '<!DOCTYPE html><html><head></head><body><div style="width:900px">wide</div>'
        "<script>oops()</script></body></html>"
    )
    said = seen(page, tmp_path, 360)
    assert said["page"] > 360 and len(said["wide"]) == 1 and "oops" in said["wrong"][0]
