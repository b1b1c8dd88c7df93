"""What Python users (and the command) call: `run`, `load`, `replay` and the `Result` of a run."""

import operator
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path

from oommc.collect.blocks import WHOLE, Shard
from oommc.collect.files import write_whole
from oommc.collect.manifest import Manifest
from oommc.collect.merge import merge as unite
from oommc.collect.progress import MODES
from oommc.collect.records import columns as record_columns
from oommc.collect.run import collect
from oommc.collect.store import Directory, Memory
from oommc.collect.threads import default_workers
from oommc.engine import BUT_FOR, OUTCOMES
from oommc.errors import InputError, RunError
from oommc.naming import hint
from oommc.policies import Policy, parse
from oommc.scenario import Scenario
from oommc.stats import excess, intervals, summary
from oommc.stats.precision import Rule
from oommc.stats.sums import Sums, times
from oommc.stats.tally import measured
from oommc.units import duration

DEFAULT_WISHES = "needless, ttr"
DEFAULT_POLICIES = "baseline,serialize-v1,patched"
_SCHEDULES, _SCHEDULES_WITH_PRECISION = 10_000, 1_000_000
_MOST_SCHEDULES = 10**12
_LARGEST_BLOCK = 10**6
_MOST_WORKERS = 1024
_MOST_SHARDS = 10**6


