"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`rounds` of about `seconds` CPU each contestant; the twin counts the events of `sample` schedules; `runs`:
    schedules of the whole command's runs, of which the second is looked into; `starts` of the interpreter.
    """

    rounds: int = 7
    seconds: float = 0.2
    sample: int = 4
    runs: tuple[int, ...] = (10_000, 100_000)
    starts: int = 10


QUICK = Settings(rounds=3, seconds=0.03, sample=1, runs=(1_000, 4_000), starts=3)
FULL = Settings()
LONG = Settings(sample=16, runs=(100_000, 1_000_000, 10_000_000))
