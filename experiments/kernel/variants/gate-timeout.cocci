// The bit of gate-before.cocci, which a second after the kill keeps nobody out any more.
// files: mm/oom_kill.c mm/page_alloc.c kernel/fork.c include/linux/oom.h
// simulator: mainline-6(gate=flag,gate_life=victim,timeout=1s)
@@
@@
+ static unsigned long oom_gate;
+ static struct mm_struct *oom_gate_mm;
+ static unsigned long oom_gate_since;
+
+ /* A kill may begin: nobody else's is in progress, or its time is over. */
+ int oom_gate_take(void)
+ {
+ 	if (READ_ONCE(oom_gate_mm) && time_after(jiffies, oom_gate_since + HZ))
+ 		WRITE_ONCE(oom_gate_mm, NULL);
+ 	else if (test_and_set_bit(0, &oom_gate))
+ 		return 0;
+ 	return 1;
+ }
+
+ /* The attempt is over; if it shot somebody the bit stays. */
+ void oom_gate_leave(void)
+ {
+ 	if (!READ_ONCE(oom_gate_mm))
+ 		clear_bit(0, &oom_gate);
+ }
+
+ /* The victim's mm is cleaned out. */
+ void oom_gate_give(struct mm_struct *mm)
+ {
+ 	if (mm != READ_ONCE(oom_gate_mm))
+ 		return;
+ 	WRITE_ONCE(oom_gate_mm, NULL);
+ 	clear_bit(0, &oom_gate);
+ }
+
  static void __oom_kill_process(struct task_struct *victim, const char *message)
  { ... }

@@
identifier task, text, mm;
@@
__oom_kill_process(struct task_struct *task, const char *text)
{
...
  mmgrab(mm);
+ if (test_bit(0, &oom_gate) && !oom_gate_mm) {
+ 	oom_gate_since = jiffies;
+ 	WRITE_ONCE(oom_gate_mm, mm);
+ }
...
}

@@
@@
  extern bool out_of_memory(struct oom_control *oc);
+ extern int oom_gate_take(void);
+ extern void oom_gate_leave(void);
+ extern void oom_gate_give(struct mm_struct *mm);

@@
identifier mm;
@@
__mmput(struct mm_struct *mm)
{
...
  exit_mmap(mm);
+ oom_gate_give(mm);
...
}

@@
@@
__alloc_pages_may_oom(...)
{
...
+ if (!oom_gate_take()) {
+ 	mutex_unlock(&oom_lock);
+ 	*did_some_progress = 1;
+ 	schedule_timeout_uninterruptible(1);
+ 	return NULL;
+ }
  page = get_page_from_freelist(...);
...
+ oom_gate_leave();
  mutex_unlock(&oom_lock);
  return page;
}
