"""One report with all that a report may have, ways to keep its lines, and what a reading of them says."""

from datetime import datetime, timedelta

from oommc.incident import read_file
from oommc.incident.cause import entry

REPORT = """\
Web Content invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO), order=0, oom_score_adj=100
Web Content cpuset=user.slice mems_allowed=0
CPU: 3 PID: 3000 Comm: Web Content Not tainted 6.1.0-13-amd64 #1 Debian 6.1.55-1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 out_of_memory+0xed/0x2e0
Mem-Info:
active_anon:120000 inactive_anon:800000 isolated_anon:0
 active_file:50 inactive_file:500 isolated_file:0
 unevictable:10 dirty:0 writeback:0
 slab_reclaimable:5000 slab_unreclaimable:9000
 mapped:300 shmem:200 pagetables:4000
 free:17500 free_pcp:50 free_cma:0
Node 0 active_anon:480000kB inactive_anon:3200000kB active_file:200kB inactive_file:2000kB kernel_stack:4000kB
Node 0 DMA free:13000kB boost:0kB min:68kB low:84kB high:100kB present:15992kB managed:15360kB
lowmem_reserve[]: 0 3900 3900 3900 3900
Node 0 Normal free:57000kB boost:0kB min:58000kB low:74000kB high:88000kB present:4100000kB managed:4000000kB
lowmem_reserve[]: 0 0 0 0 0
Node 0 DMA: 2*4kB (U) 1*8kB (U) 1*16kB (U) 3*4096kB (M) = 13000kB
Node 0 Normal: 9000*4kB (UME) 2500*8kB (UE) 62*16kB (U) 0*32kB = 57000kB
Free swap  = 0kB
Total swap = 204800kB
1028998 pages RAM
25158 pages reserved
Tasks state (memory values in pages):
[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
[    500]     0   500    11000      350    81920        0          -250 systemd-journal
[    600]  1000   600     6800     1600    90112        0           100 (sd-pam)
[   3000]  1000  3000   140000   130000  1097728        5           100 Web Content
[   3001]  1000  3001   900000   780000  6097728        5             0 tmux: server
oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=user.slice,mems_allowed=0,global_oom,task_memcg=/u,task=tmux: server,pid=3001,uid=1000
Out of memory: Killed process 3001 (tmux: server) total-vm:3600000kB, anon-rss:3116000kB, file-rss:4000kB, shmem-rss:0kB, UID:1000 pgtables:5955kB oom_score_adj:0
oom_reaper: reaped process 3001 (tmux: server), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB
"""
LINES = REPORT.splitlines()
BEGIN = datetime(2024, 5, 1, 10, 0, 0)


def each(prefix):
    """A line for each of the report's: `prefix` of its number and its time."""

    def made(lines):
        return [prefix(i, BEGIN + timedelta(microseconds=10 * i)) + line for i, line in enumerate(lines)]

    return made


def printk(i):
    return f"[{100 + i / 1e5:12.6f}] "


def told(path):
    """What a reading says, but for clocks and hosts, which not every form keeps."""
    (report,) = read_file(path)
    read = entry(report)
    for key in ("t_s", "stamp", "host"):
        read.pop(key)
    for victim in read["victims"]:
        for key in ("t_s", "reaped_t_s", "reaped_after_s"):
            victim.pop(key)
    return read
