"""Results for tests of the page: made of `synthetic` records, with real scenarios and policies in the
manifest.
"""

from html.parser import HTMLParser

import synthetic

import oommc
from oommc.collect.manifest import Manifest
from oommc.policies import registry
from oommc.scenario import Scenario

AWKWARD = '<b>"x" & $\\frac{1}{2}$|, %s ' + "дом 家 " + "y" * 160


class Checked(HTMLParser):
    """Collects tags, ids and text, and notices elements that are not closed."""

    VOID = ("meta", "br", "hr", "img", "link", "path", "use")

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.text = [], [], [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        attrs = dict(attrs)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        self.links += [v for k, v in attrs.items() if k in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def made(
    policies=("baseline", "serialize-v1", "patched"), scenarios=("usemem",), count=300, block=synthetic.block, **more
):
    """A result in memory, of `block`'s records, `more` of its run.json. A name that isn't known stands for a copy of
    `usemem` or of `baseline`.
    """
    usemem = Scenario.load("usemem").to_dict() | {"about": "About <it>."}
    rows = {name: registry.get(name) or registry["baseline"].replace(name=name) for name in policies}
    manifest = Manifest(
        seed=1,
        block=10_000,
        schedules=count,
        scenarios={name: usemem | {"name": name} for name in scenarios},
        policies={name: policy.to_dict() for name, policy in rows.items()},
        **more,
    )
    blocks = {(s, p, 0): block(s, p, 1, 0, count) for s in scenarios for p in policies}
    return oommc.Result(manifest, synthetic.stored(blocks, manifest=manifest))


def page_of(result, tmp_path):
    """The page's text, and what is in it."""
    text = result.report(tmp_path / "index.html").read_text(encoding="utf-8")
    parsed = Checked(text)
    assert parsed.open == []
    return text, parsed
