"""What a run or a merge has come to, as both commands print it."""

from oommc.said import note, say

_CUT_TOLD = 1e-3  # share of schedules with cut sizes from which on the user is warned


def show(result, out: str) -> None:
    """A warning on stderr where drawn sizes were often cut; on stdout why the run ended, the results, the directory."""
    from oommc.choice.text import race
    from oommc.report.text import text
    from oommc.report.unknown import beside
    from oommc.show.numbers import shown

    for name, of in result.data["scenarios"].items():
        if of["cut"] / of["schedules"] >= _CUT_TOLD:
            note(
                f"warning: {shown(name)}: in {of['cut']:,} of {of['schedules']:,} schedules the sizes "
                "drawn did not fit the machine and were cut"
            )
    if told := result.ended():
        say(f"{told}\n")
    if result.race:
        say(f"{race(result.race)}\n")
    say(f"{text(result.data)}\n")
    for said in dict.fromkeys(beside(result, name, of) for name, of in result.data["scenarios"].items()):
        say(f"{said}\n")
    say(out)
