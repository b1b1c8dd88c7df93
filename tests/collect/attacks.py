"""What somebody can do to a result directory: each attack takes its path, and leaves something there that isn't what
it says.

The directory holds `usemem` and `usemem-smp` under `baseline` and `patched`, 250 schedules in blocks of 100. Blocks
that are forged have the SHA-256 that they should, as if somebody knew how.
"""

import gzip
import hashlib
import io
import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import oommc
from oommc.collect import records
from oommc.collect.manifest import Manifest

POLICIES = "baseline,patched"


def made(out: Path, **more) -> oommc.Result:
    how = {"policies": POLICIES, "schedules": 250, "block": 100, "out": out, "workers": 1} | more
    return oommc.run(["usemem", "usemem-smp"], **how)


def _block(out: Path, policy: str = "baseline", n: int = 0, scenario: str = "usemem") -> Path:
    return out / "blocks" / scenario / policy / f"{n}.parquet"


def _swap(one: Path, other: Path) -> None:
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


def policies_swapped(out: Path) -> None:
    folder = out / "blocks/usemem"
    (folder / "baseline").rename(folder / "t")
    (folder / "patched").rename(folder / "baseline")
    (folder / "t").rename(folder / "patched")


def blocks_swapped(out: Path) -> None:
    _swap(_block(out, n=0), _block(out, n=1))


def block_doubled(out: Path) -> None:
    _block(out, n=1).write_bytes(_block(out, n=0).read_bytes())


def block_beyond(out: Path) -> None:
    _block(out, n=9).write_bytes(_block(out, n=0).read_bytes())


def of_another_scenario(out: Path) -> None:
    _block(out).write_bytes(_block(out, scenario="usemem-smp").read_bytes())


def of_another(out: Path, **more) -> None:
    other = out.parent / "other"
    made(other, **more)
    _block(out).write_bytes(_block(other).read_bytes())


def of_another_seed(out: Path) -> None:
    of_another(out, seed=2)


def of_another_block_size(out: Path) -> None:
    of_another(out, block=50)


def of_another_definition(out: Path) -> None:
    """The policies' definitions are changed in run.json, and its digest made right again."""
    path = out / "run.json"
    data = json.loads(path.read_bytes())
    data["policies"]["baseline"], data["policies"]["patched"] = (
        data["policies"]["patched"] | {"name": "baseline"},
        data["policies"]["baseline"] | {"name": "patched"},
    )
    fields = {name: data[name] for name in Manifest.__dataclass_fields__}
    path.write_bytes(Manifest(**fields).to_json())


def fewer_schedules_in_run_json(out: Path) -> None:
    path = out / "run.json"
    data = json.loads(path.read_bytes())
    path.write_text(json.dumps(data | {"schedules": 150}))


def truncated(out: Path) -> None:
    path = _block(out)
    path.write_bytes(path.read_bytes()[:-100])


def emptied(out: Path) -> None:
    _block(out).write_bytes(b"")


def bit_flipped_in_the_footer(out: Path) -> None:
    data = bytearray(_block(out).read_bytes())
    data[-20] ^= 4
    _block(out).write_bytes(data)


def bit_flipped_in_the_data(out: Path) -> None:
    data = bytearray(_block(out).read_bytes())
    data[len(data) // 3] ^= 4
    _block(out).write_bytes(data)


def a_pipe(out: Path) -> None:
    _block(out).unlink()
    os.mkfifo(_block(out))


def a_device(out: Path) -> None:
    _block(out).unlink()
    _block(out).symlink_to("/dev/zero")


def a_folder(out: Path) -> None:
    _block(out).unlink()
    _block(out).mkdir()


def endless(out: Path) -> None:
    """A file of 1 TB that takes no room."""
    os.truncate(_block(out), 10**12)


def a_file_for_a_folder(out: Path) -> None:
    folder = out / "blocks/usemem/baseline"
    folder.rename(out.parent / "away")
    folder.write_bytes(b"")


def forged(out: Path, table: pa.Table, **more) -> None:
    """A block of any content, with label and SHA-256 right."""
    label = f"{Manifest.read(out).label('usemem', 'baseline')}/0"
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, table.schema, **more) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"oommc.block": label, "oommc.checksum": "0" * 64})
    data = bytearray(buffer.getvalue())
    first = data.rfind(b"oommc.checksum") + len(b"oommc.checksum") + 2
    data[first : first + 64] = hashlib.sha256(data).hexdigest().encode()
    assert records.whole(bytes(data))
    _block(out).write_bytes(data)


def _changed(out: Path, **columns) -> None:
    table = pq.read_table(_block(out))
    for name, values in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, values)
    forged(out, table)


def of_other_types(out: Path) -> None:
    _changed(out, kills=pa.array(["x"] * 100))


def of_narrower_types(out: Path) -> None:
    _changed(out, kills=pa.array([1] * 100, pa.int8()))


def with_gaps(out: Path) -> None:
    _changed(out, kills=pa.array([None] * 100, pa.int64()))


def with_unknown_outcomes(out: Path) -> None:
    _changed(out, outcome=pa.DictionaryArray.from_arrays(pa.array([0] * 100, pa.int32()), ["undecided"]))


def with_fewer_columns(out: Path) -> None:
    forged(out, pq.read_table(_block(out)).drop_columns(["kills"]))


def without_rows(out: Path) -> None:
    forged(out, pq.read_table(_block(out)).slice(0, 0))


def with_too_many_rows(out: Path) -> None:
    """100 KB that would unpack to half a GB."""
    rows = 2_000_000
    none = pa.array(np.zeros(rows, np.int64))
    words = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), ["recovered"])
    table = {name: words if name in ("policy", "outcome") else none for name in records.COLUMNS}
    forged(out, pa.table(table), use_dictionary=True, compression="zstd")


