"""What a block of schedules needs: three worlds of one scenario, the draws that they share,
and the memory of it all.
"""

from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport calloc
from libc.string cimport memset

from arena cimport Arena, take
from boot cimport populate
from fork cimport arrays
from skip cimport Cycle
from streams cimport STREAMS, room
from world cimport Stream, Streams, World

cdef struct Fate:  # of an mm
    int64_t condemned_by  # the number of the decision
    uint8_t preventive
    uint8_t innocent

cdef struct Workspace:
    char *memory  # of all arrays
    World prefix  # before the policies part
    World world
    World scratch  # for projections
    Streams streams
    int64_t *draws  # that the streams keep
    Cycle cycle
    Fate *fates  # of each mm in the original, while decisions are left out


cdef inline bint furnish(Workspace *s, const World *empty, int64_t programs) noexcept nogil:
    """Three worlds with the numbers of an empty one, of whose threads so many ever think. False: there is no memory.

    Who asks frees `memory`.
    """
    memset(s, 0, sizeof(Workspace))
    s.prefix = s.world = s.scratch = empty[0]
    s.prefix.streams = s.world.streams = s.scratch.streams = &s.streams
    # or all would begin in one set of the cache
    s.streams.room = max(16, min(8192, (1 << 17) // max(1, programs) & ~3)) + 8
    s.memory = <char *>calloc(1, lay_out(s, programs))
    if s.memory == NULL:
        return False
    lay_out(s, programs)
    populate(&s.prefix)
    populate(&s.world)
    populate(&s.scratch)
    room(&s.prefix, s.draws)
    return True


cdef inline size_t lay_out(Workspace *s, int64_t programs) noexcept nogil:
    """Give each array its place in the memory, if there is any; the bytes that it takes."""
    cdef Arena a = Arena(block=s.memory, source=NULL, used=0)
    cdef int64_t n_threads = s.world.n_threads
    arrays(&s.prefix, &a)
    arrays(&s.world, &a)
    arrays(&s.scratch, &a)
    s.streams.of = <Stream *>take(&a, n_threads * STREAMS, sizeof(Stream))
    s.draws = <int64_t *>take(&a, programs * STREAMS * s.streams.room, sizeof(int64_t))
    s.cycle.when = <int64_t *>take(&a, n_threads, sizeof(int64_t))
    s.cycle.burned = <int64_t *>take(&a, n_threads, sizeof(int64_t))
    s.cycle.passes = <int64_t *>take(&a, n_threads, sizeof(int64_t))
    s.cycle.rechecks = <int64_t *>take(&a, n_threads, sizeof(int64_t))
    s.cycle.state = <uint8_t *>take(&a, n_threads, sizeof(uint8_t))
    s.fates = <Fate *>take(&a, s.world.n_mms, sizeof(Fate))
    return a.used
