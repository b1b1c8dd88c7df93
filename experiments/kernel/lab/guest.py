"""A scenario and a policy, as the guest reads them: the lines of its /plan."""

from collections.abc import Iterable

from oommc.distributions import Distribution
from oommc.errors import InputError
from oommc.scenario import Process, Scenario

from .killer import KILLERS

SYSCTLS = {
    "mainline-6": (),
    "oom_kill_allocating_task": ("oom_kill_allocating_task",),
    "panic_on_oom": ("panic_on_oom",),
}
"""What a real kernel of today can be, and the sysctls that make it so."""

TRACE = "/sys/kernel/tracing"
FLUSH = "free_pages_and_swap_cache"
"""What a kernel with swap calls for each batch of an mmu_gather (mm/mmu_gather.c, 6.1 and 6.12)."""

_PROBES = {
    "check": ("p", "out_of_memory free=@vm_zone_stat:s64"),
    "shot": ("p", "__oom_kill_process free=@vm_zone_stat:s64"),
    "exit_mmap": ("p", "exit_mmap"),
    "exit_mmap_end": ("r", "exit_mmap"),
    "flush": ("p", "{flush} nr=%si:s32"),
}
_KINDS = {"idle": 0, "grow": 1, "churn": 2}
_CELLS = 256  # of a distribution that the guest draws from
_MOST_PROCESSES, _MOST_THREADS, _MOST_DISTRIBUTIONS, _LONGEST_NAME = 64, 16, 64, 11


def plan(
    scenario: Scenario,
    policy: str,
    seed: int,
    trace: bool = False,
    writes: Iterable[str] = (),
    killer: str = "",
    first: bool = True,
    flush: str = FLUSH,
) -> str:
    """The guest's /plan. Raises InputError for what a real kernel can't be told to do.

    `trace` records reclaim (where there are memory cgroups, theirs) and who runs, too, which slows it down. `writes`:
    what else is set before anything starts, as "/path=value". `killer`: of killer.KILLERS, started half a second before
    the processes begin to grow (`first`), or when they do. `flush`: what gives back a batch of an mmu_gather.
    """
    if policy not in SYSCTLS:
        raise InputError(f"policy: {policy!r} isn't one of {', '.join(SYSCTLS)}: those are what a stock kernel has")
    check(scenario)
    lines = [f"run {seed} {scenario.horizon} {scenario.settle}", "write /proc/sys/vm/overcommit_memory 1"]
    lines += ["write /proc/sys/kernel/printk 7"]  # boot is quiet, reports are not
    lines += [f"write /proc/sys/vm/{name} 1" for name in SYSCTLS[policy]]
    lines += _tracing(trace, "memcg" if scenario.memcgs else "direct", flush)
    lines += [f"write {path} {value}" for path, _, value in (one.partition("=") for one in writes)]
    if killer:
        of = KILLERS[killer]
        lines.append(f"killer {int(first)} {of.percent} {' '.join(of.command)}")
    lines += [f"memcg {group.name} {group.limit * 4096} {int(group.oom_group)}" for group in scenario.memcgs]
    drawn: list[Distribution] = []

    def number(of: Distribution) -> int:
        if of not in drawn:
            drawn.append(of)
        return drawn.index(of)

    processes = [_process(p, name, j, number, scenario) for p in scenario.processes for j, name in enumerate(names(p))]
    if len(drawn) > _MOST_DISTRIBUTIONS:
        raise InputError(f"{scenario.name}: more than {_MOST_DISTRIBUTIONS} distributions")
    for i, of in enumerate(drawn):
        cells = " ".join(str(of.quantile((2 * cell + 1) << 55)) for cell in range(_CELLS))
        lines.append(f"dist {i} {cells}")
    return "\n".join(lines + processes) + "\n"


def names(process: Process) -> list[str]:
    """A name for each instance, as the kernel's log will have it."""
    return [f"{process.name}-{j}" for j in range(process.count)]


