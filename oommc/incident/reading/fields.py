"""Entries whose fields have a line each: `journalctl -o verbose`, `export` as text, and Google Cloud's YAML.

As systemd 257 prints them (src/shared/logs-show.c, output_verbose(), output_export()), and as `gcloud logging read`
does, whose fields are sorted by their names.
"""

import re

_VERBOSE = re.compile(r"\S{0,12} ?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S{0,10}) \S{1,8} \[s=", re.ASCII)
_FIELD = re.compile(r"\s{0,16}([A-Z_][A-Z0-9_]{0,63})=(.*)", re.ASCII | re.DOTALL)
_YAML = "insertId: "
_YAML_FIELD = re.compile(r"\s{0,40}([\w./-]{1,120}):(?: (.*))?", re.DOTALL)


def begun(line: str) -> dict[str, str] | None:
    """The entry that this line begins, if it begins one."""
    if "[s=" in line and (verbose := _VERBOSE.match(line)):
        return {"timestamp": verbose[1]}
    if line.startswith(_YAML):
        return {_YAML: line}
    return {"__CURSOR": line[9:]} if line.startswith("__CURSOR=") else None


def added(entry: dict[str, str], line: str) -> bool:
    """Whether the line is the entry's, too; its field is in the entry then."""
    if _YAML in entry:
        return _added_to_yaml(entry, line)
    first = line[:1]
    if (field := _FIELD.match(line)) and (first.isspace() or ("__CURSOR" in entry and field[1] != "__CURSOR")):
        entry.setdefault(field[1], field[2].rstrip())
        return True
    return first.isspace() and bool(line.strip())  # a field's next line, which says nothing by itself


def _added_to_yaml(entry: dict[str, str], line: str) -> bool:
    field = _YAML_FIELD.fullmatch(line)
    if field is None or line.startswith(_YAML):
        return False
    value = (field[2] or "").strip()
    if value[:1] == "'" == value[-1:]:
        value = value[1:-1].replace("''", "'")
    elif value[:1] == '"' == value[-1:]:
        value = value[1:-1].replace('\\"', '"')
    entry.setdefault(field[1], value)
    return True
