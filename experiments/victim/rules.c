/* The rule of rules.py in C: cc -shared -fPIC -O2 -ffp-contract=off -I "$(python -c 'import oommc; print(oommc.get_include())')" */
#include "oommc_victim.h"

double pages_per_second(const oommc_task *task, void *user_data)
{
    (void)user_data;
    return (double)(task->rss * (1000 + task->oom_score_adj)) / (1.0 + (double)task->cpu_ns / 1e9);
}
