"""Which zones an ask may use, and whether they have what it asks for: the allocator's rules on a report's numbers.

* The mask names the highest zone (include/linux/gfp.h, gfp_zone(), 2.6.30 to 6.12: bits 0x1 DMA, 0x2 HIGHMEM,
  0x4 DMA32, 0x8 MOVABLE; only HIGHMEM with MOVABLE comes to ZONE_MOVABLE). The zones below it serve it, too.
* A zone gives a page if more are free than its mark and what it keeps from asks for higher zones, lowmem_reserve
  (mm/page_alloc.c, __zone_watermark_ok()). From 4.4 on a larger ask needs one block of its size besides; before, of
  each order up to it enough had to be free, half as much each time.
* A block of the types highatomic, CMA or isolated isn't there for an ordinary ask (the same function; letters as
  show_migration_types() prints them: H, C, I).
"""

import re

from oommc.incident.model import Report, Zone

_RANKS = ("DMA", "DMA32", "Normal", "HighMem", "Movable", "Device")
_DMA, _HIGHMEM, _DMA32, _MOVABLE = 0x1, 0x2, 0x4, 0x8
_ONE_BLOCK_SUFFICES = (4, 4)


def kind(zone: Zone) -> str:
    """`Normal` of `Node 0 Normal`."""
    return zone.zone.split()[-1]


def node(zone: Zone) -> int:
    """The zone's node; 0 where the report names none."""
    words = zone.zone.split()
    return int(words[1]) if words[0] == "Node" and words[1].isdecimal() else 0


def allowed_nodes(report: Report) -> set[int] | None:
    """The nodes that the ask may use; None where the report doesn't tell."""
    told = [nodes for text in (report.mems_allowed, report.nodemask) if (nodes := node_list(text))]
    return set.intersection(*told) if told else None


def node_list(text: str | None) -> set[int] | None:
    """The numbers of `0-1,4`, as bitmap_parselist() writes them; None if it is nothing like that."""
    nodes: set[int] = set()
    for part in (text or "").split(","):
        match = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", part, re.ASCII)
        if match is None:
            return None
        nodes.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return nodes


def highest(gfp: str | None) -> str:
    """The highest zone that an ask with this mask may use; any where the mask isn't told."""
    match = re.match(r"0x([0-9a-fA-F]{1,8})", gfp or "", re.ASCII)
    if match is None:
        return "Movable"
    bits = int(match[1], 16)
    if bits & _HIGHMEM:
        return "Movable" if bits & _MOVABLE else "HighMem"
    return "DMA" if bits & _DMA else "DMA32" if bits & _DMA32 else "Normal"


def free_kb(zone: Zone) -> int:
    """What is free in it; 0 where the report doesn't tell."""
    return zone.free_kb or 0


def min_kb(zone: Zone) -> int:
    """Its mark min; 0 where the report doesn't tell."""
    return zone.min_kb or 0


def high_kb(zone: Zone) -> int:
    """Its mark high, or min where the report has only that."""
    return zone.high_kb or min_kb(zone)


def parted(report: Report) -> tuple[list[Zone], list[Zone]]:
    """The zones of the allowed nodes that have memory: those that the ask may use, and those too high for it."""
    nodes, top = allowed_nodes(report), _RANKS.index(highest(report.trigger.gfp))
    there = [z for z in report.zones if z.free_kb is not None and z.min_kb is not None and z.managed_kb != 0]
    there = [z for z in there if (z.present_kb != 0) and (nodes is None or node(z) in nodes)]
    return [z for z in there if _RANKS.index(kind(z)) <= top], [z for z in there if _RANKS.index(kind(z)) > top]


def kept_kb(report: Report, zone: Zone) -> int | None:
    """What a zone keeps from this ask below its free pages: min and lowmem_reserve; None where that isn't told."""
    top = _RANKS.index(highest(report.trigger.gfp))
    if zone.reserve is None:
        usable = parted(report)[0]
        return min_kb(zone) if kind(zone) == max((kind(z) for z in usable), key=_RANKS.index, default="") else None
    # The kernel's array has a place for each zone that it is built with; those seen, and Normal and Movable, are.
    built = sorted({_RANKS.index(kind(z)) for z in report.zones} | {_RANKS.index("Normal"), _RANKS.index("Movable")})
    place = sum(rank <= top for rank in built) - 1
    return min_kb(zone) + zone.reserve[max(0, min(place, len(zone.reserve) - 1))] * report.page_kb


def gives_page(report: Report, zone: Zone) -> bool:
    """Whether the zone is above its mark for one page of this ask."""
    kept = kept_kb(report, zone)
    return kept is not None and free_kb(zone) > kept


def blocks_kb(report: Report, zone: Zone) -> int | None:
    """What is free in blocks as large as the ask, or larger; None where the report doesn't tell."""
    if zone.blocks is None:
        return None
    order = max(0, report.trigger.order or 0)
    return sum(count << o for o, count in enumerate(zone.blocks) if o >= order) * report.page_kb


def gives_block(report: Report, zone: Zone, version: tuple[int, int]) -> bool:
    """Whether the zone has what the ask wants, of whatever order; without a list of its blocks: no."""
    kept = kept_kb(report, zone)
    if kept is None or zone.blocks is None or free_kb(zone) <= kept or not blocks_kb(report, zone):
        return False
    if version >= _ONE_BLOCK_SUFFICES:
        return True
    free, mark = free_kb(zone) // report.page_kb, kept // report.page_kb
    for order in range(report.trigger.order or 0):
        free -= zone.blocks[order] << order
        mark >>= 1
        if free <= mark:
            return False
    return True
