"""Which machine preset stands for what a report doesn't tell of its machine."""

from oommc.incident.model import Report

_SESSIONS = {
    "Xorg",
    "Xwayland",
    "gnome-shell",
    "plasmashell",
    "kwin_wayland",
    "kwin_x11",
    "xfce4-session",
    "cinnamon",
    "sway",
}
_SLOW_S = 0.05  # experiments/fit.py: consoles that hold the report up take 0.2 s and more, others 23 ms at most


def preset_of(report: Report) -> tuple[str, str]:
    """The preset's name, and why it is this one."""
    if report.is_of_2_6 and not any(task.oom_score_adj is not None for task in report.tasks):
        return "server-2006", "the kernel is older than 2.6.36"
    if report.printing_s is not None and report.printing_s >= _SLOW_S:
        return "server-serial-console", f"the report took {report.printing_s * 1e3:.0f} ms"
    if any(task.comm in _SESSIONS for task in report.tasks):
        return "desktop", "a desktop's session is in the table"
    return "server", "nothing points to another" if report.tasks else "the report doesn't tell"
