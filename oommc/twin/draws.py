"""Draws: every random number is a pure function of (seed, schedule, purpose, entity, index).

Philox4x64-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11), bit for bit that of
`numpy.random.Philox`. The key is (seed, KEY), the counter (index // 4, entity, purpose, schedule); draw
number `index` is word `index % 4` of that block.
"""

from enum import IntEnum

MASK = (1 << 64) - 1
KEY = 0x6F6F6D6D63  # "oommc"


class Purpose(IntEnum):
    """What a number is for; the entity is a thread but where said."""

    CACHE = 0  # entity: node
    RSS = 1  # entity: the first thread on the mm
    START = 2
    THINK = 3
    CHUNK = 4
    KEEP = 5
    HOLD = 6
    NO_FS = 7
    NORETRY = 8
    NOFAIL = 9
    PASS = 10
    WAKE = 11
    BLOCK_P = 12
    BLOCK = 13
    LOCK_P = 14
    LOCK_HOLDER = 15
    TAIL = 16
    UNREAPED_P = 17
    UNREAPED = 18
    PIN_P = 19
    PIN = 20
    REPORT = 21  # entity: 0; index: the schedule's report
    PREEMPT_P = 22
    PREEMPT = 23
    MMAP_LOCK_P = 24  # entity: the leader of the mm's owner
    RANDOM = 25  # index: how many have been killed
    WORK_P = 26
    WORK = 27
    WORK_CHUNK = 28
    TERM_P = 29
    TERM = 30
    STALL = 31  # entity: 0; index: the killer's poll
    SHARED = 32  # entity: class
    CORE_DUMP_P = 33  # entity: the leader, here and below
    CORE_DUMP = 34
    CORE_DUMP_CHUNK = 35
    FAULT_PASS = 36  # index: the thread's page fault
    FRAGMENTATION = 37  # index: the ask
    RESTART = 38  # entity: the leader
    PIN_HOLDER = 39
    PIN_CHUNK = 40
    LOCK = 41
    LOCK_CHUNK = 42
    ERRAND_PASS = 43  # index: the thread's errand
    HIGH_PASS = 44  # index: the ask


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """One block of Philox4x64-10: four words of 64 bits."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        low = c0 * 0xD2E7470EE14C6C93
        high = c2 * 0xCA5A826395121157
        c0, c1, c2, c3 = (high >> 64) ^ c1 ^ k0, high & MASK, (low >> 64) ^ c3 ^ k1, low & MASK
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & MASK, (k1 + 0xBB67AE8584CAA73B) & MASK
    return c0, c1, c2, c3


class Draws:
    """The numbers of one schedule."""

    def __init__(self, packed, seed: int, schedule: int) -> None:
        self.quantiles = packed.quantiles
        self.seed = seed
        self.schedule = schedule

    def word(self, purpose: Purpose, entity: int, index: int = 0) -> int:
        """A uniform of 64 bits."""
        block = philox((index >> 2, entity, int(purpose), self.schedule), (self.seed, KEY))
        return block[index & 3]

    def value(self, quantile: int, purpose: Purpose, entity: int, index: int = 0) -> int:
        """A value, in ns or pages, of the distribution with this number."""
        return self.quantiles[quantile](self.word(purpose, entity, index))

    def happens(self, p: int, purpose: Purpose, entity: int, index: int = 0) -> bool:
        """Whether something of probability p / 2^63 happens."""
        return p > 0 and (self.word(purpose, entity, index) >> 1) < p
