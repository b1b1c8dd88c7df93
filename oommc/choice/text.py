"""A recommendation (`oommc.choice.advice`) and a race (`oommc.choice.race`) as text:
sentences, rows, and both for the terminal.
"""

from oommc.show.names import label
from oommc.show.numbers import number, of_schedules, shown, with_interval
from oommc.show.table import aligned

_NAME = 40  # characters of a policy's name


def advice(scenarios: dict) -> str:
    """Per scenario: the recommendation, and all policies by what was asked for."""
    return "\n\n".join(
        f"{shown(name)}: {of_schedules(of['schedules'])}, means per schedule [intervals that hold together]\n"
        f"{aligned(advice_rows(of))}\n" + " ".join(advice_sentences(of) + _left_out(of))
        for name, of in scenarios.items()
    )


def _left_out(advice: dict) -> list[str]:
    named = [f"{shown(policy, _NAME)} ({count:,})" for policy, count in advice["left_out"].items()]
    return [f"Left out, for they have fewer schedules or others: {', '.join(named)}."] if named else []


def race(asked: dict) -> str:
    """Per scenario: whom a run with --choose has chosen; `asked`: the content of choice.json."""
    return "\n\n".join(
        f"{aligned(race_rows(of))}\n{race_sentence(name, asked, of)}" for name, of in asked["scenarios"].items()
    )


def advice_sentences(advice: dict) -> list[str]:
    """The recommendation, how sure it is, and what it leaves open; `advice`: of one scenario."""
    limits = " and ".join(f"{limit['amount']} < {limit['limit']:g}" for limit in advice["limits"])
    names = list(advice["policies"])
    chosen = advice["chosen"]
    if chosen is None:
        told = [f"No policy meets {limits} for sure on {of_schedules(advice['schedules'])}."]
        needs = [limit for limit in advice["limits"] if (limit["schedules"] or 0) > advice["schedules"]]
        told += [f"{_open(advice)} may." for _ in [0] if _open(advice)]
        told += [
            f"To be sure of {limit['amount']} < {limit['limit']:g} takes {limit['schedules']:,} schedules without "
            "a case."
            for limit in needs
        ]
        return told
    met = sum(policy["limits"] == "met" for policy in advice["policies"].values())
    told = [f"Take {shown(chosen, _NAME)}."]
    if limits:
        told.append(f"{met} of {len(names)} policies surely meet {limits}, {shown(chosen, _NAME)} among them.")
        if _open(advice):
            told.append(f"Not sure: {_open(advice)}.")
    for wish in advice["wishes"]:
        others, most = len(wish["left"]) - 1, wish["more_than_least"]
        more = f" by more than {wish['within']:g}" if wish["within"] else ""
        told.append(
            f"Its {wish['amount']} is the least of all."
            if most == 0
            else f"Its {wish['amount']} exceeds the least by {'–' if most is None else number(most)} at most; "
            f"{others} more can't be told from the least{more}."
        )
    told += _alike(advice)
    told += _costs(advice)
    supposed = {of["amount"]: None for of in (*advice["limits"], *advice["wishes"]) if of["supposed"]}
    told += [f"No largest value of {amount} is known: its bounds suppose the largest seen." for amount in supposed]
    told.append(
        f"All of this holds together with {advice['level']:.0%} probability, as far as chance in the schedules goes: "
        "what is assumed of the machine is a question of its own."
    )
    return told


def _alike(advice: dict) -> list[str]:
    same = next((group for group in _groups(advice) if group[0] == advice["chosen"]), [])[1:]
    return [f"The same on every schedule, in all that is asked here: {', '.join(map(shown, same))}."] if same else []


def _costs(advice: dict) -> list[str]:
    """What another policy that meets the limits surely has less of, and how much."""
    told = []
    held = {name: of["amounts"] for name, of in advice["policies"].items() if of["limits"] == "met"}
    for amount in held[advice["chosen"]]:
        less = {p: of[amount]["more"] for p, of in held.items() if p != advice["chosen"]}
        less = {p: more for p, more in less.items() if more[1] is not None and more[1] < 0}
        if less:
            best = min(less, key=lambda p: held[p][amount]["mean"])
            low, high = (number(-end) for end in reversed(less[best]))
            told.append(f"The price: {low} to {high} more {amount} than {shown(best, _NAME)}.")
    return told


