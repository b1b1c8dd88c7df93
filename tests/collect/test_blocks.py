"""Which blocks are missing."""

from hypothesis import given
from hypothesis import strategies as st

from oommc.collect.blocks import Block, Plan, Shard


def test_fresh_run_with_a_short_last_block():
    plan = Plan("s", ["a", "b"], [{}, {}], size=10, schedules=25)
    both = ("a", "b")
    assert list(plan.missing()) == [
        Block("s", 0, 0, 10, both),
        Block("s", 1, 10, 10, both),
        Block("s", 2, 20, 5, both),
    ]
    assert plan.left() == 25


def test_more_schedules_compute_the_short_block_anew():
    plan = Plan("s", ["a"], [{0: 10, 1: 5}], size=10, schedules=30)
    assert [(block.n, block.count) for block in plan.missing()] == [(1, 10), (2, 10)]
    assert plan.left() == 20


def test_a_block_is_missing_of_some_policies_only():
    plan = Plan("s", ["a", "b"], [{0: 10, 1: 10}, {1: 10}], size=10, schedules=20)
    assert list(plan.missing()) == [Block("s", 0, 0, 10, ("b",))]


def test_fewer_schedules_than_there_are():
    assert list(Plan("s", ["a"], [{0: 10, 1: 10}], size=10, schedules=5).missing()) == []


def test_a_huge_run_is_planned_lazily():
    plan = Plan("s", ["a"], [{0: 10_000}], size=10_000, schedules=10**12)
    assert next(plan.missing()).n == 1 and plan.left() == 10**12 - 10_000


@given(
    schedules=st.integers(1, 60),
    size=st.integers(1, 20),
    held=st.lists(st.dictionaries(st.integers(0, 70), st.integers(1, 20)), min_size=1, max_size=3),
)
def test_left_is_the_sum_of_what_is_missing(schedules, size, held):
    plan = Plan("s", list("abc"[: len(held)]), held, size, schedules)
    assert plan.left() == sum(block.count for block in plan.missing())


@given(schedules=st.integers(1, 60), more=st.integers(0, 60), size=st.integers(1, 20), of=st.integers(1, 7))
def test_shards_part_the_blocks_and_keep_theirs_when_there_are_more(schedules, more, size, of):
    def numbers(shard, count):
        return [block.n for block in Plan("s", ["a"], [{}], size, count, shard).missing()]

    shards = [Shard(index, of) for index in range(of)]
    everything = [block.n for block in Plan("s", ["a"], [{}], size, schedules).missing()]
    assert sorted(n for shard in shards for n in numbers(shard, schedules)) == everything
    for shard in shards:
        assert numbers(shard, schedules + more)[: len(numbers(shard, schedules))] == numbers(shard, schedules)
        plan = Plan("s", ["a"], [{1: size}], size, schedules, shard)
        assert plan.left() == sum(block.count for block in plan.missing())
