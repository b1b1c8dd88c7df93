"""The console: one owner prints what everybody says (kernel/printk.c).

vprintk() puts text into the log buffer; whoever gets console_sem then prints all that is in it, what others add
meanwhile included, and who doesn't get it returns at once (release_console_sem(), read in 2.6.17 and 2.6.36). From 4.16
on (dbdda842fe96) a caller takes over from the owner; but from 4.2 on reports are printed under oom_lock, so there is
hardly ever a second caller, and no rule for it here.

A line goes out with interrupts off, and between two lines nobody is scheduled unless the kernel is fully preemptible:
on `preemption = "none"` the owner keeps its processor. The others share the rest; where there is none, CPU work in
progress ends so much later, and whatever else falls due happens at the end of the text (`engine.next_event`). With
"full" printing is CPU work like any other.
"""

from . import exit as exit_
from . import processors
from .world import LONGEST, State, Thread, World


def say(w: World, t: Thread, ns: int) -> bool:
    """Text of such a length: whether this thread has to print it, because nobody owns the console."""
    if w.printer:
        w.text = min(LONGEST, w.text + ns)
        return False
    w.printer = t
    printing(w, t, ns)
    return True


def printing(w: World, t: Thread, ns: int) -> None:
    """The owner begins to print."""
    if w.machine.preemption:
        return processors.burn(w, t, State.REPORT, ns)
    ns = min(ns, LONGEST)
    t.burned += ns
    t.state = State.PRINT
    processors.keep(w, t, ns)


def printed(w: World, t: Thread) -> bool:
    """The owner is through, unless others have added text. Whether it gives the console back."""
    if w.text:
        ns, w.text = w.text, 0
        printing(w, t, ns)
        return False
    w.printer = None
    exit_.let_notify(w)
    return True
