"""Watermark boost: after fragmentation every watermark of a node stands higher, until kswapd has reclaimed that much.

Kernels since 5.0. mm/page_alloc.c, boost_watermark(): an allocation whose pages come from a block of another mobility
raises min, low and high by a block, up to 1.5 times high (vm.watermark_boost_factor = 15000), and wakes kswapd; the
node has to have four blocks at least. mm/vmscan.c, balance_pgdat(): a run of kswapd that finds its node balanced
reclaims as much as the boost without swapping, one that doesn't goes on until it is balanced; at its end, whatever it
got, the boost that it began with is off. After 16 runs without a page (MAX_RECLAIM_RETRIES) kswapd is woken no more
until somebody reclaims one, and the boost stays.

There are no blocks here. With the machine's `fragmentation` a given share of asks is taken for such (`at = "any"`); or
(`"minimum"`) blocks of the right mobility may run out as memory does: __rmqueue_fallback() comes to
steal_suitable_fallback() when no list of the wanted type has a page. 6.12 and 6.1 were seen to do so when free pages
came to min (experiments/kernel/README.md). That is one draw each time that a node goes from high to min, both
unboosted.
"""

from .draws import Purpose
from .world import Node, Thread, World

MAX_RECLAIM_RETRIES = 16
MINIMUM = 1  # machine.fragmentation.at


def on(w: World) -> bool:
    """Whether anything is ever boosted."""
    return w.policy.watermark_boost == "yes" and w.machine.fragmentation_p > 0


def boost(w: World, t: Thread, node: Node) -> bool:
    """An ask, but a page fault's or an errand's, has got its last page, from this node.

    Whether the node's watermarks are raised.
    """
    if not on(w) or w.machine.fragmentation_at == MINIMUM or t.fault or t.errand:
        return False
    return lift(w, t, node, t.id, t.asks - 1)


def at_minimum(w: World, t: Thread, node: Node, before: int) -> bool:
    """An ask has taken pages of this node, of which so many were free before.

    Whether that was from its high down to its minimum, and the watermarks are raised.
    """
    if not on(w) or w.machine.fragmentation_at != MINIMUM:
        return False
    node.plenty = node.plenty or before >= node.high
    if not node.plenty or node.free - t.unit >= node.min:
        return False
    node.plenty = False
    node.shortages += 1
    return lift(w, t, node, w.nodes.index(node), node.shortages - 1)


def lift(w: World, t: Thread, node: Node, entity: int, number: int) -> bool:
    """Whether this draw says that the watermarks of a node, which has blocks enough, are raised by one."""
    block = w.machine.fragmentation_block
    if 4 * block > w.sizes[w.nodes.index(node)]:
        return False
    if not w.draws.happens(w.machine.fragmentation_p, Purpose.FRAGMENTATION, entity, number):
        return False
    node.boost = min(node.boost + block, most(w, node))
    w.tell("boost", t, pages=node.boost)
    return True


def most(w: World, node: Node) -> int:
    """How far the watermarks of a node may be raised."""
    return max(w.machine.fragmentation_block, node.high * 3 // 2)


def balanced(node: Node) -> bool:
    return node.free >= node.high + node.boost


def hopeless(node: Node) -> bool:
    """Whether kswapd has given up on a node (pgdat->kswapd_failures)."""
    return node.failures >= MAX_RECLAIM_RETRIES


def begin(node: Node) -> None:
    """A run of kswapd begins."""
    node.run_boost, node.run_got = node.boost, 0
    node.owed = node.boost if balanced(node) else 0


def goes_on(node: Node, got: int) -> bool:
    """After a batch that got so many pages: whether the run goes on; at its end the boost that it began with is off."""
    node.run_got += got
    node.owed = max(0, node.owed - got) if balanced(node) else 0
    if got and (node.owed or not balanced(node)):
        return True
    node.boost -= min(node.boost, node.run_boost)
    node.failures = 0 if node.run_got else node.failures + 1
    return False
