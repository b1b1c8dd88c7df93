"""Page faults on what reclaim has taken:
of a thread's own memory what is in swap, of its files what has left the cache.

After a thought a thread uses `touch` pages of its mm, and `file_touch` of the working set that all files have together,
evenly of each. What is out has to come in first, a readahead's pages at a time: an ask like any other (mm/memory.c,
do_swap_page(); mm/filemap.c, filemap_fault()), then a read from the device, which takes one request after the other.
The place in swap is free again at once. A page of a file that comes back is a refault (mm/workingset.c).
"""

from . import swap
from .world import Node, State, Thread, World

AHEAD = {"swap": 8, "file": 32}  # pages: vm.page-cluster of 3, VM_READAHEAD_PAGES


def missing(w: World) -> int:
    """Pages of the working set of files that aren't in the page cache."""
    return max(0, w.machine.files - sum(node.cache for node in w.nodes))


def gone(w: World, t: Thread, kind: str) -> int:
    """Pages that are out."""
    return missing(w) if kind == "file" else t.mm.swapped


def out(w: World, t: Thread, kind: str) -> int:
    """Of the pages that a thread is about to use, those that are out, rounded up."""
    away = gone(w, t, kind)
    whole, used = (w.machine.files, t.spec.file_touch) if kind == "file" else (t.mm.size, t.spec.touch)
    return min(away, -(-used * away // whole)) if away else 0


def still_out(w: World, t: Thread) -> int:
    """Of the pages that a fault still lacks, those that nobody else has brought in, or let go, meanwhile."""
    return min(t.want, gone(w, t, t.fault))


def place(w: World, t: Thread, node: Node, pages: int) -> None:
    """So many pages are there; when all are they are read."""
    if t.fault == "file":
        node.cache += pages
        w.refaults += pages
        return
    t.mm.pages[w.nodes.index(node)] += pages
    t.mm.swapped -= pages
    w.swap_free += pages


def read(w: World, t: Thread) -> None:
    """Wait for the device. PSI and a daemon's stall count this wait too."""
    pages = sum(t.taken)
    t.asked_at = w.now
    t.state = State.PAGE_IN
    t.when = w.now
    if pages:
        t.when = swap.read_file(w, pages) if t.fault == "file" else swap.transfer(w, pages)
    w.tell("page in", t, pages=pages, file=t.fault == "file")
