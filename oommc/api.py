"""What Python users (and the command) call: `run`, `merge`, `load` and `replay`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oommc import notebook
from oommc.collect.blocks import LARGEST_BLOCK, MOST_SCHEDULES, WHOLE, Shard
from oommc.collect.files import Unusable, write_whole
from oommc.collect.interface import Store
from oommc.collect.manifest import Manifest
from oommc.collect.merge import merge as unite
from oommc.collect.progress import MODES
from oommc.collect.run import Look, collect
from oommc.collect.store import Directory, Memory
from oommc.collect.threads import default_workers
from oommc.collect.work import GOES_ON
from oommc.columns import BUT_FOR, names
from oommc.engine import tables
from oommc.errors import InputError, RunError
from oommc.policies import Policy, parse
from oommc.result import Result
from oommc.said import note
from oommc.scenario import Scenario
from oommc.stats import summary
from oommc.stats.precision import Rule
from oommc.stats.sums import Counted, Sums
from oommc.stats.tally import measured
from oommc.units import whole_number

if TYPE_CHECKING:
    from oommc.trace import Story

DEFAULT_POLICIES = "baseline,serialize-v1,patched"
_SCHEDULES, _SCHEDULES_WITH_PRECISION = 10_000, 1_000_000
_MOST_POLICIES = 200  # 19,900 pairs: some seconds and 100 MB a block
_MOST_WORKERS = 1024
_MOST_SHARDS = 10**6
_MOST_PLACES, _MOST_AT_A_PLACE = 1 << 12, 10**6
_PLACES, _AT_A_PLACE = 128, (100, 1000)  # of `over_ranges`: together about as many schedules as the run


def run(
    scenarios: Scenario | str | Path | Iterable[Scenario | str | Path],
    policies: str | Policy | Iterable[str | Policy] = DEFAULT_POLICIES,
    schedules: int | None = None,
    seed: int = 1,
    *,
    precision: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    workers: int | None = None,
    cluster: Any = None,
    shard: str | None = None,
    records: bool = True,
    but_for: bool = False,
    block: int = 10_000,
    choose: str | None = None,
    require: str | None = None,
    over_ranges: bool = False,
    progress: bool | str | None = None,
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
    `choose`: "needless within 0.01, outage within 5 ms": policies that can't be chosen any more get no more, and
    the run ends when one is chosen that exceeds the least by no more than that, of each wish among those whom the one
    before left (`oommc.choice.race`); `schedules` is the most then. `require`: "livelock < 1e-4": who surely meets it
    can be chosen. `over_ranges`: afterwards the policies also run on 128 machines drawn from each scenario's [range],
    on as many schedules again, 100 to 1,000 on each: `Result.uncertainty`. `progress`: True, False or "json";
    by default a bar in a notebook, else none.

    Raises InputError for what is wrong with any of these and RunError if records can't be written or the
    cluster is lost.
    """
    if schedules is None:
        schedules = _SCHEDULES if precision is None else _SCHEDULES_WITH_PRECISION
    schedules = whole_number(schedules, "schedules", 1, MOST_SCHEDULES)
    seed = whole_number(seed, "seed", 0, 2**64 - 1)
    block = whole_number(block, "block", 1, LARGEST_BLOCK)
    if workers is not None and cluster is not None:
        raise InputError("workers: of no use with a cluster, which has its own")
    workers = default_workers() if workers is None else whole_number(workers, "workers", 1, _MOST_WORKERS)
    share = WHOLE if shard is None else _shard(shard)
    modes: dict[Any, str] = {True: "plain", False: "quiet", None: "plain" if notebook.running() else "quiet"}
    mode = modes.get(progress, progress)
    if mode not in MODES:
        raise InputError(f"progress: {progress!r} is not True, False or 'json'")
    several = [scenarios] if isinstance(scenarios, Scenario | str | Path) else list(scenarios)
    chosen = _by_name([_scenario(item) for item in several], "scenario")
    ruling = _by_name(_policies(policies), "policy")
    if len(ruling) > _MOST_POLICIES:
        raise InputError(
            f"policies: {len(ruling)} in one run, which compares all pairs: {_MOST_POLICIES} at most; make several "
            "runs, each with the policy that the others are measured against: a seed gives all the same schedules"
        )
    if over_ranges and shard is not None:
        raise InputError("over-ranges: not with shard; give it to the whole run, which computes nothing else again")
    if over_ranges and not any(scenario.ranges for scenario in chosen.values()):
        raise InputError(f"over-ranges: {', '.join(chosen)}: no [range] says what isn't known")
    columns = names(but_for)
    rule = None if precision is None else Rule.read(precision, list(ruling), schedules, measured(columns))
    if rule is not None and (shard is not None or choose is not None):
        with_what = (
            "shard, which doesn't see the others' schedules" if choose is None else "choose, which has its own end"
        )
        raise InputError(f"precision: not with {with_what}")
    asked = Manifest(
        seed=seed,
        block=block,
        schedules=schedules,
        scenarios={name: scenario.to_dict() for name, scenario in chosen.items()},
        policies={name: policy.to_dict() for name, policy in ruling.items()},
        records=records,
        columns=list(columns),
        precision=None if rule is None else rule.state(),
        tables={name: tables(scenario) for name, scenario in chosen.items()},
        sources={
            scenario.name: scenario.name if isinstance(item, Scenario) else str(item)
            for item, scenario in zip(several, chosen.values(), strict=True)
        },
    )
    out = None if out is None else Path(out)
    store = _store(asked, out)
    place = {"workers": workers, "cluster": cluster, "progress": mode}
    beyond = (
        partial(_over_ranges, chosen, ruling, out, schedules, mode == "plain") if over_ranges else partial(_kept, out)
    )
    if require is not None and choose is None:
        raise InputError("require: goes with choose, which it limits")
    if choose is not None:
        if not records or shard is not None:
            raise InputError("choose: needs records, and all schedules in one place: no --no-records, no --shard")
        return beyond(_contest(chosen, ruling, asked, store, choose, require, place))
    # on a cluster records are written where they come from, and only that they are travels
    counted = Counted(store, block, measured(columns)) if records and cluster is None else None
    return beyond(
        collect(
            chosen,
            ruling,
            asked,
            counted or store,
            lambda manifest: _summarized(manifest, store, counted=counted),
            shard=share,
            looks=None if rule is None else partial(_looks, rule, store, counted),
            **place,
        )
    )


