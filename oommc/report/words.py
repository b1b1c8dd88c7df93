"""Numbers as people write them, and the answer in sentences."""

import math

METRIC_WORDS = {
    "kills": "Kills: processes shot, each counted once by its memory, however many threads go with it.",
    "premature": "Premature: shot before an earlier victim had given back its last page. The 2006 patch "
    "asserts that this never happens; it is judged by real memory, not by a flag of the policy.",
    "unnecessary": "Unnecessary: when the shot fell, enough memory was free or already on its way; "
    "the shortage would have resolved itself. The sum of the next three.",
    "stale": "Stale: the free pages alone were enough when the shot fell; the decision was out of date.",
    "impatient": "Impatient: enough together with what dying processes give back within the patience.",
    "blind": "Blind: enough, but only with the memory of a dying process that a bystander still held on to.",
    "needless": "Needless: unnecessary, and the victim was innocent (not the process that ate the memory).",
    "collateral": "Collateral: the victim was innocent, whether or not the kill was necessary.",
    "preventive": "Preventive: a user-space killer shot while no allocation was waiting.",
    "duplicates": "Duplicates: a process already condemned was chosen again; no kill of its own.",
    "ttr": "Time to recovery: from the first entry into the OOM path until all nodes are above their high "
    "watermark, no allocation is stuck, and it stays so. "
    "Runs that had not recovered when the clock stopped are kept as "
    "censored, not dropped.",
}
"""What each count means, in the words of someone who doesn't know the simulator."""


def shown(name: str, longest: int = 60) -> str:
    """A name from a file as it may be shown: no control characters, cut to `longest` characters."""
    text = "".join(char if char.isprintable() else "\ufffd" for char in name)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def number(value: float | None, places: int | None = None) -> str:
    """A number with three significant digits, or with `places` decimals; "–" for None."""
    if value is None:
        return "–"
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    if places is None:
        places = max(0, 2 - math.floor(math.log10(abs(value))))
    if places > 6 and abs(value) < 1e-3:
        return f"{value:.2e}"
    text = f"{value:,.{places}f}"
    return "0" if float(text.replace(",", "")) == 0 else text


def with_interval(mean: float | None, ci: list[float] | None, scale: float = 1.0) -> str:
    """ "0.831 [0.829, 0.833]": as many decimals as the interval's half-width justifies. `scale` divides."""
    if mean is None or ci is None:
        return number(None if mean is None else mean / scale)
    low, high = ci[0] / scale, ci[1] / scale
    places = _places((high - low) / 2)
    return f"{number(mean / scale, places)} [{number(low, places)}, {number(high, places)}]"


def _places(half_width: float) -> int:
    return max(0, 1 - math.floor(math.log10(half_width))) if half_width > 0 else 3


def seconds(value: float | None, exact: bool = False) -> str:
    """A time, with three significant digits or, `exact`, as a round one needs; "not reached" for None."""
    if value is None:
        return "not reached"
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs"), (1e9, "ns")):
        if value * factor >= 1:
            return f"{f'{value * factor:g}' if exact else number(value * factor)} {unit}"
    return "0 s"


def p_value(p: float | None) -> str:
    return "–" if p is None else "< 0.0001" if p < 1e-4 else f"{p:.4f}"


def of_schedules(n: int) -> str:
    return "1 schedule" if n == 1 else f"{n:,} schedules"


def processes(n: int) -> str:
    return "1 process" if n == 1 else f"{n:,} processes"


def policy_answer(name: str, policy: dict) -> str:
    """What a policy did, in one sentence or two; `policy` is its entry in the summary."""
    unnecessary, needless = policy["unnecessary"], policy["needless"]
    if not policy["kills"]["total"]:
        return f"{shown(name)} shot nothing." + _recovery(policy)
    if not unnecessary["total"]:
        text = f"{shown(name)} shot {processes(policy['kills']['total'])}, none of them unnecessarily"
    else:
        text = (
            f"{shown(name)} shot {processes(policy['kills']['total'])}, {unnecessary['total']:,} of them "
            f"unnecessarily and {needless['total']:,} needlessly: "
            f"{number(needless['mean'])} needless kills a schedule"
        )
    if needless["ci"]:
        places = _places((needless["ci"][1] - needless["ci"][0]) / 2)
        low, high = (number(end, places) for end in needless["ci"])
        text += (
            f" (95 % interval {low} to {high})"
            if unnecessary["total"]
            else f" (needless: at most {high} a schedule)"
        )
    return text + "." + _recovery(policy)


def _recovery(policy: dict) -> str:
    times, outcome = policy["ttr_s"], policy["outcome"]
    had_oom = policy["schedules"] - outcome["no_oom"]
    if not had_oom:
        return " No schedule ran out of memory."
    if times["median"] is None:
        return f" Fewer than half of the {had_oom:,} out-of-memory situations were over within the horizon."
    text = f" Half of the out-of-memory situations were over within {seconds(times['median'])}"
    if times["censored"]:
        return text + f"; {times['censored']:,} of {had_oom:,} were not over within the horizon."
    return text + "."


def pair_answer(pair: dict) -> str:
    """How two policies differ in needless kills or `ttr_ns`, in one sentence; `pair`: a summary's row."""
    a, b = shown(pair["a"]), shown(pair["b"])
    difference, ci = pair["difference"], pair["ci"]
    timed = pair["metric"] == "ttr_ns"
    scale, what = (1e9, "time to recovery") if timed else (1.0, "needless kills")
    if difference is None:
        where = "no schedule in which both recovered" if timed else "no schedule in common"
        return f"{a} and {b} have {where}."
    if pair["equal"] == 1:
        return f"{a} and {b} have the same {what} in every schedule."
    if ci is None or ci[0] <= 0 <= ci[1]:
        seen = with_interval(difference, ci, scale) + (" s" if timed else " a schedule")
        return f"Between {a} and {b} no difference in {what} is certain ({seen})."
    less, more = (b, a) if difference > 0 else (a, b)
    amount = with_interval(abs(difference), sorted(map(abs, ci)), scale)
    if timed:
        return f"Where both recovered, {less} did so {amount} s sooner than {more} on average."
    return f"On the same schedules {less} has {amount} fewer needless kills a schedule than {more}."
