"""One HTML page about a result: it opens with the answer and needs neither network nor scripts."""

import shlex
from importlib.resources import files
from itertools import combinations
from pathlib import Path

from oommc.collect.files import safe_name, write_whole
from oommc.collect.records import METRICS
from oommc.errors import RunError
from oommc.report import figures, words
from oommc.stats.survival import kaplan_meier

_HEADLINES = ("kills", "unnecessary", "stale", "impatient", "blind", "needless", "premature", "collateral")
_PAIR_METRICS = ("kills", "unnecessary", "needless", "ttr_ns")
# policies; with more, the page speaks of the first and of the one with the fewest needless
# kills, and compares each with the first
_MANY = 5


def write_report(result, path: Path) -> Path:
    """Writes the page of a `Result` to `path`, figures beside it as .svg and .csv. RunError if that fails."""
    from jinja2 import Environment

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        name: getattr(words, name) for name in ("number", "seconds", "with_interval", "p_value", "shown")
    }
    template = environment.from_string(
        files("oommc.report").joinpath("page.html").read_text(encoding="utf-8")
    )
    summary = result.data["scenarios"]
    try:
        sections = [_section(result, name, of, path.parent) for name, of in summary.items()]
        page = template.render(
            sections=sections,
            headlines=_HEADLINES,
            metrics=METRICS,
            pair_metrics=_PAIR_METRICS,
            meanings=words.METRIC_WORDS.values(),
            manifest=result.manifest,
            command=_command(result),
        )
        write_whole(path, page.encode())
    except OSError as error:
        raise RunError(f"{error.filename or path}: {error.strerror}") from error
    return path


def _section(result, name: str, of: dict, folder: Path) -> dict:
    """What the template needs for one scenario; writes its figures."""
    policies = list(of["policies"])
    told = set(
        combinations(policies, 2) if len(policies) <= _MANY else ((policies[0], p) for p in policies[1:])
    )
    pairs = [row for row in of["pairs"] if (row["a"], row["b"]) in told]
    spoken = policies
    if len(policies) > _MANY:
        fewest = min(policies[1:], key=lambda policy: of["policies"][policy]["needless"]["mean"])
        spoken = [policies[0], fewest]
    curves = {policy: kaplan_meier(*result.times(name, policy)) for policy in policies}
    drawn = {"kills": figures.kills(of["policies"]), "recovery": figures.recovery(curves)}
    if pairs:
        drawn["differences"] = figures.differences(pairs)
    pictures = []
    for kind, figure in drawn.items():
        stem = f"{safe_name(name)}-{kind}"
        write_whole(folder / f"{stem}.svg", figure.svg.encode())
        write_whole(folder / f"{stem}.csv", figure.table.to_csv(index=False).encode())
        pictures.append({"stem": stem, "inline": figure.inline, "alt": figure.alt})
    return {
        "name": name,
        "about": result.manifest.scenarios[name].get("about", ""),
        "schedules": of["schedules"],
        "cut": of["cut"],
        "policies": of["policies"],
        "assertion": of["assertion"],
        "answers": [words.policy_answer(policy, of["policies"][policy]) for policy in spoken],
        "comparisons": [
            words.pair_answer(row)
            for row in pairs
            if row["metric"] in ("needless", "ttr_ns") and row["a"] == policies[0] and row["b"] in spoken
        ],
        "pairs": pairs,
        "partial": len(pairs) < len(of["pairs"]),
        "pictures": pictures,
    }


def _command(result) -> str:
    """The command that gives the same records again."""
    manifest = result.manifest
    scenarios = [manifest.sources.get(name, name) for name in manifest.scenarios]
    return shlex.join(
        ["oommc", "run", *scenarios, "--policies", ",".join(manifest.policies)]
        + ["--schedules", str(manifest.schedules), "--seed", str(manifest.seed)]
        + ["--block", str(manifest.block), "--out", "OUT"]
    )