class Result:
    """The records of a run, in a directory or in memory, and what follows from them.

    `manifest` is what was asked for (`run.json`), `race` what a run with `choose` has come to (`choice.json`).
    """

    def __init__(self, manifest: Manifest, store, race: dict | None = None):
        self.manifest, self._store, self.race = manifest, store, race

    @property
    def metrics(self) -> tuple[str, ...]:
        """What means and differences are taken of."""
        return measured(self.manifest.columns)

    @cached_property
    def data(self) -> dict:
        """The content of `summary.json`, of all records that are there now."""
        horizons = {name: duration(content["horizon"]) for name, content in self.manifest.scenarios.items()}
        rule = self.manifest.precision
        level = rule["level"] if rule else intervals.LEVEL  # that of an older version's rule was another
        data = summary.summarize(self._store, list(self.manifest.policies), horizons, level, self.metrics)
        return data | ({"precision": rule} if rule else {})

    def ended(self) -> str:
        """Of a run with `precision`: at how many schedules it was reached, or how far it was, in words; else ""."""
        state = self.manifest.precision
        if not state:
            return ""
        rule = Rule.read(state["targets"], list(self.manifest.policies), state["most"], self.metrics)
        return rule.told(state, self.data)

    def records(
        self, policy: str | None = None, scenario: str | None = None, columns: Sequence[str] | None = None
    ):
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
        policies = (
            [_known(policy, self.manifest.policies, "policy")] if policy else list(self.manifest.policies)
        )
        scenarios = (
            [_known(scenario, self.manifest.scenarios, "scenario")]
            if scenario
            else list(self.manifest.scenarios)
        )
        keys, tables, beyond, store = [], [], [], self._kept()
        for s in scenarios:
            for p in policies:
                for n in store.rows(s, p):
                    tables.append(store.table(s, p, n, stored or ["schedule"]))
                    if excess.COLUMN in columns:
                        beyond.append(self._excess(s, p, n))
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
            frame.insert(0, "scenario", pd.Categorical.from_codes(codes, scenarios))
        return frame

    def _excess(self, scenario: str, policy: str, n: int):
        """The column `excess` of one block, a masked array."""
        mine = self._kept().block(scenario, policy, n, excess.NEEDS)
        has_oracle = policy != excess.ORACLE and n in self._kept().rows(scenario, excess.ORACLE)
        oracle = self._kept().block(scenario, excess.ORACLE, n, excess.NEEDS) if has_oracle else {}
        return excess.excess(mine, oracle or {name: rows[:0] for name, rows in mine.items()})

    def summary(self):
        """A pandas DataFrame by (scenario, metric, policy): mean a schedule, its 95 % interval, total,
        schedules.

        Counts, pages and ns as the metric's name says; an absent interval is missing (NaN).
        """
        rows = [
            {"scenario": s, "metric": m, "policy": p, "mean": v[m]["mean"]}
            | _ends(v[m]["ci"])
            | {"total": v[m]["total"], "schedules": v["schedules"]}
            for s, of in self.data["scenarios"].items()
            for m in self.metrics
            for p, v in of["policies"].items()
        ]
        return _frame(rows, ["scenario", "metric", "policy"])

    def recovery(self):
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

    def compare(self, metric: str):
        """A pandas DataFrame of the paired differences a − b of all pairs, by (scenario, a, b).

        Mean difference, its 95 % interval, p, `p_holm` (corrected for all these pairs), `variance_ratio`, and the
        shares of schedules in which a has less (`better`), as much (`equal`) and more (`worse`); `paired` is False
        where two policies have no schedule in common. `metric`: a counting column, `any_needless`, `livelock` or
        `ttr_ns` (this one with `logrank_p` too), in a run with it `but_for`, else InputError.
        """
        self.known_metric(metric)
        columns = ["difference", "p", "p_holm", "paired", "variance_ratio", "better", "equal", "worse", "schedules"]
        columns += ["logrank_p"] if metric == summary.TIME else []
        rows = [
            {"scenario": s, "a": row["a"], "b": row["b"]} | {c: row[c] for c in columns} | _ends(row["ci"])
            for s, of in self.data["scenarios"].items()
            for row in of["pairs"]
            if row["metric"] == metric
        ]
        names = ["scenario", "a", "b", "difference", "low", "high", *columns[1:]]
        return _frame(rows, ["scenario", "a", "b"], names)

    def known_metric(self, metric: str) -> str:
        """`metric` if pairs are compared by it, else InputError with the nearest that is."""
        if metric == BUT_FOR:
            self._measured([metric])
        return _known(metric, [*self.metrics, summary.TIME], "metric")

    def choose(self, prefer: str = DEFAULT_WISHES, require: str | None = None, scenario: str | None = None) -> dict:
        """The policy to take, by scenario, under requirements and preferences; how sure that is, what it costs.

        `prefer`: what to have little of, the most important first: "needless within 0.001, ttr". `require`:
        "livelock < 1e-4". What the tables mean is in docs/files.md. InputError for texts that can't be read, and
        where no records are.
        """
        from oommc.choice.advice import advise
        from oommc.choice.criteria import limits, wishes

        preferred, required = wishes(prefer), limits(require) if require else ()
        known = self.manifest.scenarios
        self._measured(name for of in (*preferred, *required) for name in of.amount.names)
        store, policies = self._kept(), list(self.manifest.policies)
        return {
            name: advise(store, Scenario.from_dict(known[name], name), policies, required, preferred)
            for name in ([_known(scenario, known, "scenario")] if scenario else known)
        }

    def report(self, path: str | Path) -> Path:
        """Writes the HTML page to `path`, its figures as .svg and .csv beside it; returns the path.

        A `path` that ends in .md or .tex gets the tables alone, as Markdown or LaTeX.
        """
        from oommc.report.page import write_report
        from oommc.report.tables import WRITERS, write_tables

        path = Path(path)
        return (write_tables if path.suffix in WRITERS else write_report)(self, path)

    def find(self, where: str, policy: str, scenario: str | None = None, limit: int | str = 20) -> list:
        """Schedules whose record meets a condition: an `oommc.find.Found` for each scenario, or the one named.

        `where`: on the records' columns, as "needless > 0 and ttr_ns > 1e9". InputError, with the place in
        it, for a condition that can't be read, and for names or records that aren't there.
        """
        from oommc.find import find

        _known(policy, self.manifest.policies, "policy")
        limit = whole_number(limit, "limit", 1, _MOST_SCHEDULES)
        known = self.manifest.scenarios
        scenarios = [_known(scenario, known, "scenario")] if scenario else known
        return [find(self, where, name, policy, limit) for name in scenarios]

    def blocks(self, scenario: str, policy: str, columns: Sequence[str]):
        """The records of one scenario and policy, a block at a time: columns as int64 arrays of shape (rows,).

        An outcome is its place in `oommc.engine.OUTCOMES`. InputError if the run kept no records.
        """
        self._measured(columns)
        store = self._kept()
        for n in store.rows(scenario, policy):
            yield store.block(scenario, policy, n, list(columns))

    def _measured(self, columns: Iterable[str]) -> None:
        """InputError if BUT_FOR is among them and wasn't asked for."""
        if BUT_FOR in columns and not self.manifest.but_for:
            raise InputError(f"{BUT_FOR}: not in this run; run it with --but-for, in a directory of its own")

    def _kept(self) -> Directory | Memory:
        """The store of records, or InputError."""
        if isinstance(self._store, Sums):
            raise InputError("the run kept sums and no records (--no-records)")
        return self._store

    def times(self, scenario: str, policy: str):
        """Times to recovery (ns), whether each is censored, and how many schedules had it: three arrays.

        Over the schedules with an OOM. Without records the times are the middles of bins (`stats.sketch`).
        """
        return times(self._store, scenario, policy)


