"""What `summary.json` contains (docs/files.md): `oommc.stats.summary` fills it, reports read it."""

from typing import NotRequired, TypedDict

Interval = list[float]
OpenInterval = list[float | None]
"""An upper end that the schedules are too few for is None."""


class Mean(TypedDict):
    """A metric: its mean per schedule, with the interval, and its sum; in counts, pages or ns.

    `events`: how many of equal size carry the interval (`oommc.stats.intervals`); `most`: the largest value in one
    schedule, None where none is known and the interval takes the largest seen for it.
    """

    mean: float
    ci: Interval | None
    total: int
    events: float
    most: float | None


class Excess(TypedDict):
    """Kills beyond the oracle's, over the schedules in which both recovered; None where there are none."""

    mean: float | None
    ci: Interval | None
    total: int
    events: float
    schedules: int


class Recovery(TypedDict):
    """Times to recovery in s, `rmst` the mean up to the horizon; None where the curve doesn't reach."""

    median: float | None
    median_ci: OpenInterval | None
    p95: float | None
    p95_ci: OpenInterval | None
    p99: float | None
    p99_ci: OpenInterval | None
    rmst: float | None
    rmst_ci: OpenInterval | None
    rmst_events: float | None
    censored: int


class PolicyContent(TypedDict):
    """One policy. Beside these there is a Mean of each metric: `mean_of`; `outcome` counts schedules."""

    schedules: int
    outcome: dict[str, int]
    ttr_s: Recovery
    kills: Mean
    unnecessary: Mean
    needless: Mean
    preventive_needless: NotRequired[Mean]
    excess: NotRequired[Excess]


class Compared(TypedDict):
    """a − b in one metric; `better`, `equal`, `worse`: shares of the schedules in which a has less, as much, more."""

    a: str
    b: str
    metric: str
    difference: float | None
    ci: Interval | None
    p: float | None
    events: float | None
    most: float | None
    paired: bool
    variance_ratio: float | None
    better: float | None
    equal: float | None
    worse: float | None
    schedules: int
    logrank_p: NotRequired[float | None]


class Pair(Compared):
    """`p_holm`: p corrected for all pairs of the scenario and metric."""

    p_holm: float | None


class Assertion(TypedDict):
    """How many of a policy's kills the patch of 2006 would not have allowed."""

    kills: int
    premature: int


class ScenarioContent(TypedDict):
    """One scenario, by policy; `schedules` is the most that any has."""

    schedules: int
    cut: int
    policies: dict[str, PolicyContent]
    pairs: list[Pair]
    assertion: dict[str, Assertion]


class Precision(TypedDict):
    """A run that ends by precision: its rule and how far it is, in schedules."""

    targets: list[str]
    most: int
    level: float
    looks: list[int]
    next: int | None
    stopped_at: int | None


class Run(TypedDict):
    """What it was made under: `inputs` and `schedules` as that run.json had them."""

    inputs: str
    schedules: int


class Content(TypedDict):
    """All of it."""

    schema: int
    run: NotRequired[Run]
    scenarios: dict[str, ScenarioContent]
    precision: NotRequired[Precision]


def mean_of(policy: PolicyContent, metric: str) -> Mean:
    """What a policy has of a metric. KeyError where the run didn't measure it."""
    mean: Mean = policy[metric]  # type: ignore[literal-required]
    return mean