def not_parquet(out: Path) -> None:
    label = f"{Manifest.read(out).label('usemem', 'baseline')}/0"
    data = bytearray(b"PAR1" + label.encode() + b"oommc.checksum" + b"\x18\x40" + b"0" * 64 + b"PAR1")
    data[-68:-4] = hashlib.sha256(data).hexdigest().encode()
    assert records.whole(bytes(data))
    _block(out).write_bytes(data)


BLOCKS = [
    policies_swapped,
    blocks_swapped,
    block_doubled,
    block_beyond,
    of_another_scenario,
    of_another_seed,
    of_another_block_size,
    of_another_definition,
    fewer_schedules_in_run_json,
    truncated,
    emptied,
    bit_flipped_in_the_footer,
    bit_flipped_in_the_data,
    a_pipe,
    a_device,
    a_folder,
    endless,
    a_file_for_a_folder,
    of_other_types,
    of_narrower_types,
    with_gaps,
    with_unknown_outcomes,
    with_fewer_columns,
    without_rows,
    with_too_many_rows,
    not_parquet,
]


def _file(out: Path) -> Path:
    return next((out / "sums/usemem").glob("*.json.gz"))


def _edited(out: Path, change, resealed: bool = True) -> None:
    """The sums with a change; `resealed`: with the SHA-256 that they should have then."""
    data = json.loads(gzip.decompress(_file(out).read_bytes()))
    was = data.pop("sha256")
    change(data)
    if resealed:
        was = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    _file(out).write_bytes(gzip.compress(json.dumps(data | {"sha256": was}, sort_keys=True).encode()))


def total_edited(out: Path) -> None:
    def change(data):
        data["whole"]["tally"]["policies"]["baseline"]["moments"]["total"][0] += 1

    _edited(out, change, resealed=False)


def without_a_checksum(out: Path) -> None:
    data = json.loads(gzip.decompress(_file(out).read_bytes()))
    del data["sha256"]
    _file(out).write_bytes(gzip.compress(json.dumps(data, sort_keys=True).encode()))


def fewer_blocks_said(out: Path) -> None:
    _edited(out, lambda data: data.update(blocks="1"))


def blocks_beyond_said(out: Path) -> None:
    _edited(out, lambda data: data.update(blocks="f" * 1000))


def moments_of_another_kind(out: Path) -> None:
    def change(data):
        data["whole"]["tally"]["policies"]["baseline"]["moments"]["total"][0] = "x"

    _edited(out, change)


def moments_missing(out: Path) -> None:
    def change(data):
        del data["whole"]["tally"]["policies"]["baseline"]["moments"]["squares"][3:]

    _edited(out, change)


def a_policy_missing(out: Path) -> None:
    _edited(out, lambda data: data["whole"]["tally"]["policies"].pop("baseline"))


def pairs_of_others(out: Path) -> None:
    def change(data):
        data["whole"]["tally"]["pairs"][0][0] = "nobody"

    _edited(out, change)


def bins_beyond_time(out: Path) -> None:
    def change(data):
        data["whole"]["sketches"]["baseline"]["low"][-1] = 2**63

    _edited(out, change)


def sums_that_are_a_list(out: Path) -> None:
    _file(out).write_bytes(gzip.compress(b"[]"))


def sums_nested_deeply(out: Path) -> None:
    _file(out).write_bytes(gzip.compress(b"[" * 10**6))


def sums_truncated(out: Path) -> None:
    _file(out).write_bytes(_file(out).read_bytes()[:-9])


def sums_with_something_behind(out: Path) -> None:
    _file(out).write_bytes(_file(out).read_bytes() + b"more")


def a_bomb(out: Path) -> None:
    """200 KB that unpack to 200 MB."""
    _file(out).write_bytes(gzip.compress(b" " * 200_000_000, 9))


def sums_a_pipe(out: Path) -> None:
    path = _file(out)
    path.unlink()
    os.mkfifo(path)


def sums_doubled(out: Path) -> None:
    _file(out).with_name("0123456789abcdef.json.gz").write_bytes(_file(out).read_bytes())


def sums_of_another_scenario(out: Path) -> None:
    _file(out).write_bytes((out / "sums/usemem-smp" / _file(out).name).read_bytes())


def sums_of_another_seed(out: Path) -> None:
    other = out.parent / "other"
    made(other, seed=2, records=False)
    _file(out).write_bytes(_file(other).read_bytes())


SUMS = [
    total_edited,
    without_a_checksum,
    fewer_blocks_said,
    blocks_beyond_said,
    moments_of_another_kind,
    moments_missing,
    a_policy_missing,
    pairs_of_others,
    bins_beyond_time,
    sums_that_are_a_list,
    sums_nested_deeply,
    sums_truncated,
    sums_with_something_behind,
    a_bomb,
    sums_a_pipe,
    sums_doubled,
    sums_of_another_scenario,
    sums_of_another_seed,
    of_another_definition,
]


def a_schedule_twice(out: Path) -> None:
    """The last schedule of a block has the number of another."""
    table = pq.read_table(_block(out, n=0))
    schedules = np.array(table["schedule"]).copy()
    schedules[-1] = 7
    _changed(out, schedule=pa.array(schedules))


def of_another_policy_inside(out: Path) -> None:
    _changed(out, policy=pa.DictionaryArray.from_arrays(pa.array([0] * 100, pa.int32()), ["patched"]))


INSIDE = [a_schedule_twice, of_another_policy_inside]
"""Forged so well that only who checks every row sees it: `run`, `merge` and `check`."""