def run(
    scenarios: Scenario | str | Path | Iterable[Scenario | str | Path],
    policies: str | Policy | Iterable[str | Policy] = DEFAULT_POLICIES,
    schedules: int | None = None,
    seed: int = 1,
    *,
    precision: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    workers: int | None = None,
    cluster=None,
    shard: str | None = None,
    records: bool = True,
    but_for: bool = False,
    block: int = 10_000,
    choose: str | None = None,
    require: str | None = None,
    progress: bool | str = False,
) -> Result:
    """Simulates schedules 0 … `schedules` − 1 (by default 10,000) of each scenario under each policy.

    `scenarios`: one or several, each a Scenario, a catalogue name or a file. `policies`: one or several, by
    name (with settings: "patched(timeout=1s)") or as Policy. `precision`: one or several of "METRIC=HALFWIDTH",
    "METRIC:A-B=HALFWIDTH" (of the difference), a half-width being a number or a share of the mean ("1%"): the run ends
    at a count, declared beforehand, at which all 95 % intervals are that narrow (`oommc.stats.precision`),
    `schedules` being the most then (by default 1,000,000). `out`: a result directory, made or gone on with;
    without one all stays in memory. `workers`: threads, by default one a processor. `cluster` instead of
    them: a Dask scheduler's address or file, "local:N", or a `distributed.Client`. `shard`: "i/n", the i-th
    of n shares, to be merged later. `records=False`: only sums are kept. `but_for`: records have that column too, the
    kills that made no difference; each schedule runs again for each of its kills. `block`: schedules a file.
    `choose`: "needless within 0.01, ttr within 5 ms": policies that can't be chosen any more get no more schedules, and the
    run ends when one is chosen that exceeds the least by no more than that, of each wish among those whom the one before
    left (`oommc.choice.race`); `schedules` is the most then. `require`: "livelock < 1e-4": who surely meets it can be
    chosen. `progress`: True, False or "json".

    Raises InputError for what is wrong with any of these and RunError if records can't be written or the
    cluster is lost.
    """
    if schedules is None:
        schedules = _SCHEDULES if precision is None else _SCHEDULES_WITH_PRECISION
    schedules = whole_number(schedules, "schedules", 1, _MOST_SCHEDULES)
    seed = whole_number(seed, "seed", 0, 2**64 - 1)
    block = whole_number(block, "block", 1, _LARGEST_BLOCK)
    if workers is not None and cluster is not None:
        raise InputError("workers: of no use with a cluster, which has its own")
    workers = default_workers() if workers is None else whole_number(workers, "workers", 1, _MOST_WORKERS)
    share = WHOLE if shard is None else _shard(shard)
    mode = {True: "plain", False: "quiet"}.get(progress, progress)
    if mode not in MODES:
        raise InputError(f"progress: {progress!r} is not True, False or 'json'")
    several = [scenarios] if isinstance(scenarios, Scenario | str | Path) else list(scenarios)
    chosen = _by_name([_scenario(item) for item in several], "scenario")
    ruling = _by_name(_policies(policies), "policy")
    columns = record_columns(but_for)
    rule = None if precision is None else Rule.read(precision, list(ruling), schedules, measured(columns))
    if rule is not None and (shard is not None or choose is not None):
        with_what = "shard, which doesn't see the others' schedules" if choose is None else "choose, which has its own end"
        raise InputError(f"precision: not with {with_what}")
    asked = Manifest(
        seed=seed,
        block=block,
        schedules=schedules,
        scenarios={name: scenario.to_dict() for name, scenario in chosen.items()},
        policies={name: policy.to_dict() for name, policy in ruling.items()},
        records=records,
        columns=list(columns),
        precision=rule and rule.state(),
        sources={
            scenario.name: scenario.name if isinstance(item, Scenario) else str(item)
            for item, scenario in zip(several, chosen.values(), strict=True)
        },
    )
    out = None if out is None else Path(out)
    store = _store(asked, out)
    place = {"workers": workers, "cluster": cluster, "progress": mode}
    if require is not None and choose is None:
        raise InputError("require: goes with choose, which it limits")
    if choose is not None:
        if not records or shard is not None:
            raise InputError("choose: needs records, and all schedules in one place: no --no-records, no --shard")
        return _contest(chosen, ruling, asked, store, choose, require, place)
    looks = rule and (lambda manifest: _looks(rule, manifest, store))
    return collect(
        chosen, ruling, asked, store, lambda manifest: _summarized(manifest, store), shard=share, looks=looks, **place
    )


