"""Philox4x64-10, bit for bit that of numpy.random.Philox (Salmon et al., SC'11).

A draw is a pure function of (seed, schedule, purpose, entity, index): the key is (seed, KEY), the counter
(index / 4, entity, purpose, schedule), and draw number `index` is word `index % 4` of that block.
"""

from libc.stdint cimport uint64_t

cdef extern from *:
    """
    #include <stdint.h>
    static inline uint64_t oommc_mulhi(uint64_t a, uint64_t b) {
        return (uint64_t)(((unsigned __int128)a * b) >> 64);
    }
    static inline void oommc_philox(uint64_t c[4], uint64_t k0, uint64_t k1) {
        for (int i = 0; i < 10; i++) {
            unsigned __int128 p = (unsigned __int128)c[0] * 0xD2E7470EE14C6C93u;
            unsigned __int128 q = (unsigned __int128)c[2] * 0xCA5A826395121157u;
            uint64_t c1 = c[1], c3 = c[3];
            c[0] = (uint64_t)(q >> 64) ^ c1 ^ k0;
            c[1] = (uint64_t)q;
            c[2] = (uint64_t)(p >> 64) ^ c3 ^ k1;
            c[3] = (uint64_t)p;
            k0 += 0x9E3779B97F4A7C15u;
            k1 += 0xBB67AE8584CAA73Bu;
        }
    }
    static inline void oommc_philox4(uint64_t c[4][4], uint64_t k0, uint64_t k1) {
        for (int i = 0; i < 10; i++) {
            for (int j = 0; j < 4; j++) {
                unsigned __int128 p = (unsigned __int128)c[j][0] * 0xD2E7470EE14C6C93u;
                unsigned __int128 q = (unsigned __int128)c[j][2] * 0xCA5A826395121157u;
                uint64_t c1 = c[j][1], c3 = c[j][3];
                c[j][0] = (uint64_t)(q >> 64) ^ c1 ^ k0;
                c[j][1] = (uint64_t)q;
                c[j][2] = (uint64_t)(p >> 64) ^ c3 ^ k1;
                c[j][3] = (uint64_t)p;
            }
            k0 += 0x9E3779B97F4A7C15u;
            k1 += 0xBB67AE8584CAA73Bu;
        }
    }
    """
    uint64_t mulhi "oommc_mulhi"(uint64_t a, uint64_t b) noexcept nogil
    void philox "oommc_philox"(uint64_t *counter, uint64_t k0, uint64_t k1) noexcept nogil
    # four blocks abreast: the multiplications of one wait for each other, those of four don't
    void philox4 "oommc_philox4"(uint64_t (*counters)[4], uint64_t k0, uint64_t k1) noexcept nogil

cdef enum:
    KEY = 0x6F6F6D6D63  # "oommc"

cdef enum Purpose:
    FOR_CACHE = 0
    FOR_RSS = 1
    FOR_START = 2
    FOR_THINK = 3
    FOR_CHUNK = 4
    FOR_KEEP = 5
    FOR_HOLD = 6
    FOR_NO_FS = 7
    FOR_NORETRY = 8
    FOR_NOFAIL = 9
    FOR_PASS = 10
    FOR_WAKE = 11
    FOR_BLOCK_P = 12
    FOR_BLOCK = 13
    FOR_LOCK_P = 14
    FOR_LOCK_HOLDER = 15
    FOR_TAIL = 16
    FOR_UNREAPED_P = 17
    FOR_UNREAPED = 18
    FOR_PIN_P = 19
    FOR_PIN = 20
    FOR_REPORT = 21
    FOR_PREEMPT_P = 22
    FOR_PREEMPT = 23
    FOR_MMAP_LOCK_P = 24
    FOR_RANDOM = 25
    FOR_WORK_P = 26
    FOR_WORK = 27
    FOR_WORK_CHUNK = 28
    FOR_TERM_P = 29
    FOR_TERM = 30
    FOR_STALL = 31
    FOR_SHARED = 32
    FOR_CORE_DUMP_P = 33
    FOR_CORE_DUMP = 34
    FOR_CORE_DUMP_CHUNK = 35
    FOR_FAULT_PASS = 36
    FOR_FRAGMENTATION = 37
    FOR_RESTART = 38
    FOR_PIN_HOLDER = 39
    FOR_PIN_CHUNK = 40
    FOR_LOCK = 41
    FOR_LOCK_CHUNK = 42
    FOR_ERRAND_PASS = 43
    FOR_HIGH_PASS = 44


cdef inline void words(uint64_t *block, uint64_t seed, uint64_t schedule, uint64_t purpose, uint64_t entity,
                       uint64_t index) noexcept nogil:
    """The four words of the block that draw number `index` stands in."""
    counter(block, schedule, purpose, entity, index)
    philox(block, seed, KEY)


cdef inline void counter(
    uint64_t *block, uint64_t schedule, uint64_t purpose, uint64_t entity, uint64_t index
) noexcept nogil:
    """The counter of the block that draw number `index` stands in."""
    block[0] = index >> 2
    block[1] = entity
    block[2] = purpose
    block[3] = schedule
