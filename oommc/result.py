"""What a run has come to: its records, in a directory or in memory, and what follows from them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from oommc.choice.criteria import DEFAULT
from oommc.collect.blocks import MOST_SCHEDULES
from oommc.collect.interface import Store
from oommc.collect.manifest import Manifest
from oommc.collect.reading import Blocks
from oommc.engine import BUT_FOR, OUTCOMES
from oommc.errors import InputError
from oommc.naming import hint
from oommc.scenario import Scenario
from oommc.stats import excess, intervals, summary
from oommc.stats.content import Content, Recovery, Run, mean_of
from oommc.stats.precision import Rule
from oommc.stats.sketch import Times
from oommc.stats.tally import Reader, Summable, ends, measured
from oommc.units import whole_number

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from oommc.report.margin import Margins


class Result:
    """The records of a run, in a directory or in memory, and what follows from them.

    `manifest` is what was asked for (`run.json`), `race` what a run with `choose` has come to (`choice.json`),
    `uncertainty` by scenario how far what it leaves open moves the numbers, of a run with `over_ranges`
    (`uncertainty.json`, as docs/files.md has it).
    """

    def __init__(
        self,
        manifest: Manifest,
        store: Store,
        race: dict | None = None,
        counted: Store | None = None,
        tell: Callable[[InputError], None] | None = None,
    ):
        """`store`: of records if `manifest` says that they are kept, else of sums. `counted`: what the run that
        filled it has counted along. `tell`: gets the error about each file that is damaged or foreign, and that
        `data` then leaves out; else, and elsewhere, that error is raised.
        """
        self.manifest, self.race, self._store = manifest, race, store.reader(manifest)
        self._source = store
        self.uncertainty: Mapping[str, Mapping[str, Any]] = {}
        reader = (counted or store).reader(manifest, tell)
        self._counted: Summable = Reader(reader, self.metrics) if manifest.records and not counted else reader

    def __repr__(self) -> str:
        """What was run, in a line."""
        runs = f"{', '.join(self.manifest.scenarios)} under {', '.join(self.manifest.policies)}"
        return f"<Result: {runs}, {self.manifest.schedules:,} schedules, seed {self.manifest.seed}>"

    def _repr_html_(self) -> str:
        """The report's tables, for a notebook."""
        from oommc.report.tables import html

        return html(self)

    @property
    def metrics(self) -> tuple[str, ...]:
        """What means and differences are taken of."""
        return measured(self.manifest.columns)

    @cached_property
    def data(self) -> Content:
        """The content of `summary.json`, of all records that are there now. InputError for a file that is damaged or
        foreign.
        """
        rule = self.manifest.precision
        level = rule["level"] if rule else intervals.LEVEL  # that of an older version's rule was another
        worlds = {name: Scenario.from_dict(content, name) for name, content in self.manifest.scenarios.items()}
        horizons = {name: world.horizon for name, world in worlds.items()}
        most = {name: ends(self.metrics, world) for name, world in worlds.items()}
        data = summary.summarize(self._counted, list(self.manifest.policies), horizons, level, self.metrics, most)
        data["run"] = cast(Run, self.manifest.summarized)
        if rule:
            data["precision"] = rule
        return data

    def ended(self) -> str:
        """Of a run with `precision`: at how many schedules it was reached, or how far it was, in words; else ""."""
        state = self.manifest.precision
        if not state:
            return ""
        rule = Rule.read(state["targets"], list(self.manifest.policies), state["most"], self.metrics)
        return rule.told(state, self.data)

    def records(
        self, policy: str | None = None, scenario: str | None = None, columns: Sequence[str] | None = None
    ) -> "pd.DataFrame":
        """The records as a pandas DataFrame, one row per (schedule, policy); `outcome` and `policy` are
        categorical.

        Only those of `policy` and `scenario` if named, only `columns` if given. A column `scenario` comes
        first where the result has several and none is chosen. Where the policy `oracle` was in the run a column
        `excess` comes last: kills minus the oracle's on the same schedule, missing (<NA>) for the oracle itself
        and where not both recovered. InputError for a name that isn't there, or if the run kept no records.
        """
        import numpy as np
        import pandas as pd
        import pyarrow as pa

        there = [*self.manifest.columns, *([excess.COLUMN] if excess.ORACLE in self.manifest.policies else [])]
        columns = list(there if columns is None else columns)
        for column in columns:
            _known(column, there, "column")
        stored = [column for column in columns if column != excess.COLUMN]
        policies = [_known(policy, self.manifest.policies, "policy")] if policy else list(self.manifest.policies)
        scenarios = (
            [_known(scenario, self.manifest.scenarios, "scenario")] if scenario else list(self.manifest.scenarios)
        )
        keys, tables, beyond, store = [], [], [], self._kept()
        for s in scenarios:
            oracle = store.rows(s, excess.ORACLE) if excess.COLUMN in columns else {}
            for p in policies:
                for n in store.rows(s, p):
                    tables.append(store.table(s, p, n, stored or ["schedule"]))
                    if excess.COLUMN in columns:
                        beyond.append(self._excess(s, p, n, n in oracle))
                    keys.append((s, tables[-1].num_rows))
        if not tables:
            raise InputError("no records there yet; run the same command again to go on")
        frame = pa.concat_tables(tables).unify_dictionaries().to_pandas()
        if beyond:
            whole = np.ma.concatenate(beyond)
            frame[excess.COLUMN] = pd.arrays.IntegerArray(whole.filled(0), np.ma.getmaskarray(whole))
        frame = frame[columns]
        for column, categories in (("policy", policies), ("outcome", OUTCOMES)):
            if column in columns:
                frame[column] = frame[column].cat.set_categories(categories)
        if len(scenarios) > 1:
            codes = [code for s, rows in keys for code in [scenarios.index(s)] * rows]
            frame.insert(0, "scenario", pd.Categorical.from_codes(codes, pd.Index(scenarios)))
        return frame

    def _excess(self, scenario: str, policy: str, n: int, has_oracle: bool) -> "np.ma.MaskedArray":
        """The column `excess` of one block, a masked array; `has_oracle`: whether the oracle has that block too."""
        mine, paired = self._kept().block(scenario, policy, n, excess.NEEDS), has_oracle and policy != excess.ORACLE
        assert mine is not None  # its rows were counted
        oracle = self._kept().block(scenario, excess.ORACLE, n, excess.NEEDS) if paired else {}
        return excess.excess(mine, oracle or {name: rows[:0] for name, rows in mine.items()})

    def summary(self) -> "pd.DataFrame":
        """A pandas DataFrame by (scenario, metric, policy): mean per schedule, its 95 % interval, total,
        events, most, schedules.

        Counts, pages and ns as the metric's name says; an absent interval is missing (NaN). `events`: how many of equal
        size carry the interval; `most`: the largest value that a schedule can have, missing where none is known and the
        interval supposes the largest seen.
        """
        rows = [
            {"scenario": s, "metric": m, "policy": p, "mean": mean_of(v, m)["mean"]}
            | _ends(mean_of(v, m)["ci"])
            | {key: mean_of(v, m)[key] for key in ("total", "events", "most")}
            | {"schedules": v["schedules"]}
            for s, of in self.data["scenarios"].items()
            for m in self.metrics
            for p, v in of["policies"].items()
        ]
        return _frame(rows, ["scenario", "metric", "policy"])

    def recovery(self) -> "pd.DataFrame":
        """A pandas DataFrame by (scenario, policy): time to recovery in s and how many schedules were censored.

        `median`, `p95`, `p99` and `rmst` (the mean up to the horizon), each with the ends of its 95 % interval
        (`median_low`, `median_high`, …). What the curve doesn't reach is missing (NaN).
        """
        rows = [
            {"scenario": s, "policy": p} | _spread(v["ttr_s"])
            for s, of in self.data["scenarios"].items()
            for p, v in of["policies"].items()
        ]
        return _frame(rows, ["scenario", "policy"])

    def compare(self, metric: str) -> "pd.DataFrame":
        """A pandas DataFrame of the paired differences a − b of all pairs, by (scenario, a, b).

        Mean difference, its 95 % interval, p, `p_holm` (corrected for all these pairs), `variance_ratio`, `events` and
        `most` as of `summary`, and the shares of schedules in which a has less (`better`), as much (`equal`) and more
        (`worse`); `paired` is False where two policies have no schedule in common. `metric`: a counting column,
        `any_needless`, `livelock` or `ttr_ns` (this one with `logrank_p` too), in a run with it `but_for`, else
        InputError.
        """
        self.known_metric(metric)
        columns = ["difference", "p", "p_holm", "paired", "variance_ratio", "better", "equal", "worse", "schedules"]
        columns += ["events", "most"]
        columns += ["logrank_p"] if metric == summary.TIME else []
        pairs: list[tuple[str, Mapping[str, Any]]] = [
            (s, row) for s, of in self.data["scenarios"].items() for row in of["pairs"]
        ]
        rows = [
            {"scenario": s, "a": row["a"], "b": row["b"]} | {c: row[c] for c in columns} | _ends(row["ci"])
            for s, row in pairs
            if row["metric"] == metric
        ]
        names = ["scenario", "a", "b", "difference", "low", "high", *columns[1:]]
        return _frame(rows, ["scenario", "a", "b"], names)

    def known_metric(self, metric: str) -> str:
        """`metric` if pairs are compared by it, else InputError with the nearest that is."""
        if metric == BUT_FOR:
            self._measured([metric])
        return _known(metric, [*self.metrics, summary.TIME], "metric")

    def choose(self, prefer: str = DEFAULT, require: str | None = None, scenario: str | None = None) -> dict:
        """The policy to take, by scenario, under requirements and preferences; how sure that is, what it costs.

        `prefer`: what to have little of, the most important first: "downtime within 0.1, outage". `require`:
        "livelock < 1e-4". What the tables mean is in docs/files.md. InputError for texts that can't be read, and
        where no records are.
        """
        from oommc.choice.advice import advise
        from oommc.choice.criteria import Limit, Wish, limits, wishes

        preferred, required = wishes(prefer), () if require is None else limits(require)
        known = self.manifest.scenarios
        asked: list[Wish | Limit] = [*preferred, *required]
        self._measured(name for of in asked for name in of.amount.names)
        store, policies = self._kept(), list(self.manifest.policies)
        return {
            name: advise(store, Scenario.from_dict(known[name], name), policies, required, preferred)
            for name in ([_known(scenario, known, "scenario")] if scenario else known)
        }

    def report(self, path: str | Path, within: str | Sequence[str] = ()) -> Path:
        """Writes the HTML page to `path`, its figures as .svg and .csv beside it; returns the path.

        A `path` that ends in .md or .tex gets the tables alone, as Markdown or LaTeX. `within`: how large a difference
        doesn't matter: "0.001", or "needless=0.001", one or several (times in s; by default 0.01). InputError for a
        text that can't be read.
        """
        from oommc.report.page import write_report
        from oommc.report.tables import WRITERS, write_tables

        path = Path(path)
        return (write_tables if path.suffix in WRITERS else write_report)(self, path, self._margins(within))

    def _margins(self, within: str | Sequence[str]) -> "Margins":
        from oommc.report.margin import Margins

        return Margins.read([within] if isinstance(within, str) else within, [*self.metrics, summary.TIME])

    def latex(self, within: str | Sequence[str] = ()) -> str:
        """The report's tables as LaTeX, with the package booktabs; labels are `tab:SCENARIO:TABLE`.

        Tables are `ranges`, `costs`, `kills`, `recovery` and `pairs`. `within`, and InputError: as of `report`.
        """
        from oommc.report.tables import latex

        return latex(self, self._margins(within))

    def plot(self, kind: str, axes: Any = None, scenario: str | None = None) -> Any:
        """Draws on a matplotlib Axes and returns it; without one a new matplotlib Figure.

        `kind`: `kills` (by kind), `needless`, `recovery` (the share not yet recovered over time) or `patience`.
        `scenario`: by default the first. InputError for a name that isn't there.
        """
        from oommc.report.figures import plots

        draw = plots.KINDS[_known(kind, plots.KINDS, "kind")]
        chosen = _known(scenario or next(iter(self.manifest.scenarios)), self.manifest.scenarios, "scenario")
        return plots.figure(draw, self, chosen) if axes is None else draw(axes, self, chosen)

    def save(self, directory: str | Path) -> Path:
        """Writes the records to a new result directory, as `run` with `out` does; returns its path.

        `load` and every command read it. InputError where no new directory can be, and if no records are there;
        RunError if it can't be written to its end.
        """
        from oommc.saved import save

        self._kept()
        return save(self, cast(Any, self._source), Path(directory))

    def find(self, where: str, policy: str, scenario: str | None = None, limit: int | str = 20) -> list:
        """Schedules whose record meets a condition: an `oommc.trace.search.Found` for each scenario, or the one named.

        `where`: on the records' columns, as "needless > 0 and ttr_ns > 1e9". InputError, with the place in
        it, for a condition that can't be read, and for names or records that aren't there.
        """
        from oommc.trace.search import find

        _known(policy, self.manifest.policies, "policy")
        limit = whole_number(limit, "limit", 1, MOST_SCHEDULES)
        known = self.manifest.scenarios
        scenarios = [_known(scenario, known, "scenario")] if scenario else known
        return [find(self, where, name, policy, limit) for name in scenarios]

    def blocks(self, scenario: str, policy: str, columns: Sequence[str]) -> "Iterator[dict[str, np.ndarray]]":
        """The records of one scenario and policy, a block at a time: columns as int64 arrays of shape (rows,).

        An outcome is its place in `oommc.engine.OUTCOMES`. InputError if the run kept no records.
        """
        self._measured(columns)
        store = self._kept()
        for n in store.rows(scenario, policy):
            block = store.block(scenario, policy, n, list(columns))
            assert block is not None  # its rows were counted
            yield block

    def _measured(self, columns: Iterable[str]) -> None:
        """InputError if BUT_FOR is among them and wasn't asked for."""
        if BUT_FOR in columns and not self.manifest.but_for:
            raise InputError(f"{BUT_FOR}: not in this run; run it with --but-for, in a directory of its own")

    def _kept(self) -> Blocks:
        """The records, or InputError."""
        if not self.manifest.records:
            raise InputError("the run kept sums and no records (--no-records)")
        return self._store

    def times(self, scenario: str, policy: str) -> Times:
        """Times to recovery (ns), whether each is censored, and how many schedules had it: three arrays.

        Over the schedules with an OOM. Without records the times are the middles of bins (`stats.sketch`).
        """
        return self._counted.times(scenario, policy)


def _known(name: str, known: Iterable[str], what: str) -> str:
    known = list(known)
    if name not in known:
        raise InputError(f"no {what} {name!r}; {hint(str(name), known)}")
    return name


def _ends(interval: list[float] | None) -> dict:
    return dict(zip(("low", "high"), interval or (None, None), strict=True))


def _spread(times: Recovery) -> dict:
    """With the ends of each interval beside what it is of."""
    row: dict[str, Any] = {}
    given: Mapping[str, Any] = times
    for name, value in given.items():
        if name.endswith("_ci"):
            row |= {f"{name[:-3]}_{end}": at for end, at in _ends(value).items()}
        else:
            row[name] = value
    return row


def _frame(rows: list[dict], index: list[str], columns: list[str] | None = None) -> "pd.DataFrame":
    import pandas as pd

    frame = pd.DataFrame(rows, columns=columns)
    for name in index:  # in the run's order, which is also the sorted one, so that .loc is quick
        frame[name] = pd.Categorical(frame[name], categories=frame[name].unique())
    frame = frame.set_index(index)
    return frame.astype({c: float for c in frame.columns if frame[c].dtype == object})
