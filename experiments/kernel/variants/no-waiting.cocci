// Nobody waits for a victim in flight: the scan goes on where it would have stopped.
// files: mm/oom_kill.c
// simulator: mainline-6(abort_on=nothing)
@@
@@
oom_evaluate_task(...)
{
<...
- goto abort;
+ goto next;
...>
}
