/* The face of a user's victim function: what it sees of a task, and what it is.
 *
 * The only place that lays the struct out. All fields are int64_t: memory in pages, times in ns, yes is 1.
 * docs/victim-functions.md says what a score means. oommc.get_include() is this file's folder.
 */
#ifndef OOMMC_VICTIM_H
#define OOMMC_VICTIM_H

#include <stdint.h>

typedef struct oommc_task {
    int64_t thread;         /* its place in the task list: 0 is the oldest */
    int64_t process;        /* number of its thread group, in the scenario's order */
    int64_t parent;         /* number of the parent's thread group; -1: none in the scenario */
    int64_t cls;            /* number of its [[process]] table in the scenario */
    int64_t threads;        /* threads of its group that have an mm */
    int64_t children;       /* thread groups that it is the parent of and whose leader has an mm */
    int64_t current;        /* the failed allocation is its group's */
    int64_t has_mm;
    int64_t rss;            /* pages that its mm holds or maps */
    int64_t swap;           /* pages of its mm that are swapped out */
    int64_t total_vm;       /* pages; at least rss and swap */
    int64_t mlocked;        /* pages */
    int64_t oom_adj;        /* -17 ... 15 */
    int64_t oom_score_adj;  /* -1000 ... 1000 */
    int64_t nice;
    int64_t root;
    int64_t rawio;          /* CAP_SYS_RAWIO */
    int64_t cpu_ns;         /* CPU time of its group */
    int64_t run_ns;         /* since its start */
    int64_t memcg;          /* number of its [[memcg]] table; -1: none that binds it */
    int64_t nodes;          /* bit n: it may use node n */
    int64_t signalled;      /* has SIGKILL */
    int64_t marked;         /* has TIF_MEMDIE */
    int64_t exiting;        /* has PF_EXITING */
    int64_t victim;         /* its mm is that of an earlier victim */
    int64_t now_ns;         /* since the schedule began; of the machine, as all below */
    int64_t kills;          /* in this schedule, so far */
    int64_t free;           /* pages free on the nodes that the failed ask may use */
    int64_t total;          /* pages that scores are measured by: of those nodes or of all, or the memcg's limit */
} oommc_task;

/* How much this task deserves to die; docs/victim-functions.md says what NaN and the infinities mean. */
typedef double (*oommc_victim_function)(const oommc_task *task, void *user_data);

#endif
