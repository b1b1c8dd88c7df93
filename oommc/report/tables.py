"""The tables of a report as Markdown or LaTeX, to be put into a mail or a paper."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from oommc import notebook
from oommc.collect.files import write_whole
from oommc.errors import unwritten
from oommc.report import toll, unknown
from oommc.report.groups import alike, labels
from oommc.report.margin import USUAL, Margins
from oommc.report.marks import footnotes, mark, marked
from oommc.report.page import PAIR_METRICS, command, headlines, outcomes, told_pairs
from oommc.report.text import CERTAIN, recovered_in, verdict
from oommc.show.markdown import escaped, markdown_table
from oommc.show.numbers import of_schedules, p_value, shown, with_interval
from oommc.stats.content import ScenarioContent, mean_of
from oommc.stats.summary import TIME

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_",
    "%": r"\%", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "|": r"\textbar{}",
    "<": r"\textless{}", ">": r"\textgreater{}", '"': r"\textquotedbl{}", "−": r"$-$", "–": "--",
    "†": r"\dag{}", "≤": r"$\le$", "≥": r"$\ge$", "µ": r"\textmu{}", "…": r"\dots{}",
}  # fmt: skip


def write_tables(result, path: Path, margins: Margins) -> Path:
    """Writes the tables of a `Result` to `path` in the form its ending says. Errors as of `write_report`."""
    try:
        write_whole(path, WRITERS[path.suffix](result, margins).encode())
    except OSError as error:
        raise unwritten(error, path) from error
    return path


def markdown(result, margins: Margins = USUAL) -> str:
    """Tables as GitHub's Markdown has them."""
    parts = []
    for name, of in result.data["scenarios"].items():
        parts += [f"## {escaped(shown(name, 200))}", escaped(verdict(of["policies"]))]
        parts += map(escaped, alike(of))
        if name not in result.uncertainty:
            parts.append(escaped(unknown.missing(result.manifest.scenarios[name].get("range", {}))))
        for _, caption, rows in _tables(of, result.uncertainty.get(name), margins):
            parts += [f"{caption}:", markdown_table(rows)]
            parts += map(escaped, footnotes(cell for row in rows for cell in row))
    again = command(result)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", again)), default=0))
    parts += ["The same records again:", f"{fence}sh\n{again}\n{fence}"]
    return "\n\n".join(parts) + "\n"


def latex(result, margins: Margins = USUAL) -> str:
    """`table` environments, which want the package booktabs; names of other alphabets want XeLaTeX or LuaLaTeX.

    The labels are `tab:SCENARIO:TABLE`, with tables `ranges`, `costs`, `kills`, `recovery`, `pairs`.
    """
    parts = [f"% {' '.join(command(result).split())}"]
    for name, of in result.data["scenarios"].items():
        parts += [
            latex_table(f"{shown(name)}: {caption}", rows, f"{name}:{key}")
            for key, caption, rows in _tables(of, result.uncertainty.get(name), margins)
        ]
    return "\n\n".join(parts) + "\n"


def html(result) -> str:
    """Tables for a notebook."""
    parts = []
    for name, of in result.data["scenarios"].items():
        parts.append(notebook.paragraphs([f"{shown(name)}: {verdict(of['policies'])}"]))
        parts += [
            notebook.table(caption, rows) for _, caption, rows in _tables(of, result.uncertainty.get(name), USUAL)
        ]
    return "".join(parts)


def latex_table(caption: str, rows: Sequence[Sequence[str]], label: str) -> str:
    """A `table` environment; the first row is the head, the first column stands to the left.

    `label` follows "tab:"; what LaTeX takes for something else becomes a hyphen.
    """
    head, *body = [" & ".join(_latex(cell) for cell in row) + r" \\" for row in rows]
    notes = footnotes(cell for row in rows for cell in row)
    return (
        f"\\begin{{table}}\n\\caption{{{_latex(caption)}}}\n"
        f"\\label{{tab:{re.sub('[^A-Za-z0-9.:-]+', '-', label)}}}\n"
        f"\\begin{{tabular}}{{l{'r' * (len(rows[0]) - 1)}}}\n"
        + "\n".join(["\\toprule", head, "\\midrule", *body, "\\bottomrule"])
        + "\n\\end{tabular}\n"
        + "".join(f"\\par {_latex(note)}\n" for note in notes)
        + "\\end{table}"
    )


WRITERS: dict[str, Callable] = {".md": markdown, ".tex": latex}


def _tables(
    of: ScenarioContent, found: unknown.Found | None, margins: Margins
) -> Iterator[tuple[str, str, Sequence[Sequence[str]]]]:
    """Key, caption and rows, the head first, of each table of a scenario; `found`: what isn't known of it."""
    if found is not None:
        yield "ranges", unknown.caption(found), unknown.rows(found, of)
    yield "costs", toll.CAPTION, toll.rows(of)
    metrics = headlines(of["policies"])
    rows = [["policy", *metrics]]
    for name, label in labels(of).items():
        policy = of["policies"][name]
        cells = (
            marked(mean, policy["schedules"]) if mean else "–"
            for mean in (mean_of(policy, metric) if metric in policy else None for metric in metrics)
        )
        rows.append([label, *cells])
    yield "kills", f"Kills per schedule, of {of_schedules(of['schedules'])}, with 95 % intervals ({CERTAIN})", rows
    rows = [["policy", "median", "95 %", "99 %", "not recovered", *(o.replace("_", " ") for o in outcomes(of))]]
    for name, label in labels(of).items():
        policy = of["policies"][name]
        counts = (policy["ttr_s"]["censored"], *(policy["outcome"][name] for name in outcomes(of)))
        rows.append(
            [
                label,
                *(recovered_in(policy, q) for q in ("median", "p95", "p99")),
                *(f"{count:,}" for count in counts),
            ]
        )
    yield "recovery", "Time to recovery, and how the schedules ended", rows
    if pairs := [row for row in told_pairs(of) if row["metric"] in PAIR_METRICS]:
        rows = [["a − b", "metric", "difference", "p", "p (Holm)", "matters"]]
        for row in pairs:
            timed = row["metric"] == "ttr_ns"
            amount = with_interval(row["difference"], row["ci"], 1e9 if timed else 1.0, row["schedules"]) + mark(row)
            metric = "time to recovery, s" if timed else row["metric"]
            ps = (p_value(row[p]) for p in ("p", "p_holm"))
            apart = "" if row["paired"] else " (not paired)"
            rows.append([f"{shown(row['a'])} − {shown(row['b'])}{apart}", metric, amount, *ps, margins.judged(row)])
        words = " and ".join(margins.words(metric) for metric in ("needless", TIME))
        yield "pairs", f"Paired differences on the same schedules; more than {words} matters", rows


def _latex(text: str) -> str:
    return "".join(_LATEX.get(char, char) for char in text)
