/* The floor: what any discrete-event core has to do, and nothing else. Of n entities the one whose event is next is
 * found, an exponential is drawn, and the event is put back that much later.
 *
 * The draws are Philox4x64-10's (Salmon et al., SC'11), as the core's; every word of a block is used. An event is one
 * integer: its time, then its entity in the low bits, so that the least is the next and ties have an order. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define ENTITY_BITS 13
#define MEAN 1e6 /* ns */

static inline void multiply(uint64_t a, uint64_t b, uint64_t *high, uint64_t *low)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    *high = (uint64_t)(product >> 64);
    *low = (uint64_t)product;
}

/* One block: the four words of `counter` become random ones. */
void philox(uint64_t *counter, uint64_t k0, uint64_t k1)
{
    uint64_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], h0, l0, h1, l1;
    for (int round = 0; round < 10; round++) {
        multiply(c0, 0xD2E7470EE14C6C93u, &h0, &l0);
        multiply(c2, 0xCA5A826395121157u, &h1, &l1);
        c0 = h1 ^ c1 ^ k0;
        c1 = l1;
        c2 = h0 ^ c3 ^ k1;
        c3 = l0;
        k0 += 0x9E3779B97F4A7C15u;
        k1 += 0xBB67AE8584CAA73Bu;
    }
    counter[0] = c0, counter[1] = c1, counter[2] = c2, counter[3] = c3;
}

typedef struct {
    uint64_t seed, index, block[4];
} Stream;

static inline int64_t exponential(Stream *s)
{
    if ((s->index & 3) == 0) {
        s->block[0] = s->index >> 2, s->block[1] = s->block[2] = s->block[3] = 0;
        philox(s->block, s->seed, 0);
    }
    uint64_t word = s->block[s->index++ & 3];
    return (int64_t)(-MEAN * log(((word >> 11) + 0.5) * 0x1p-53));
}

static inline int64_t later(int64_t event, Stream *s)
{
    return event + (exponential(s) << ENTITY_BITS);
}

static int64_t *start(int64_t n, Stream *s)
{
    int64_t *events = malloc(n * sizeof *events);
    for (int64_t e = 0; events && e < n; e++)
        events[e] = later(e, s);
    return events;
}

/* Each returns the time of the last event in ns, or -1 without memory; all three the same. */

/* The least of all, looked for each time. */
int64_t scan(int64_t n, int64_t count, uint64_t seed)
{
    Stream s = {seed, 0, {0}};
    int64_t *events = start(n, &s), next = -1;
    if (!events)
        return -1;
    while (count--) {
        next = events[0];
        for (int64_t e = 1; e < n; e++)
            next = events[e] < next ? events[e] : next;
        events[next & ((1 << ENTITY_BITS) - 1)] = later(next, &s);
    }
    free(events);
    return next >> ENTITY_BITS;
}

/* The same in four chains, which a processor works on side by side. */
int64_t scan4(int64_t n, int64_t count, uint64_t seed)
{
    Stream s = {seed, 0, {0}};
    int64_t *events = start(n, &s), next = -1;
    if (!events)
        return -1;
    while (count--) {
        int64_t a = INT64_MAX, b = INT64_MAX, c = INT64_MAX, d = INT64_MAX, e = 0;
        for (; e + 4 <= n; e += 4) {
            a = events[e] < a ? events[e] : a;
            b = events[e + 1] < b ? events[e + 1] : b;
            c = events[e + 2] < c ? events[e + 2] : c;
            d = events[e + 3] < d ? events[e + 3] : d;
        }
        for (; e < n; e++)
            a = events[e] < a ? events[e] : a;
        a = b < a ? b : a;
        c = d < c ? d : c;
        next = c < a ? c : a;
        events[next & ((1 << ENTITY_BITS) - 1)] = later(next, &s);
    }
    free(events);
    return next >> ENTITY_BITS;
}

static inline void sink(int64_t *heap, int64_t n, int64_t at, int64_t event)
{
    for (int64_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && heap[child + 1] < heap[child])
            child++;
        if (event <= heap[child])
            break;
        heap[at] = heap[child];
    }
    heap[at] = event;
}

/* A binary heap, whose top is replaced. */
int64_t heap(int64_t n, int64_t count, uint64_t seed)
{
    Stream s = {seed, 0, {0}};
    int64_t *events = start(n, &s), next = -1;
    if (!events)
        return -1;
    for (int64_t at = n / 2; at-- > 0;)
        sink(events, n, at, events[at]);
    while (count--) {
        next = events[0];
        sink(events, n, 0, later(next, &s));
    }
    free(events);
    return next >> ENTITY_BITS;
}
