"""Reclaim's own guard: a pass that got nothing hasn't failed while a node of its ask may still be reclaimable.

mm/vmscan.c. From 2.6.19 on (408d85441cd) try_to_free_pages() returns 1, progress, after a pass down to the highest
priority, unless every zone is all_unreclaimable. kswapd sets that flag in balance_pgdat() when `pages_scanned` has come
to six times the pages on the zone's LRU lists (four times to 2.6.18, where nobody asks); free_pages_bulk() clears flag
and count (mm/page_alloc.c). What counts as LRU: all active and inactive pages in 2.6.19 and 2.6.24; from 2.6.32 on
zone_reclaimable_pages(), file pages, and anonymous ones only where there is swap left. From 2.6.37 on who reclaims
looks at the count himself, zone_reclaimable(); in 4.6 at NR_PAGES_SCANNED. 4.7 does without (should_reclaim_retry()).

Nobody's scanning is followed here: from any return of pages to a node, 0 at boot, the count grows by
`machine.scan_rate` pages a second, whoever scans. A node has `file_resident` pages, mapped code say, that are on the
lists and never go: without them a cache of nothing would be scanned six times at once.
"""

from .world import Node, Thread, World

TIMES = 6
NS = 1_000_000_000


def holds(w: World, t: Thread) -> bool:
    """Whether a pass of this thread, over now, that has got nothing counts as progress."""
    return w.policy.guard != "none" and not t.domain and any(reclaimable(w, node) for node in w.allowed(t))


def reclaimable(w: World, node: Node) -> bool:
    """Whether the scanner isn't through yet: (now − last return) · rate < 6 · LRU pages."""
    return (w.now - node.returned_at) * w.machine.scan_rate < TIMES * lru(w, node) * NS


def lru(w: World, node: Node) -> int:
    """Pages on the node's lists that count in this era."""
    if w.policy.guard == "all_lru" or w.swap_free:
        return w.sizes[w.nodes.index(node)] - node.room + node.resident  # what isn't free is on a list
    return node.cache + node.resident
