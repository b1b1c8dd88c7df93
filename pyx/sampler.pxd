"""Quantile functions: one uniform of 64 bits gives one value, monotonically, in integers only.

`oommc.distributions.quantile` builds the segments and specifies their evaluation.
"""

from libc.stdint cimport int64_t, uint64_t

from rng cimport mulhi

cdef extern from *:
    """
    static inline uint64_t oommc_ratio(uint64_t w, uint64_t width) {
        return (uint64_t)(((unsigned __int128)w << 64) / width);
    }
    """
    uint64_t ratio "oommc_ratio"(uint64_t w, uint64_t width) noexcept nogil
    int clz "__builtin_clzll"(uint64_t x) noexcept nogil

cdef enum Kind:
    CONSTANT = 0
    UNIFORM = 1
    TABLE = 2

cdef enum:
    OCTAVES = 32

cdef struct Segment:
    uint64_t start  # in u
    uint64_t width  # in u; 0 is 2^64
    int64_t kind
    int64_t base
    int64_t span  # UNIFORM: high - low
    int64_t table  # TABLE: its first knot
    int64_t bits  # TABLE: log2 of the cells in an octave

cdef struct Quantile:
    int64_t first  # segment
    int64_t segments


cdef inline int64_t evaluate(
    const Quantile *q, const Segment *segments, const int64_t *knots, uint64_t u
) noexcept nogil:
    """The value at probability u / 2^64."""
    cdef const Segment *s = segments + q.first
    cdef int64_t low = 0, high = q.segments, middle
    cdef uint64_t w
    while high - low > 1:
        middle = (low + high) >> 1
        if s[middle].start <= u:
            low = middle
        else:
            high = middle
    s += low
    if s.kind == CONSTANT:
        return s.base
    w = u - s.start
    if s.width != 0:
        w = ratio(w, s.width)
    if s.kind == UNIFORM:
        return s.base + <int64_t>mulhi(w, <uint64_t>(s.span + 1))
    return in_table(s, knots, w)


cdef inline int64_t in_table(const Segment *s, const int64_t *knots, uint64_t w) noexcept nogil:
    """Linear between knots that stand closer and closer towards both ends, octave by octave.

    Which half it is can't be predicted, so there is no branch on it: `upper` is 0 or −1, and (x ^ upper) − upper is x
    or −x.
    """
    cdef int64_t upper = -<int64_t>(w >> 63)
    cdef uint64_t t = w ^ <uint64_t>upper
    cdef int64_t side = s.table + (((<int64_t>OCTAVES << s.bits) + 1) & upper)
    cdef int64_t octave, i, a, rise
    cdef uint64_t x, rest
    if t < <uint64_t>1 << (63 - OCTAVES):
        return knots[side]
    octave = clz(t) - 1
    x = t << (octave + 2)
    rest = x << s.bits
    i = side + ((OCTAVES - 1 - octave) << s.bits) + <int64_t>(x >> (64 - s.bits))
    a = knots[i]
    rise = ((knots[i + 1] - a) ^ upper) - upper
    return a + ((<int64_t>mulhi(<uint64_t>rise, rest) ^ upper) - upper)
