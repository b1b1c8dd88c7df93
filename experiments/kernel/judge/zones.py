"""The guest's two zones, DMA32 and DMA, which are nodes to the simulator: what each has and when it refuses a page.

mm/page_alloc.c, 6.1 and 6.12: __setup_per_zone_wmarks() parts min_free_kbytes, 4·sqrt(kB), by what the zones manage at
boot; low and high are a quarter of that apart, or a thousandth of the zone. setup_per_zone_lowmem_reserve() keeps
1/256 of the higher zone in DMA from who may have pages of DMA32, victims too: to the simulator these aren't there.
"""

from dataclasses import dataclass
from math import isqrt

DMA = 3840  # pages: what the kernel manages of the first 16 MiB, in every report
BLOCK = 512  # pages: pageblock_nr_pages on x86-64, by which a boost raises the watermarks
RESERVE_RATIO = 256  # sysctl_lowmem_reserve_ratio of DMA


@dataclass(frozen=True)
class Early:
    """What the kernel manages when it sets its watermarks."""

    pages: int

    @property
    def min(self) -> int:
        """All zones' watermark, in pages: 4·sqrt(kB) kB."""
        return isqrt(4 * self.pages)

    @staticmethod
    def of_min(pages: int) -> "Early":
        """The machine whose zones' watermark that is."""
        return Early(pages**2 // 4)


@dataclass(frozen=True)
class Zone:
    """In pages. `reserved`: what the kernel manages, and nobody of user space gets."""

    managed: int
    reserved: int
    min: int
    low: int
    high: int


def zones(managed: int, late: int) -> tuple[Zone, Zone]:
    """DMA32 and DMA of a machine that manages so many pages in the end, `late` of them only after boot."""
    early = Early(managed - late)

    def zone(pages: int, reserve: int) -> Zone:
        least = early.min * pages // managed
        step = max(least // 4, pages // 1000)
        return Zone(pages, reserve, least, least + step, least + 2 * step)

    return zone(managed - DMA, 0), zone(DMA, (early.pages - DMA) // RESERVE_RATIO)