def _over_ranges(
    scenarios: dict[str, Scenario],
    policies: dict[str, Policy],
    out: Path | None,
    schedules: int,
    told: bool,
    result: Result,
) -> Result:
    """The result with what its scenarios' ranges leave open; what its directory has of that isn't computed again."""
    from oommc.sensitivity import kept
    from oommc.sensitivity.uncertainty import METRICS, uncertainty
    from oommc.sensitivity.unknown import unknowns

    least, most = _AT_A_PLACE
    each = min(most, max(least, schedules // _PLACES))
    found = dict(_kept(out, result).uncertainty)
    for name, world in scenarios.items():
        if world.ranges and found.get(name, {}).get("schedules") != each:
            if told:
                note(f"{_PLACES} machines in the ranges of {name}, {each:,} schedules on each ...")
            open_ = unknowns((), world)
            ruling = list(policies.values())
            found[name] = uncertainty(world, ruling, METRICS, open_, _PLACES, each, result.manifest.seed, assumed=False)
    result.uncertainty = found
    if out is not None:
        try:
            kept.write(out, result.manifest, found)
        except OSError as error:
            raise RunError(f"{error.filename or out}: {error.strerror}; all else is there") from error
    return result


def _kept(out: Path | None, result: Result) -> Result:
    """The result with what its directory says of the ranges."""
    from oommc.sensitivity import kept

    if out is not None:
        result.uncertainty = kept.read(out, result.manifest)
    return result


def merge(directories: Iterable[str | Path], out: str | Path) -> Result:
    """Unites result directories, such as the shards of a run, in `out`, and summarizes.

    InputError if they are of runs that can't stand in one directory; RunError if one has damaged files, which
    are named on stderr; all else is in `out` then.
    """
    return unite(
        [Path(directory) for directory in directories],
        Path(out),
        _store,
        lambda manifest, store, tell: _summarized(manifest, store, tell=tell),
    )


def load(directory: str | Path) -> Result:
    """The result in a directory that `run` wrote, finished or not. InputError if it isn't one."""
    directory = Path(directory)
    manifest = Manifest.read(directory)
    from oommc.choice import kept

    return _kept(directory, Result(manifest, _store(manifest, directory), kept.read(directory)))


def replay(
    scenario: Scenario | str | Path, policy: str | Policy | Sequence[Policy], schedule: int, seed: int = 1
) -> "Story":
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
) -> list["Story"]:
    """The stories of one schedule under each policy, `most` at most. InputError as `run`."""
    chosen = _policies(policies)
    if len(chosen) > most:
        told = "one" if most == 1 else f"at most {most}"
        names = ", ".join(policy.name for policy in chosen[:4]) + (", …" if len(chosen) > 4 else "")
        raise InputError(f"policy: {names} are {len(chosen)} policies; a replay tells {told}")
    schedule = whole_number(schedule, "schedule", 0, MOST_SCHEDULES - 1)
    seed = whole_number(seed, "seed", 0, 2**64 - 1)
    from oommc import trace

    world = _scenario(scenario)
    return [trace.replay(world, policy, schedule, seed) for policy in chosen]


def uncertainty(
    scenario: Scenario | str | Path,
    policies: str | Policy | Iterable[str | Policy] = DEFAULT_POLICIES,
    *,
    metrics: Iterable[str] | None = None,
    ranges: Iterable[str] = (),
    places: int = 128,
    schedules: int = 1000,
    seed: int = 1,
) -> dict:
    """What each number is worth: its error by simulation, and how far it moves with what isn't known.

    `metrics`: criteria of `Result.choose`, by default needless, kills, downtime, outage and livelock. `ranges`:
    "KEY=LOW..HIGH", or a KEY with the range that the scenario declares; by default all that it declares. `places`: in
    these ranges, a power of 2; `schedules`: at each. Returns what docs/files.md says of `oommc uncertainty --json`.
    InputError as `run`.
    """
    from oommc.sensitivity.uncertainty import METRICS, uncertainty
    from oommc.sensitivity.unknown import unknowns

    world = _scenario(scenario)
    return uncertainty(
        world,
        list(_by_name(_policies(policies), "policy").values()),
        list(dict.fromkeys(METRICS if metrics is None else metrics)),
        unknowns(ranges, world),
        whole_number(places, "places", 16, _MOST_PLACES),
        whole_number(schedules, "schedules", 2, _MOST_AT_A_PLACE),
        whole_number(seed, "seed", 0, 2**64 - 1),
    )


def _store(manifest: Manifest, directory: Path | None) -> Store:
    if not manifest.records:
        return Sums(directory, manifest.block, measured(manifest.columns))
    return Memory() if directory is None else Directory(directory)


def _looks(rule: Rule, store: Store, counted: Counted | None, manifest: Manifest) -> Iterator[Look]:
    """The looks of a run with `precision`; each is in `run.json` before the next."""

    def keep() -> None:
        if store.path is not None:
            manifest.write(store.path)

    return rule.follow(manifest.precision, lambda: Result(manifest, store, counted=counted, tell=_left_out).data, keep)


def _contest(
    scenarios: dict, policies: dict, asked: Manifest, store: Store, choose: str, require: str | None, place: dict
) -> Result:
    """`run` with `choose`."""
    from oommc.choice import kept
    from oommc.choice.contest import contest
    from oommc.choice.criteria import Limit, Wish, limits, wishes

    wanted, limited = wishes(choose, "choose"), () if require is None else limits(require)
    told: list[Wish | Limit] = [*wanted, *limited]
    if not asked.but_for and any(BUT_FOR in of.amount.names for of in told):
        raise InputError(f"choose: {BUT_FOR} needs --but-for")
    if not all(wish.within for wish in wanted):
        raise InputError(
            f"choose: {choose!r}: with each wish what doesn't matter, as needless within 0.01, outage within 5 ms"
        )

    def finish(manifest: Manifest, races: dict) -> Result:
        race = kept.told(choose, require, races)
        if store.path is not None:
            kept.write(store.path, race)
        return _summarized(manifest, store, race)

    return contest(scenarios, policies, asked, store, finish, wanted, limited, **place)


def _left_out(error: InputError) -> None:
    """Tells of a file that is damaged or foreign. RunError for one that may be whole, but can't be read."""
    if not isinstance(error, Unusable):
        raise RunError(f"{error}; {GOES_ON}") from error
    note(f"{error}; left out")


def _summarized(
    manifest: Manifest,
    store: Store,
    race: dict | None = None,
    counted: Counted | None = None,
    tell: Callable[[InputError], None] = _left_out,
) -> Result:
    """The result, its summary written where it has a directory; `tell` gets the error about each file that it leaves
    out.
    """
    result = Result(manifest, store, race, counted, tell)
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
    shares = whole_number(of, "shard", 1, _MOST_SHARDS)
    return Shard(whole_number(index, "shard", 1, shares) - 1, shares)


def _scenario(item: Scenario | str | Path) -> Scenario:
    return item if isinstance(item, Scenario) else Scenario.load(item)


def _policies(given: str | Policy | Iterable[str | Policy]) -> list[Policy]:
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
