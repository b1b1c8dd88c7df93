"""A policy: one value for each mechanism, checked."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError
from ..naming import hint
from .knobs import KNOBS
from .mechanisms import MECHANISMS, Mechanisms
from .monitor import Monitor
from .value import checked
from .value import text as value_text
from .victim import VictimFunction, load, victim_function


@dataclass(frozen=True)
class Policy(Mechanisms):
    """What the kernel does when a reclaim pass makes no progress.

    Beside the value of each mechanism, `victim` is the user's function of `selector="function"` and `monitor` the
    killer in user space, if there is one. `windows` and `hangs` name what is known of it (see `flaws`), `file` the
    policy file that it comes from. Raises InputError for an unknown value or for mechanisms that contradict each other.
    """

    victim: VictimFunction | None = None
    monitor: Monitor | None = None
    about: str = ""
    source: str = ""
    windows: tuple[str, ...] = ()
    hangs: tuple[str, ...] = ()
    file: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name in MECHANISMS:
            object.__setattr__(self, name, _checked(self.name, name, getattr(self, name)))
        for wrong, why in _contradictions(self):
            if wrong:
                raise InputError(f"policy {self.name}: {why}")

    def _repr_html_(self) -> str:
        """What it is and in what it differs from Linux 2.6.17, for a notebook."""
        from oommc import notebook

        kernel = [(name, value) for name, value in self.mechanisms().items() if value != MECHANISMS[name].default]
        beside = self.monitor.knobs().items() if self.monitor else ()
        rows = [(name, value_text(MECHANISMS[name], value)) for name, value in kernel]
        rows += [(name, value_text(KNOBS[name], value)) for name, value in beside]
        return notebook.table(self.name, [("mechanism", "value"), *rows]) + notebook.paragraphs([self.about])

    def replace(self, **changes: Any) -> "Policy":
        """The same policy with other values; `name` too. Unless renamed, the name tells the settings.

        What was known of it (`windows`, `hangs`) is not known of a policy with other mechanisms. `selector` may be a
        function too (see `victim_function`).

        >>> from oommc.policies import registry
        >>> registry["patched"].replace(refused="sleep_tick", timeout="1 s").name
        'patched(refused=sleep_tick,timeout=1s)'
        """
        known = [field.name for field in dataclasses.fields(self)]
        knobs = {key: changes.pop(key) for key in list(changes) if key in KNOBS}
        chosen_by = changes.get("selector")
        if "selector" in changes and not isinstance(chosen_by, str):
            changes |= {"selector": "function", "victim": victim_function(chosen_by)}
        elif "selector" in changes and chosen_by != "function":
            changes["victim"] = None
        for key in changes:
            if key not in known:
                raise InputError(f"policy {self.name}: no mechanism {key!r}; {hint(key, [*MECHANISMS, *KNOBS])}")
        if knobs:
            changes["monitor"] = self._turned(knobs)
        settings = {key: _checked(self.name, key, value) for key, value in changes.items() if key in MECHANISMS}
        if any(getattr(self, key) != value for key, value in settings.items()):
            changes = {"windows": (), "hangs": ()} | changes
        mine = {"selector": changes["victim"].name} if changes.get("victim") else {}
        words = [f"{key}={mine.get(key) or value_text(MECHANISMS[key], value)}" for key, value in settings.items()]
        words += [f"{key}={value_text(KNOBS[key], getattr(changes['monitor'], key))}" for key in knobs]
        if words and "name" not in changes:
            changes["name"] = f"{self.name}({','.join(words)})"
        return dataclasses.replace(self, **changes)

    def loaded(self) -> "Policy":
        """With its victim function loaded where a policy file only named it; that runs the file of the function.
        Raises InputError.
        """
        if self.victim is None or self.victim.at is None:
            return self
        return dataclasses.replace(self, victim=load(*self.victim.at))

    def beside(self, killer: "Policy") -> "Policy":
        """This kernel policy with the killer of another policy beside it; named as `--policies` writes it.

        >>> from oommc.policies import registry
        >>> registry["patched"].beside(registry["earlyoom"]).name
        'patched+earlyoom'
        """
        if killer.monitor is None:
            raise InputError(f"policy {self.name}+{killer.name}: {killer.name} is no killer in user space")
        if self.monitor is not None:
            raise InputError(f"policy {self.name}+{killer.name}: {self.name} has a killer in user space already")
        name, file = f"{self.name}+{killer.name}", self.file or killer.file
        return dataclasses.replace(self, name=name, file=file, monitor=killer.monitor, windows=(), hangs=())

    def _turned(self, knobs: dict) -> Monitor:
        """Its killer with other knobs."""
        if self.monitor is None:
            one = next(iter(knobs))
            raise InputError(
                f"policy {self.name}: {one} is a killer's in user space; say {self.name}+earlyoom({one}=...)"
            )
        try:
            return self.monitor.replace(**knobs)
        except InputError as error:
            raise InputError(f"policy {self.name}: {error}") from None

    def mechanisms(self) -> dict[str, int | str | tuple[str, ...]]:
        """The value of each mechanism, in the table's order."""
        return {name: getattr(self, name) for name in MECHANISMS}

    def to_dict(self) -> dict:
        """All of it in types that JSON knows."""
        mechanisms = {k: list(v) if isinstance(v, tuple) else v for k, v in self.mechanisms().items()}
        known = {"windows": list(self.windows), "hangs": list(self.hangs)}
        own = {"victim": self.victim.to_dict()} if self.victim else {}
        killer = {"monitor": dataclasses.asdict(self.monitor)} if self.monitor else {}
        about = {"about": self.about, "source": self.source} | ({"file": self.file} if self.file else {})
        return {"name": self.name, "mechanisms": mechanisms} | own | killer | about | known


