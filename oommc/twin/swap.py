"""Swap: anonymous pages that reclaim writes out when the page cache is gone, to a device with a size and a rate.

The LRU isn't modelled: the mm that has most gives first. What went out stays out until it is used again (`fault`) or
its mm goes. Nobody swaps out a victim, or an mm whose last user has gone.
"""

from . import memcg, pcp, protect
from .world import Memcg, Mm, Node, World

NS = 1_000_000_000


def swappable(w: World, nodes: list[Node], domain: Memcg | None = None, last: bool = True) -> int:
    """Pages that could go out from these nodes now, at most: for a group, or the machine (None).

    `last`: reclaim has found nothing else.
    """
    if w.swap_free == 0:
        return 0
    pages = sum(may_go(w, mm, nodes, domain, False) for mm in w.mms)
    if pages == 0 and last:
        pages = sum(may_go(w, mm, nodes, domain, True) for mm in w.mms)
    return min(w.swap_free, pages)


def may_go(w: World, mm: Mm, nodes: list[Node], domain: Memcg | None, last: bool) -> int:
    """Pages of an mm that could go out from these nodes, if it is the only one of its group."""
    if mm.victim_at >= 0 or mm.users == 0:
        return 0
    there = sum(mm.pages[w.nodes.index(node)] for node in nodes)
    pages = min(there, max(0, sum(mm.pages) - mm.mlocked))
    leave = protect.may_leave(w, w.memcg(mm.owner.threads[0]), domain, last) if pages else 0
    return pages if leave is None else min(pages, leave)


def transfer(w: World, pages: int) -> int:
    """When the device, which takes one batch after the other, will have written or read so many."""
    w.swap_at = max(w.now, w.swap_at) + pages * NS // w.machine.swap_rate
    return w.swap_at


def read_file(w: World, pages: int) -> int:
    """The same of the disk that the files are on."""
    w.disk_at = max(w.now, w.disk_at) + pages * NS // w.machine.files_rate
    return w.disk_at


def swap_out(
    w: World, who: object, nodes: list[Node], pages: int, domain: Memcg | None = None, last: bool = True
) -> int:
    """Up to `pages` are out, and `who` frees them. Returns how many. See `swappable`."""
    left = min(pages, swappable(w, nodes, domain, last))
    last = swappable(w, nodes, domain, False) == 0
    before = left
    while left:
        mm = max(w.mms, key=lambda mm: may_go(w, mm, nodes, domain, last))  # of equals the first
        more = min(left, may_go(w, mm, nodes, domain, last))
        if more == 0:  # groups have come to their limits
            break
        left -= more
        mm.swapped += more
        mm.scanned += more
        w.swap_free -= more
        for node in nodes:
            n = w.nodes.index(node)
            taken = min(more, mm.pages[n])
            mm.pages[n] -= taken
            pcp.free(w, who, node, taken)
            memcg.uncharged(w, mm, taken)
            if taken:
                node.failures = 0
            more -= taken
        if mm.reapable:  # what is out comes back as swap, the rest as memory (mm/memory.c, zap_pte_range())
            mm.begin_return()
    return before - left


def give_back(w: World, mm: Mm) -> None:
    """The swap entries of an mm that has gone are free again."""
    w.swap_free += mm.swapped
    mm.swapped = 0
