"""Per-CPU lists: what a processor frees lies there first, where no watermark sees it (mm/page_alloc.c, `pcp`).

free_hot_cold_page(): a page goes to the list of the CPU that frees it, and as soon as `high` pages are there a `batch`
of them goes back to the zone. Checks go by what is free in the zone; an allocation that has passed its check takes from
its own CPU's list first. Nobody is scheduled here: thread i runs on CPU i mod cpus, and who isn't a thread (kswapd, a
pin's owner, the reaper) on CPU 0. Lists aren't filled ahead. With `high` = 0 there are none.
"""

from .world import Node, Thread, World


def cpu(w: World, who: object) -> int:
    """The processor on which somebody runs."""
    return who.id % w.machine.cpus if isinstance(who, Thread) else 0


def free(w: World, who: object, node: Node, pages: int) -> None:
    """`who` frees pages, one after the other."""
    high, batch = w.machine.pcp_high, w.machine.pcp_batch
    if high == 0:
        node.give(pages, w.now)
        return
    listed = node.lists[cpu(w, who)] + pages
    back = ((listed - high) // batch + 1) * batch if listed >= high else 0
    node.lists[cpu(w, who)] = listed - back
    node.give(back, w.now)


def take(w: World, t: Thread, node: Node, most: int, mark: int) -> int:
    """A thread takes pages, at most so many, one after the other while the check at `mark` passes; how many.

    The list serves order 0 only (buffered_rmqueue()).
    """
    if node.free - t.unit < mark:
        return 0
    listed = min(node.lists[cpu(w, t)], most) if t.unit == 1 else 0
    more = min(most - listed, node.free - mark) // t.unit * t.unit
    node.lists[cpu(w, t)] -= listed
    node.free -= more
    return listed + more


def drain(w: World) -> None:
    """drain_all_pages(): every list goes back."""
    for node in w.nodes:
        node.give(sum(node.lists), w.now)
        node.lists = [0] * len(node.lists)
