// A planted mistake: MMF_OOM_SKIP is set when the victim is marked, so that nobody waits for it.
// files: mm/oom_kill.c
// simulator: mainline-6(abort_on=nothing)
@@
identifier task, mm;
@@
mark_oom_victim(struct task_struct *task)
{
...
struct mm_struct *mm = task->mm;
...
+ set_bit(MMF_OOM_SKIP, &mm->flags);
  __thaw_task(task);
...
}
