"""One schedule under one or two policies, as `oommc.trace` draws it, with the kills as its table."""

from collections.abc import Sequence

from oommc.report.figures.figure import Figure
from oommc.show.numbers import shown


def timeline(stories: Sequence) -> Figure:
    """`stories`: of one schedule, side by side."""
    import pandas as pd

    from oommc.trace import picture

    table = pd.DataFrame(
        [
            {"policy": story.policy.name} | vars(victim) | {"kinds": " ".join(victim.kinds)}
            for story in stories
            for victim in story.victims
        ],
        columns=["policy", "name", "by", "failed_ns", "killed_ns", "returned_ns", "pages", "kinds"],
    )
    first = stories[0]
    alt = f"Schedule {first.schedule} of {shown(first.scenario.name)} over time. {picture.text(stories)}"
    return Figure(picture.svg(stories), table, alt)
