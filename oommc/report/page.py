"""One HTML page about a result: it opens with the answer and needs neither network nor scripts."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from pathlib import Path

from oommc.choice import text as choice_text
from oommc.collect.files import safe_name, write_whole
from oommc.columns import COMPARED, PATIENCES, TABLED, foremost, metrics
from oommc.errors import unwritten
from oommc.policies.file import options
from oommc.report import figures, schedules, text, toll, unknown
from oommc.report.groups import alike, distinct, labels
from oommc.report.margin import Margins
from oommc.report.marks import footnotes, mark
from oommc.show.csv import as_csv
from oommc.show.numbers import estimate, number, p_value, seconds, seconds_between, shown
from oommc.show.page import template
from oommc.stats.content import Pair, PolicyContent, ScenarioContent, mean_of
from oommc.stats.summary import TIME

_COUNTS = ("kills", "excess", *(name for name in foremost(TABLED) if name != "kills"))

PAIR_METRICS = (*foremost(COMPARED), TIME)
# policies; with more, the page speaks of the first and of the one that costs the least, and compares each with
# the first
_MANY = 5
_BRIEF = 12  # policies times scenarios: of more a page opens only costs and kills, the other parts unfold
_PARTS = {
    "costs": "What it costs",
    "kills": "Kills",
    "patience": "Patience",
    "pairs": "Policy against policy",
    "recovery": "Recovery",
    "choice": "Which policy to take",
    "told": "One schedule told",
    "assertion": "The patch's assertion",
    "counts": "All counts",
}
_TOLD, _TOLD_EACH = 5, 3  # up to so many scenarios, so many schedules of each are told; of more, one each


def write_report(result, path: Path, margins: Margins) -> Path:
    """Writes the page of a `Result` to `path`, figures beside it as .svg and .csv.

    InputError if it can't be there, RunError if it can't be written to its end.
    """
    filters = {of.__name__: of for of in (number, seconds, seconds_between, text.recovered_in, p_value, shown, mark)}
    summary = result.data["scenarios"]
    try:
        page = template("oommc.report", filters).render(
            estimate=estimate,
            sections=[_section(result, name, path.parent, len(summary), margins) for name in summary],
            overview=_picture(figures.overview(summary), "overview", path.parent) if len(summary) > 1 else None,
            brief=len(summary) * len(next(iter(summary.values()))["policies"]) <= _BRIEF,
            pair_metrics=PAIR_METRICS,
            certain=text.CERTAIN,
            margins=margins,
            meanings=text.meanings(metrics(result.manifest.columns)),
            manifest=result.manifest,
            command=command(result),
        )
        write_whole(path, page.encode())
    except OSError as error:
        raise unwritten(error, path) from error
    return path


def told_pairs(of: ScenarioContent) -> list[Pair]:
    """The pairs that a report shows: all of a few policies, of many each with the first."""
    names = list(labels(of))
    told = set(combinations(names, 2) if len(names) <= _MANY else ((names[0], name) for name in names[1:]))
    return [row for row in of["pairs"] if (row["a"], row["b"]) in told]  # of policies that are the same the first


def headlines(policies: dict[str, PolicyContent]) -> list[str]:
    """The counts of the first table (all stand in the last one); `excess` only where there is an oracle."""
    return [name for name in _COUNTS if any(name in policy for policy in policies.values())]


def none_of(policies: Mapping[str, PolicyContent], names: Iterable[str]) -> list[str]:
    """The counts that are 0 under all policies, which a table names in a line instead."""
    return [name for name in names if all(not mean_of(of, name)["total"] for of in policies.values() if name in of)]


def outcomes(of: ScenarioContent) -> list[str]:
    """In which ways schedules ended, under any policy."""
    ended = [policy["outcome"] for policy in of["policies"].values()]
    return [name for name in ended[0] if any(counts[name] for counts in ended)]


def command(result) -> str:
    """The command that gives the same records again."""
    manifest = result.manifest
    scenarios = [manifest.source(name) for name in manifest.scenarios]
    return shlex.join(
        ["oommc", "run", *scenarios, "--policies", ",".join(manifest.policies), *options(manifest.policies.values())]
        + ["--schedules", str(manifest.schedules), "--seed", str(manifest.seed)]
        + ["--block", str(manifest.block), *([] if manifest.records else ["--no-records"])]
        + ["--but-for"] * manifest.but_for
        + ["--over-ranges"] * bool(result.uncertainty)
        + [f"--precision={target}" for target in (manifest.precision or {}).get("targets", ())]
        + (["--choose", result.race["choose"]] if result.race else [])
        + (["--require", result.race["require"]] if result.race and result.race["require"] else [])
        + ["--out", "OUT"]
    )


def _section(result, name: str, folder: Path, scenarios: int, margins: Margins) -> dict:
    """What the template needs for one scenario; writes its figures."""
    of = result.data["scenarios"][name]
    policies = of["policies"]
    pairs = told_pairs(of)
    spoken = list(labels(of))
    if len(spoken) > _MANY:
        spoken = list(dict.fromkeys((spoken[0], toll.least(policies))))
    counts = metrics(result.manifest.columns)
    drawn = {
        "kills": figures.kills(policies),
        "recovery": figures.recovery({policy: result.times(name, policy) for policy in policies}),
    }
    if any(mean_of(policy, column)["total"] for policy in policies.values() for column in PATIENCES):
        drawn["patience"] = figures.patience(policies)
    if pairs:
        drawn["differences"] = figures.differences(pairs)
    if pairs and any(policy["ttr_s"]["rmst"] is not None for policy in policies.values()):
        drawn["tradeoff"] = figures.tradeoff(policies)
    choice = _choice(result, name) if len(policies) > 1 else None
    timelines = list(_timelines(result, name, folder, _TOLD_EACH if scenarios <= _TOLD else 1))
    # of what is compared a bound is worth a column
    no_kills = [metric for metric in none_of(policies, headlines(policies)) if metric not in foremost(COMPARED)]
    without = {"patience": "patience" not in drawn, "pairs": not pairs, "choice": not choice, "told": not timelines}
    return {
        "name": name,
        "parts": {key: title for key, title in _PARTS.items() if not without.get(key)},
        "about": result.manifest.scenarios[name].get("about", ""),
        "schedules": of["schedules"],
        "cut": of["cut"],
        "policies": policies,
        "headlines": [metric for metric in headlines(policies) if metric not in no_kills],
        "no_kills": no_kills,
        "counts": [metric for metric in counts if metric not in none_of(policies, counts)],
        "no_counts": none_of(policies, counts),
        "outcomes": outcomes(of),
        "costs": toll.rows(of),
        "costs_caption": toll.CAPTION,
        "notes": footnotes(mark(of) for of in _intervals(policies, pairs)),
        "alike": alike(of),
        "labels": labels(of),
        "broken": {policy: counts for policy, counts in of["assertion"].items() if counts["premature"]},
        "verdict": text.verdict(policies),
        "best": toll.least(policies),
        "answers": [text.policy_answer(policy, policies[policy]) for policy in spoken],
        "comparisons": [
            text.pair_answer(row, margins)
            for row in pairs
            if row["metric"] in ("needless", "ttr_ns") and row["a"] == spoken[0] and row["b"] in spoken
        ],
        "unknown": _unknown(result, name, of),
        "pairs": pairs,
        "partial": len(pairs) < len(distinct(of)),
        "pictures": {kind: _picture(figure, f"{safe_name(name)}-{kind}", folder) for kind, figure in drawn.items()},
        "choice": choice,
        "timelines": timelines,
    }


def _intervals(policies: dict[str, PolicyContent], pairs: list[Pair]) -> Iterator[Mapping]:
    """All that a section shows with an interval and a mark."""
    names = headlines(policies)
    yield from (mean_of(policy, name) for policy in policies.values() for name in names if name in policy)
    yield from (row for row in pairs if row["metric"] in PAIR_METRICS)
    yield from ({"ci": of["ttr_s"]["rmst_ci"], "events": of["ttr_s"]["rmst_events"]} for of in policies.values())


def _unknown(result, name: str, of: ScenarioContent) -> dict:
    """How much of the first number is simulation error, and how much not knowing the machine."""
    found = result.uncertainty.get(name)
    if found is None:
        return {"rows": [], "said": [unknown.missing(result.manifest.scenarios[name].get("range", {}))]}
    return {
        "rows": unknown.rows(found, of),
        "caption": unknown.caption(found),
        "said": unknown.sentences(found, unknown.against_first(of)),
    }


def _choice(result, name: str) -> dict | None:
    """What the page says about which policy to take; None of a run without records."""
    if not result.manifest.records:
        return None
    advice = result.choose(scenario=name)[name]
    race = (result.race or {"scenarios": {}})["scenarios"].get(name)
    return {
        "sentences": choice_text.advice_sentences(advice),
        "rows": choice_text.advice_rows(advice),
        "left_out": advice["left_out"],
        "race": race and choice_text.race_sentence(name, result.race, race),
        "race_rows": race and choice_text.race_rows(race),
    }


def _timelines(result, name: str, folder: Path, most: int):
    if not result.manifest.records:
        return
    for at, chosen in enumerate(schedules.choose(result, name, result.data["scenarios"][name]["policies"], most)):
        if stories := schedules.stories(result, name, chosen):
            source = result.manifest.source(name)
            replay = [
                "oommc",
                "replay",
                source,
                "--policy",
                ",".join(chosen.policies),
                "--plot",
                "timeline.svg",
            ]
            replay += ["--schedule", str(chosen.schedule), "--seed", str(result.manifest.seed)]
            replay += options(result.manifest.policies[policy] for policy in chosen.policies)
            picture = _picture(figures.timeline(stories), f"{safe_name(name)}-timeline-{at}", folder)
            yield picture | {
                "title": chosen.title,
                "schedule": chosen.schedule,
                "command": shlex.join(replay),
            }


def _picture(figure: figures.Figure, stem: str, folder: Path) -> dict:
    """Writes a figure beside the page; what the template needs of it."""
    write_whole(folder / f"{stem}.svg", figure.svg.encode())
    write_whole(folder / f"{stem}.csv", as_csv(figure.table).encode())
    return {"stem": stem, "inline": figure.inline(_identifier(stem)), "alt": figure.alt}


def _identifier(stem: str) -> str:
    """A name as the beginning of ids in HTML, other names giving others."""
    return "".join(char if char.isascii() and char.isalnum() else f"_{ord(char):x}" for char in stem)
