"""A policy: one value for each mechanism, checked."""

import dataclasses
import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InputError
from ..units import duration, format_duration
from .mechanisms import MECHANISMS, Mechanism


@dataclass(frozen=True)
class Policy:
    """What the kernel does when a reclaim pass makes no progress.

    Every field but `name` and the last four is a mechanism (see `MECHANISMS`); sets are sorted tuples, times are in
    ns (a `timeout` of 0: never). `windows` and `hangs` name what is known of it (see `flaws`). Raises InputError for
    an unknown value or for mechanisms that contradict each other.
    """

    name: str
    passes: int = 1
    progress: str = "cluster"
    rebalance: str = "blind"
    recheck: tuple[str, ...] = ("before_gate",)
    recheck_mark: str = "high"
    drain: tuple[str, ...] = ()
    gate: str = "none"
    gate_test: str = "none"
    gate_life: str = "attempt"
    gate_opens: str = "mm_freed"
    refused: str = "spin"
    report: str = "on_call"
    limiter: str = "bucket"
    mutex: str = "yes"
    abort_on: tuple[str, ...] = ("exiting", "memdie")
    memdie_until: str = "pf_dead"
    exiting_until: str = "pf_dead"
    exiting_victim: str = "killed"
    swapoff: str = "at_once"
    abort_skips_protected: str = "yes"
    constrained: str = "kill_current"
    scan: str = "threads"
    mmless: str = "candidate"
    memcg: str = "ignored"
    scope: str = "process"
    selector: str = "badness_2006"
    ties: str = "first"
    child_first: str = "first"
    signal: str = "thread"
    mark: str = "thread"
    sharers: str = "kill_and_mark"
    reserves: str = "all"
    killer_sleep: str = "tick"
    self_mark: str = "no"
    costly_orders: str = "kill"
    loopers: str = "wait"
    park: str = "no"
    reaper: str = "none"
    reaper_delay: int = 0
    reaper_interval: int = 100_000_000
    reaper_attempts: int = 10
    reaper_mlocked: str = "no"
    reaper_lock: str = "no"
    reaper_pins: str = "no"
    skip_at: str = "freed"
    timeout: int = 0
    on_no_victim: str = "panic"
    panic_on_oom: str = "no"
    about: str = ""
    source: str = ""
    windows: tuple[str, ...] = ()
    hangs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in MECHANISMS:
            object.__setattr__(self, name, _checked(self.name, name, getattr(self, name)))
        for wrong, why in _contradictions(self):
            if wrong:
                raise InputError(f"policy {self.name}: {why}")

    def replace(self, **changes) -> "Policy":
        """The same policy with other values; `name` too. Unless renamed, the name tells the settings.

        What was known of it (`windows`, `hangs`) is not known of a policy with other mechanisms.

        >>> from oommc.policies import registry
        >>> registry["patched"].replace(refused="sleep_tick", timeout="1 s").name
        'patched(refused=sleep_tick,timeout=1s)'
        """
        known = [field.name for field in dataclasses.fields(self)]
        for key in changes:
            if key not in known:
                raise InputError(f"policy {self.name}: no mechanism {key!r}{nearest(key, MECHANISMS)}")
        settings = {key: _checked(self.name, key, value) for key, value in changes.items() if key in MECHANISMS}
        if any(getattr(self, key) != value for key, value in settings.items()):
            changes = {"windows": (), "hangs": ()} | changes
        if settings and "name" not in changes:
            changes["name"] = f"{self.name}({','.join(_setting(k, v) for k, v in settings.items())})"
        return dataclasses.replace(self, **changes)

    def mechanisms(self) -> dict[str, int | str | tuple[str, ...]]:
        """The value of each mechanism, in the table's order."""
        return {name: getattr(self, name) for name in MECHANISMS}

    def to_dict(self) -> dict:
        """All of it in types that JSON knows."""
        mechanisms = {k: list(v) if isinstance(v, tuple) else v for k, v in self.mechanisms().items()}
        known = {"windows": list(self.windows), "hangs": list(self.hangs)}
        return {"name": self.name, "mechanisms": mechanisms, "about": self.about, "source": self.source} | known


def _contradictions(policy: Policy) -> Iterable[tuple[bool, str]]:
    gated = policy.gate != "none"
    yield "under_gate" in policy.recheck and not gated, "recheck=under_gate needs a gate"
    yield policy.gate_test != "none" and not gated, "gate_test needs a gate"
    yield policy.gate_life == "victim" and policy.gate in ("semaphore", "trylock"), (
        f"gate_life=victim needs a bit (gate=flag): a {policy.gate} is given back by its taker"
    )
    yield policy.gate_life == "victim" and not gated, "gate_life=victim needs a gate"
    yield policy.gate == "semaphore" and policy.refused != "queue", "gate=semaphore needs refused=queue"
    yield gated and policy.gate != "semaphore" and policy.refused == "queue", (
        f"gate={policy.gate} has no queue: refused=spin or sleep_tick"
    )
    yield not {"before_gate", "under_gate"} & set(policy.recheck), (
        "recheck: at least one last try before the kill, before_gate or under_gate"
    )
    yield policy.scan == "leaders" and policy.mmless == "candidate", "scan=leaders needs mmless=skipped"
    yield (policy.loopers == "reserves" or policy.park == "yes") and policy.gate_life != "victim", (
        "loopers=reserves and park=yes need gate_life=victim: nothing else tells that a kill is in progress"
    )
    yield policy.reaper_lock == "yes" and policy.gate not in ("none", "flag", "trylock"), (
        "reaper_lock=yes needs a single gate that is only tried"
    )


def _checked(policy: str, name: str, value):
    """`value` in canonical form, or InputError."""
    mechanism = MECHANISMS[name]
    where = f"policy {policy}: {name}"
    if mechanism.kind == "time":
        if value is None or value in ("off", "never", "0"):
            return 0
        try:
            return duration(value)
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
    if mechanism.kind == "count":
        try:
            count = int(value)
        except (TypeError, ValueError):
            count = 0
        if not 1 <= count <= 1_000_000:
            raise InputError(f"{where}: a whole number from 1 to 1000000, not {value!r}")
        return count
    if mechanism.kind == "set":
        chosen = value.split("+") if isinstance(value, str) else list(value)
        return tuple(sorted({_one_of(where, mechanism, item) for item in chosen if item not in ("", "nothing")}))
    return _one_of(where, mechanism, value)


def _one_of(where: str, mechanism: Mechanism, value) -> str:
    if value not in mechanism.values:
        raise InputError(f"{where}: no value {value!r}; one of {', '.join(mechanism.values)}")
    return value


def _setting(name: str, value) -> str:
    if MECHANISMS[name].kind == "time":
        return f"{name}={format_duration(value).replace(' ', '') if value else 'off'}"
    return f"{name}={'+'.join(value) or 'nothing' if isinstance(value, tuple) else value}"


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at the known word that is closest, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
