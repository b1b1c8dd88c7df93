"""One block of memory for all arrays, which a list of them walks: to measure, to place, or to copy what is in use.

The lists are `lay_out` (workspace.pxd) and `arrays` (fork.pxd). A list gives an array the same place each time.
"""

from libc.stdint cimport int64_t
from libc.string cimport memcpy

from world cimport Span

cdef extern from *:
    """
    #if defined(__SANITIZE_ADDRESS__)
    #include <sanitizer/asan_interface.h>
    #define oommc_guard(at, bytes) ASAN_POISON_MEMORY_REGION(at, bytes)
    #else
    #define oommc_guard(at, bytes) ((void)0)
    #endif
    """
    void guard "oommc_guard"(void *at, size_t bytes) noexcept nogil

cdef enum:
    LINE = 64  # bytes; arrays begin so many apart or a multiple, with a gap between them

cdef struct Arena:
    char *block  # zeros at first; NULL while it is measured
    const char *source  # the block of which this becomes a copy; NULL where nothing is copied
    size_t used


cdef inline void *take_first(Arena *a, int64_t places, size_t size, int64_t number) noexcept nogil:
    """One of which the first places are copied."""
    copy(a, 0, number * size)
    return take(a, places, size)


cdef inline void copy(Arena *a, size_t offset, size_t bytes) noexcept nogil:
    """Bytes of the next array, where there is a source."""
    if a.source != NULL:
        memcpy(a.block + a.used + offset, a.source + a.used + offset, bytes)


cdef inline void *take(Arena *a, int64_t places, size_t size) noexcept nogil:
    """An array of so many places of so many bytes, of which nothing is copied."""
    cdef void *array = here(a)
    cdef size_t bytes = places * size, gap = LINE - bytes % LINE
    if a.block != NULL and a.source == NULL:
        guard(a.block + a.used + bytes, gap)
    a.used += bytes + gap
    return array


cdef inline void *here(const Arena *a) noexcept nogil:
    """Where the next array begins."""
    return a.block + a.used if a.block != NULL else NULL


cdef inline void *take_spans(Arena *a, int64_t places, size_t size, const Span *spans, int64_t number) noexcept nogil:
    """One of which these spans of places are copied."""
    cdef int64_t s
    for s in range(number if a.source != NULL else 0):
        copy(a, spans[s].first * size, (spans[s].end - spans[s].first) * size)
    return take(a, places, size)