def role(scenario: Scenario, comm: str) -> str | None:
    """The role of the process of that name, None if it isn't the scenario's."""
    return next((p.role for p in scenario.processes if comm in names(p)), None)


def check(scenario: Scenario) -> None:
    """Raises InputError if a real kernel can't be told to do this."""

    def no(key: str, why: str) -> InputError:
        return InputError(f"{scenario.name}: {key}: {why} in the kernel lab")

    if len(scenario.machine.nodes) > 1:
        raise no("machine.node", "there is one node")
    if sum(p.count for p in scenario.processes) > _MOST_PROCESSES:
        raise no("process", f"there are at most {_MOST_PROCESSES} processes")
    for p in scenario.processes:
        key = f"process.{p.name}"
        if len(p.name) > _LONGEST_NAME:
            raise no(f"{key}.name", f"a name has at most {_LONGEST_NAME} characters")
        if p.threads > _MOST_THREADS or (p.shares_mm_with and (p.threads > 1 or p.program.kind != "idle")):
            raise no(f"{key}.threads", f"at most {_MOST_THREADS} threads, and a sharer is one idle thread")
        for told, name in ((p.parent, "parent"), (p.init, "init"), (p.mlocked, "mlocked")):
            if told:
                raise no(f"{key}.{name}", "not supported")
        if p.flags.order or p.flags.p_no_fs or p.flags.p_noretry or p.flags.p_nofail:
            raise no(f"{key}.flags", "asks are page faults")
        if p.exit.lock.p or p.exit.pin.p or p.exit.mmap_lock.p or p.exit.unreaped.p:
            raise no(f"{key}.exit", "only `block` can be arranged")
        frozen = p.exit.block.p > 0
        if frozen and (p.exit.block.p < 1 or p.threads < 2 or p.exit.block.delay.quantile.minimum() < scenario.horizon):
            raise no(f"{key}.exit.block", "a victim is frozen for good: p = 1, delay from the horizon on, two threads")


def _tracing(more: bool, reclaim: str, flush: str) -> list[str]:
    """Always: each call of the killer and each kill with the pages that are free then, each victim's mark, its
    exit_mmap() and what that gives back, and the reaper. More: reclaim of a kind, and every change of who has a
    processor.

    vm_zone_stat[0] is NR_FREE_PAGES (mm/vmstat.c, 6.1 and 6.12). What processors haven't added yet, some pages at most
    (calculate_normal_threshold()), isn't in it.
    """
    events = [f"oom/{name}" for name in ("mark_victim", "wake_reaper", "start_task_reaping", "skip_task_reaping")]
    events += ["oom/finish_task_reaping", *(f"kprobes/{name}" for name in _PROBES)]
    if more:
        events += [f"vmscan/mm_vmscan_{reclaim}_reclaim_{end}" for end in ("begin", "end")]
        events += ["sched/sched_switch"]
    return [
        f"write {TRACE}/trace_clock mono",  # the guest's own
        *(
            f"write {TRACE}/kprobe_events {kind}:{name} {place.format(flush=flush)}"
            for name, (kind, place) in _PROBES.items()
        ),
        f"write {TRACE}/buffer_size_kb {1024 if more else 256}",
        *(f"write {TRACE}/events/{event}/enable 1" for event in events),
    ]


def _process(p: Process, name: str, j: int, number, scenario: Scenario) -> str:
    program = p.program
    rss = p.rss.median()
    target = program.target if program.kind == "grow" else rss
    owner = next((q for q in scenario.processes if q.name == p.shares_mm_with), None)
    drawn = (program.start, program.think, program.chunk, program.keep)
    hold = -1 if program.hold is None else program.hold.median()
    return (
        f"process {name} {_KINDS[program.kind]} {p.threads} {p.oom_score_adj} {int(p.exit.block.p > 0)} {rss} {target}"
        f" {hold} {' '.join(str(number(of)) for of in drawn)}"
        f" memcg={p.memcg or '-'} shares={names(owner)[j % owner.count] if owner else '-'}"
    )
