"""Each write, sync and rename of a run fails, or the process dies at it: what is there is whole, and the same command
goes on.

The quick test takes every 17th of them, `-m slow` all; the errors take turns.
"""

import shutil

import faults
import pytest

import oommc

pytestmark = pytest.mark.usefixtures("fast_engine")


def run(out, **more):
    how = {"policies": "baseline,patched", "schedules": 60, "block": 20, "workers": 1} | more
    return oommc.run("usemem", out=out, **how)


def anew(out, before, records):
    """A run in a new directory."""
    return run(out, records=records)


def extended(out, before, records):
    """More schedules and a policy more of a directory that is there."""
    return run(out, policies="baseline,patched,serialize-v1", schedules=90, records=records)


def merged(out, before, records):
    """What is there, and a share of more."""
    share = out.parent / "share"
    if not share.exists():
        run(share, schedules=120, shard="2/2", records=records)
    return oommc.merge([share, before] if records else [share], out)


def raced(out, before, records):
    """A run that writes choice.json too."""
    return run(out, schedules=3_000, block=500, choose="needless within 0.2")


def precise(out, before, records):
    """A run that writes run.json at each look."""
    return run(out, schedules=9_000, block=3_000, precision="needless=0.03", records=records)


WORK = [
    (anew, True),
    (anew, False),
    (extended, True),
    (extended, False),
    (merged, True),
    (merged, False),
    (raced, True),
    (precise, False),
]


def content(out):
    """The bytes of all files but those that name the machine or the run."""
    skipped = {"run.json", ".lock"}
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file() and p.name not in skipped}


def whole(out):
    """Nothing there is damaged, whatever is missing; summary.json may be that of before."""
    if not (out / "run.json").exists():
        assert not (out / "blocks").exists() and not (out / "sums").exists()
        return
    found = oommc.check(out)
    assert all("summary.json: not of what is there now" in line for line in found.wrong), found.wrong


def cleared(out, work, before):
    shutil.rmtree(out, ignore_errors=True)
    if work is extended:
        shutil.copytree(before, out)


def strike(work, records, tmp_path, every):
    before, reference = tmp_path / "before", tmp_path / "reference"
    run(before, records=records)
    cleared(reference, work, before)
    work(reference, before, records)
    expected, missing = content(reference), oommc.check(reference).missing
    out = tmp_path / "out"
    cleared(out, work, before)
    with faults.Disk(tmp_path / "out").used() as disk:
        work(out, before, records)
    steps = len(disk.done)
    assert steps > 20 and content(out) == expected
    kinds = [(faults.fails(error), stays) for error in faults.ERRORS.values() for stays in (True, False)]
    for at, n in enumerate(range(1, steps + 1, every)):
        for then, stays in (kinds[at % len(kinds)], (faults.dies, False)):
            cleared(out, work, before)
            disk = faults.Disk(out, n, then, stays)

            def struck(disk=disk):
                with disk.used():
                    work(out, before, records)

            if then is faults.dies:
                assert faults.in_a_process(struck) in (
                    99,
                    0,
                )  # sums of two blocks may be written at once: there are less steps
            else:
                try:
                    struck()
                except (oommc.RunError, oommc.InputError) as error:
                    assert str(out) in str(error) and "\n" not in str(error)
                else:
                    assert content(out) == expected
            whole(out)
            work(out, before, records)
            assert content(out) == expected, disk.done[n - 1]
            found = oommc.check(out)
            assert not found.wrong and not found.left and found.missing == missing


@pytest.mark.parametrize(("work", "records"), WORK)
def test_some_steps(work, records, tmp_path):
    strike(work, records, tmp_path, 37)


@pytest.mark.slow
@pytest.mark.parametrize(("work", "records"), WORK)
def test_every_step(work, records, tmp_path):
    strike(work, records, tmp_path, 1)