def _contradictions(policy: Policy) -> Iterable[tuple[bool, str]]:
    gated = policy.gate != "none"
    yield "under_gate" in policy.recheck and not gated, "recheck=under_gate needs a gate"
    yield policy.gate_test != "none" and not gated, "gate_test needs a gate"
    yield (
        policy.gate_life == "victim" and policy.gate in ("semaphore", "trylock"),
        (f"gate_life=victim needs a bit (gate=flag): a {policy.gate} is given back by its taker"),
    )
    yield policy.gate_life == "victim" and not gated, "gate_life=victim needs a gate"
    yield (
        policy.refused == "wait" and (policy.gate_life != "victim" or policy.pin_age > 0),
        ("refused=wait needs gate_life=victim, and no pin_age: who waits isn't woken by it"),
    )
    yield policy.gate == "semaphore" and policy.refused != "queue", "gate=semaphore needs refused=queue"
    yield (
        gated and policy.gate != "semaphore" and policy.refused == "queue",
        (f"gate={policy.gate} has no queue: refused=spin or sleep_tick"),
    )
    yield (
        not {"before_gate", "under_gate"} & set(policy.recheck),
        ("recheck: at least one last try before the kill, before_gate or under_gate"),
    )
    yield policy.scan == "leaders" and policy.mmless == "candidate", "scan=leaders needs mmless=skipped"
    yield (
        (policy.loopers == "reserves" or policy.park == "yes") and policy.gate_life != "victim",
        ("loopers=reserves and park=yes need gate_life=victim: nothing else tells that a kill is in progress"),
    )
    yield policy.on_timeout != "next" and policy.timeout == 0, f"on_timeout={policy.on_timeout} needs a timeout"
    yield (
        policy.selector == "function" and not policy.victim,
        ("selector=function needs the function: policy.replace(selector=FUNCTION), or a policy file"),
    )
    yield (
        policy.reaper_lock == "yes" and policy.gate not in ("none", "flag", "trylock"),
        ("reaper_lock=yes needs a single gate that is only tried"),
    )
    yield (
        policy.monitor is not None and policy.selector == "oracle",
        "the oracle knows it all: no killer stands beside it",
    )


def _checked(policy: str, name: str, value: Any) -> Any:
    """`value` in canonical form, or InputError."""
    return checked(f"policy {policy}: {name}", MECHANISMS[name], value)