def merge(directories: Iterable[str | Path], out: str | Path) -> Result:
    """Unites result directories, such as the shards of a run, in `out`, and summarizes.

    InputError if they are of runs that can't stand in one directory; RunError if one has damaged files, which
    are named on stderr; all else is in `out` then.
    """
    return unite([Path(directory) for directory in directories], Path(out), _store, _summarized)


def load(directory: str | Path) -> Result:
    """The result in a directory that `run` wrote, finished or not. InputError if it isn't one."""
    directory = Path(directory)
    manifest = Manifest.read(directory)
    from oommc.choice import kept

    return Result(manifest, _store(manifest, directory), kept.read(directory))


def replay(scenario: Scenario | str | Path, policy: str | Policy, schedule: int, seed: int = 1):
    """The story of one schedule: `.text()`, `.plot()`, `.perfetto()`, `.events`. InputError as `run`."""
    stories = replays(scenario, policy, schedule, seed, most=1)
    return stories[0]


def replays(
    scenario: Scenario | str | Path,
    policies: str | Policy | Iterable[str | Policy],
    schedule: int,
    seed: int = 1,
    *,
    most: int = 4,
) -> list:
    """The stories of one schedule under each policy, `most` at most. InputError as `run`."""
    chosen = _policies(policies)
    if len(chosen) > most:
        told = "one" if most == 1 else f"at most {most}"
        names = ", ".join(policy.name for policy in chosen[:4]) + (", …" if len(chosen) > 4 else "")
        raise InputError(f"policy: {names} are {len(chosen)} policies; a replay tells {told}")
    schedule = whole_number(schedule, "schedule", 0, _MOST_SCHEDULES - 1)
    seed = whole_number(seed, "seed", 0, 2**64 - 1)
    from oommc import trace

    world = _scenario(scenario)
    return [trace.replay(world, policy, schedule, seed) for policy in chosen]


def whole_number(value: int | str, what: str, low: int, high: int) -> int:
    """A whole number from `low` to `high` given as one or as text ("1_000_000", "1e6"), or InputError."""
    wrong = InputError(f"{what}: {value!s:.40} is not a whole number from {low:,} to {high:,}")
    try:
        if isinstance(value, str | float):
            exact = Decimal(value)
            if not low <= exact <= high or exact % 1:  # compared first: 1e999999 as an integer would not fit
                raise wrong
            return int(exact)
        number = operator.index(value)
    except (InvalidOperation, TypeError):
        raise wrong from None
    if isinstance(value, bool) or not low <= number <= high:
        raise wrong
    return number


