"""Digests of 26 tables of hours to decades, whose knots' last digits floats can hardly tell."""

import hashlib

from oommc.distributions import compile
from oommc.distributions.laws import Named

HOUR = 3600 * 10**9
SHAPES = {
    "exponential": ({},),
    "lognormal": ({"sigma": 0.1}, {"sigma": 0.5}, {"sigma": 1.0}, {"sigma": 2.0}),
    "gamma": ({"shape": 0.5}, {"shape": 1.7}, {"shape": 3.0}, {"shape": 40.0}),
    "weibull": ({"shape": 0.6}, {"shape": 1.3}),
    "pareto": ({"shape": 1.5}, {"shape": 4.0}),
}
SCALE = {"exponential": "mean", "lognormal": "median", "gamma": "mean", "weibull": "scale", "pareto": "minimum"}
LAWS = [
    Named("ns", family, (*shape.items(), (SCALE[family], float(hours * HOUR))))
    for family, shapes in SHAPES.items()
    for shape in shapes
    for hours in (7, 200_000)
]


def digests() -> list[str]:
    return [hashlib.sha256(compile(law).knots.tobytes()).hexdigest() for law in LAWS]


if __name__ == "__main__":
    print(*digests(), sep="\n")