def _open(advice: dict) -> str:
    return ", ".join(shown(name, _NAME) for name, of in advice["policies"].items() if of["limits"] == "open")


def advice_rows(advice: dict) -> list[list[str]]:
    """A row for each policy, the head first: means with intervals that hold together, and the front."""
    amounts = list(next(iter(advice["policies"].values()))["amounts"])
    limited = bool(advice["limits"])
    rows = [["policy", *(["limits"] if limited else []), *amounts, "beaten by none (share of bootstraps)"]]
    for group in _groups(advice):
        of = advice["policies"][group[0]]
        mark = f"{label(group)}{' ←' if group[0] == advice['chosen'] else ''}"
        cells = [_mean(of["amounts"][amount]) for amount in amounts]
        share = "–" if of["front"] is None else f"{of['front']:.1%}"
        rows.append([mark, *([of["limits"]] if limited else []), *cells, share])
    return rows


def _groups(advice: dict) -> list[list[str]]:
    """All policies, those together that are the same on every schedule, the chosen one first of its own."""
    of = {name: group for group in advice["alike"] for name in group}
    groups = {tuple(of.get(name, [name])): None for name in advice["policies"]}
    return [sorted(group, key=lambda name: name != advice["chosen"]) for group in groups]


def _mean(amount: dict) -> str:
    low, high = amount["ci"]
    if high is None:
        return number(amount["mean"])
    return with_interval(amount["mean"], [low, high]) if high > low else number(amount["mean"])


def race_sentence(name: str, asked: dict, race: dict) -> str:
    """Who was chosen, how sure that is, and what it cost; `asked`: the content of choice.json."""
    wanted = " under ".join(filter(None, (asked["choose"], asked.get("require"))))
    spent = sum(policy["schedules"] for policy in race["policies"].values())
    cost = f"It took {spent:,} runs of a schedule, {spent / (race['schedules'] * len(race['policies'])):.0%} of all."
    after = of_schedules(race["schedules"])
    if race["chosen"] is None:
        broken = all(policy["limits"] == "broken" for policy in race["policies"].values())
        who = "every policy surely breaks" if broken else "no policy surely meets"
        return f"{shown(name)}, {wanted}: {who} {asked['require']} after {after}. {cost}"
    limits = f"it meets {asked['require']}, and " if asked.get("require") else ""
    exceeds = "; among those whom that leaves ".join(_exceeds(wish) for wish in race["wishes"])
    end = "" if race["settled"] else " That is more than was asked for: it takes more schedules."
    return (
        f"{shown(name)}, {wanted}: {shown(race['chosen'], _NAME)} after {after}; {limits}{exceeds}, with "
        f"{race['level']:.0%} probability (simulation error), in spite of the looks meanwhile.{end} {cost}"
    )


def _exceeds(wish: dict) -> str:
    return f"its mean {wish['amount']} exceeds the least by {number(wish['excess'])} at most"


def race_rows(race: dict) -> list[list[str]]:
    """A row for each policy, the head first: schedules, means, the differences to the chosen one, who beat it."""
    wished = [wish["amount"] for wish in race["wishes"]]
    limited = [limit["amount"] for limit in race["limits"]]
    head = [cell for amount in wished for cell in (amount, "more than the chosen")]
    rows = [["policy", "schedules", *(["limits", *limited] if limited else []), *head, "out by"]]
    for name, of in race["policies"].items():
        cells = [of["limits"], *(_mean(of["amounts"][amount]) for amount in limited)] if limited else []
        for amount in wished:
            more = of["amounts"][amount]["more"]
            cells += [
                number(of["amounts"][amount]["mean"]),
                "–" if more is None else f"[{number(more[0])}, {number(more[1])}]",
            ]
        mark = f"{shown(name, _NAME)}{' ←' if name == race['chosen'] else ''}"
        rows.append([mark, f"{of['schedules']:,}", *cells, shown(of["out_by"] or "–", _NAME)])
    return rows
