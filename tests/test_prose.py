"""Plain English: in each page sentences of eighteen words on average, and none of more than forty."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page.relative_to(ROOT)
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("experiments/**/*.md")]
)
MEAN, MOST = 18, 40


def sentences(markdown: str) -> list[str]:
    """The sentences of running text: no code, no tables, no headings, no pictures; a link is its words."""
    text = re.sub(r"^```.*?^```$|<!--.*?-->", "\n\n", markdown, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"`[^`]*`", "Code", text))
    found: list[str] = []
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*:]|\d+\.)\s)|\n(?=#|\|)", text):
        if not re.match(r"\s*(\||#|<)", block):
            found += re.split(r"(?<=[.!?])[)*\"]*\s+", " ".join(block.split()))
    return [sentence for sentence in found if words(sentence) > 1]


def words(sentence: str) -> int:
    """How many there are; what has no letter or digit is none."""
    return sum(any(char.isalnum() for char in word) for word in sentence.split())


def test_sentences_are_found():
    page = "# A title\n\nOne two three. Four five:\n\n* six `seven eight` nine; ten\n\n| a | b |\n\n```\nno no\n```\n"
    assert [words(sentence) for sentence in sentences(page)] == [3, 2, 4]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_reads_easily(page):
    counts = {sentence: words(sentence) for sentence in sentences((ROOT / page).read_text(encoding="utf-8"))}
    assert not [sentence for sentence, count in counts.items() if count > MOST]
    assert not counts or sum(counts.values()) / len(counts) <= MEAN
