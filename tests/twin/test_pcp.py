"""Per-CPU lists: many pages at once are as one after the other, as the kernel frees them."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from oommc.twin import pcp
from oommc.twin.world import Node


@given(st.integers(1, 40), st.integers(0, 160), st.lists(st.integers(0, 900), max_size=5))
def test_pages_freed_at_once_are_as_freed_one_by_one(batch, more, frees):
    high = batch + more
    world = SimpleNamespace(machine=SimpleNamespace(pcp_high=high, pcp_batch=batch, cpus=2), now=0)
    node = Node(0, 0, 1, 2, 3, [0, 0])
    free = listed = 0
    for pages in frees:
        pcp.free(world, None, node, pages)
        for _ in range(pages):  # free_hot_cold_page()
            listed += 1
            if listed >= high:
                listed -= batch
                free += batch
        assert (node.free, node.lists) == (free, [listed, 0])
        assert node.room == free + listed
