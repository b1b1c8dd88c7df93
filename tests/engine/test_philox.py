"""Draws: bit for bit those of numpy.random.Philox, in the core and in the twin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oommc.engine._core import philox_block
from oommc.twin.draws import KEY, philox

WORD = st.integers(0, 2**64 - 1)


def numpy_block(counter: list[int], key: list[int]) -> tuple[int, ...]:
    """NumPy adds one to the 256-bit counter before it makes a block."""
    number = sum(word << 64 * i for i, word in enumerate(counter)) - 1
    words = [number >> 64 * i & 2**64 - 1 for i in range(4)]
    generator = np.random.Philox(key=np.array(key, np.uint64), counter=np.array(words, np.uint64))
    return tuple(int(word) for word in generator.random_raw(4))


@given(st.lists(WORD, min_size=4, max_size=4), WORD)
def test_a_block_is_numpys(counter, seed):
    expected = numpy_block(counter, [seed, KEY])
    assert philox_block(counter, seed) == expected
    assert philox(tuple(counter), (seed, KEY)) == expected