def _store(manifest: Manifest, directory: Path | None) -> Directory | Memory | Sums:
    if not manifest.records:
        return Sums(directory, manifest.block, measured(manifest.columns))
    return Memory() if directory is None else Directory(directory)


def _looks(rule: Rule, manifest: Manifest, store):
    """The looks of a run with `precision`; each is in `run.json` before the next."""

    def keep():
        if store.path is not None:
            manifest.write(store.path)

    return rule.follow(manifest.precision, lambda: Result(manifest, store).data, keep)


def _contest(
    scenarios: dict, policies: dict, asked: Manifest, store, choose: str, require: str | None, place: dict
) -> Result:
    """`run` with `choose`."""
    from oommc.choice import kept
    from oommc.choice.contest import contest
    from oommc.choice.criteria import limits, wishes

    wanted, limited = wishes(choose, "choose"), limits(require) if require else ()
    if not asked.but_for and any(BUT_FOR in of.amount.names for of in (*wanted, *limited)):
        raise InputError(f"choose: {BUT_FOR} needs --but-for")
    if not all(wish.within for wish in wanted):
        raise InputError(f"choose: {choose!r}: with each wish what doesn't matter, as needless within 0.01, ttr within 5 ms")

    def finish(manifest: Manifest, races: dict) -> Result:
        race = kept.told(choose, require, races)
        if store.path is not None:
            kept.write(store.path, race)
        return _summarized(manifest, store, race)

    return contest(scenarios, policies, asked, store, finish, wanted, limited, **place)


def _summarized(manifest: Manifest, store, race: dict | None = None) -> Result:
    """The result, its summary written where it has a directory."""
    result = Result(manifest, store, race)
    if store.path is not None:
        try:
            write_whole(store.path / "summary.json", summary.to_json(result.data))
        except OSError as error:
            raise RunError(f"{error.filename or store.path}: {error.strerror}; all else is there") from error
    return result


def _shard(text: str) -> Shard:
    index, slash, of = str(text).partition("/")
    if not slash:
        raise InputError(f"shard: {text!r}: i/n, the i-th of n shares, for example 1/4")
    of = whole_number(of, "shard", 1, _MOST_SHARDS)
    return Shard(whole_number(index, "shard", 1, of) - 1, of)


def _scenario(item) -> Scenario:
    return item if isinstance(item, Scenario) else Scenario.load(item)


def _policies(given) -> list[Policy]:
    if isinstance(given, Policy | str):
        given = [given]
    each = (policy for item in given for policy in ([item] if isinstance(item, Policy) else parse(item)))
    return list(dict.fromkeys(each))


def _by_name(items: Sequence, kind: str) -> dict:
    if not items:
        raise InputError(f"no {kind} given")
    named = {}
    for item in items:
        if item.name in named:
            raise InputError(f"{kind} {item.name!r}: given twice; give one of them another name")
        named[item.name] = item
    return named


def _known(name: str, known: Iterable[str], what: str) -> str:
    known = list(known)
    if name not in known:
        raise InputError(f"no {what} {name!r}; {hint(str(name), known)}")
    return name


def _ends(interval: list[float] | None) -> dict:
    return dict(zip(("low", "high"), interval or (None, None), strict=True))


def _spread(times: dict) -> dict:
    """With the ends of each interval beside what it is of."""
    row = {}
    for name, value in times.items():
        if name.endswith("_ci"):
            row |= {f"{name[:-3]}_{end}": at for end, at in _ends(value).items()}
        else:
            row[name] = value
    return row


def _frame(rows: list[dict], index: list[str], columns: list[str] | None = None):
    import pandas as pd

    frame = pd.DataFrame(rows, columns=columns)
    for name in index:  # in the run's order, which is also the sorted one, so that .loc is quick
        frame[name] = pd.Categorical(frame[name], categories=frame[name].unique())
    frame = frame.set_index(index)
    return frame.astype({c: float for c in frame.columns if frame[c].dtype == object})
