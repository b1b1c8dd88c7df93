import pytest

from oommc.incident.reading.prefix import split


@pytest.mark.parametrize(
    ("raw", "text", "t_s", "stamp", "program"),
    [
        ("Killed process 1 (a)", "Killed process 1 (a)", None, None, None),
        ("[    7.5] text", "text", 7.5, None, None),
        ("[   56.419530][ T1770] text", "text", 56.41953, None, None),
        ("[   56.419530][    C0] text", "text", 56.41953, None, None),
        ("<6>[ 123.000001] text", "text", 123.000001, None, None),
        ("Jan  3 10:00:00 box kernel: [ 123.25] text", "text", 123.25, "Jan  3 10:00:00", "kernel"),
        ("Jan  3 10:00:00 box kernel: text", "text", None, "Jan  3 10:00:00", "kernel"),
        ("3. Jän 10:00:00 box kernel: text", "text", None, "3. Jän 10:00:00", "kernel"),
        (
            "2024-05-01T10:00:00.123456+02:00 box kernel: text",
            "text",
            None,
            "2024-05-01T10:00:00.123456+02:00",
            "kernel",
        ),
        (
            "2024-05-01T10:00:00,123456+02:00 a b: text",
            "a b: text",
            None,
            "2024-05-01T10:00:00,123456+02:00",
            None,
        ),
        ("[Thu Dec  7 00:05:14 2017] text", "text", None, "Thu Dec  7 00:05:14 2017", None),
        ("[Mi Mär  7 00:05:14 2017] text", "text", None, "Mi Mär  7 00:05:14 2017", None),
        ("[  12.345] box kernel: text", "text", 12.345, None, "kernel"),
        (
            "Feb 16 13:58:29 box earlyoom[1233]: mem avail: 1",
            "mem avail: 1",
            None,
            "Feb 16 13:58:29",
            "earlyoom",
        ),
        (
            "May 07 14:29:23 systemd-oomd[1852]: Killed /x",
            "Killed /x",
            None,
            "May 07 14:29:23",
            "systemd-oomd",
        ),
        ("Jun 12 06:39:16: mem avail:   607", "mem avail:   607", None, "Jun 12 06:39:16", None),
        ("> > [    1.5] text", "text", 1.5, None, None),
        ("[\xa0\xa01.5]\xa0text", "text", 1.5, None, None),
        ("making things: [   35.5] a invoked", "a invoked", 35.5, None, None),
        ("[ 1234]     0  1234 7 7 0 0 0 a", "[ 1234]     0  1234 7 7 0 0 0 a", None, None, None),
    ],
)
def test_split(raw, text, t_s, stamp, program):
    line = split(raw + "\r\n")
    assert (line.text, line.t_s, line.stamp.text, line.program) == (text, t_s, stamp, program)
    assert line.prefixed == (t_s is not None or stamp is not None)
