"""Invented OOM reports in the formats of the eras, for the tests of this folder; and where real ones are, if they are."""

from pathlib import Path

SHARED = next((up / "shared/data" for up in Path(__file__).resolve().parents if (up / "shared/data").is_dir()), Path())

HEADLESS_2_6_16 = """\
oom-killer: gfp_mask=0x201d2, order=0
Mem-info:
DMA per-cpu:
cpu 0 hot: high 0, batch 1 used:0
cpu 1 hot: high 0, batch 1 used:0
Active:60000 inactive:3000 dirty:0 writeback:0 unstable:0 free:1400 slab:9000 mapped:60000 pagetables:800
DMA free:2000kB min:80kB low:100kB high:120kB active:9000kB
inactive:0kB present:16384kB pages_scanned:9 all_unreclaimable? yes
lowmem_reserve[]: 0 0 496 496
Normal free:3600kB min:2800kB low:3500kB high:4200kB active:240000kB
inactive:12000kB present:507904kB pages_scanned:7 all_unreclaimable? no
lowmem_reserve[]: 0 0 0 0
Free swap:            0kB
Total swap = 0kB
131072 pages of RAM
4000 reserved pages
12 pages shared
0 pages swap cached
"""
KILL_2_6_16 = """\
Out of Memory: Kill process 700 (sh) score 4242 and children.
Out of memory: Killed process 711 (render).
"""

ERA_2_6_32 = """\
Jan 03 10:00:00 box kernel: httpd invoked oom-killer: gfp_mask=0x201da, order=0, oom_adj=0, oom_score_adj=0
Jan 03 10:00:00 box kernel: httpd cpuset=/ mems_allowed=0
Jan 03 10:00:00 box kernel: Pid: 1500, comm: httpd Not tainted 2.6.32-99.el6.x86_64 #1
Jan 03 10:00:00 box kernel: Mem-Info:
Jan 03 10:00:00 box kernel: Node 0 DMA32 per-cpu:
Jan 03 10:00:00 box kernel: CPU    0: hi:  186, btch:  31 usd:   0
Jan 03 10:00:00 box kernel: CPU    3: hi:  186, btch:  31 usd:   0
Jan 03 10:00:00 box kernel:  active_file:200 inactive_file:100 isolated_file:0
Jan 03 10:00:00 box kernel: Node 0 DMA free:15000kB min:40kB low:48kB high:60kB present:15360kB mlocked:0kB
Jan 03 10:00:00 box kernel: Node 0 DMA32 free:5900kB min:6000kB low:7500kB high:9000kB present:1032192kB
Jan 03 10:00:00 box kernel: 0 pages in swap cache
Jan 03 10:00:00 box kernel: Free swap  = 100kB
Jan 03 10:00:00 box kernel: Total swap = 204800kB
Jan 03 10:00:00 box kernel: 262144 pages RAM
Jan 03 10:00:00 box kernel: 8000 pages reserved
Jan 03 10:00:00 box kernel: [ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name
Jan 03 10:00:00 box kernel: [  400]     0   400     2700      100   1     -17         -1000 udevd
Jan 03 10:00:00 box kernel: [ 1500]    48  1500    53000      900   3       0             0 httpd
Jan 03 10:00:00 box kernel: [ 1600]   500  1600  1000000   200000   0       0             0 java
Jan 03 10:00:00 box kernel: Out of memory: Kill process 1600 (java) score 800 or sacrifice child
Jan 03 10:00:00 box kernel: Killed process 1600, UID 500, (java) total-vm:4000000kB, anon-rss:799000kB, file-rss:100kB
"""

MEMCG_3_7 = """\
[   50.100000] eater invoked oom-killer:gfp_mask=0xd0, order=0, oom_score_adj=0
[   50.100004] Pid: 2000, comm: eater Not tainted 3.7.0+ #1
[   50.100010] Task in /A/B killed as a result of limit of /A
[   50.100011] memory: usage 102400kB, limit 102400kB, failcnt 57
[   50.100012] memory+swap: usage 102400kB, limit 102400kB, failcnt 0
[   50.100013] Memory cgroup stats for /A: cache:32KB rss:30984KB mapped_file:0KB
[   50.100020] [ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name
[   50.100021] [ 1900]     0  1900     6000     1300      17        0             0 tmux: server
[   50.100022] [ 2000]     0  2000    21000    20000      42        0             0 eater
[   50.100030] Memory cgroup out of memory: Kill process 2001 (eater) score 700 or sacrifice child
[   50.100040] Killed process 2000 (eater) total-vm:84000kB, anon-rss:79000kB, file-rss:300kB
[   50.200000] oom_reaper: reaped process 2000 (eater), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB
"""

MODERN = """\
<4>[  100.500000][ T3000] cc1 invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO), order=0, oom_score_adj=0
<4>[  100.500001][ T3000] CPU: 5 UID: 1000 PID: 3000 Comm: cc1 Tainted: G S  O  6.8.0-rc1+ #2
<4>[  100.500002][ T3000] Call Trace:
<4>[  100.500003][ T3000] Mem-Info:
<4>[  100.500004][ T3000]  active_file:51 inactive_file:569 isolated_file:0
<4>[  100.500005][ T3000] Node 0 active_anon:900kB inactive_anon:200kB all_unreclaimable? no
<4>[  100.500006][ T3000] Node 0 DMA free:13000kB boost:0kB min:68kB low:84kB high:100kB present:15992kB managed:15360kB
<4>[  100.500007][ T3000] Node 0 Normal free:59000kB boost:8kB min:59100kB low:74000kB high:88000kB present:4100000kB managed:4000000kB
<4>[  100.500008][ T3000] 1029000 pages RAM
<6>[  100.500010][ T3000] Tasks state (memory values in pages):
<6>[  100.500011][ T3000] [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
<6>[  100.500012][ T3000] [    500]     0   500    11000      350      288       62         0    81920        0          -250 systemd-journal
<6>[  100.500013][ T3000] [    600]  1000   600     6800     1600     1536       64         0    90112        0           100 (sd-pam)
<6>[  100.500014][ T3000] [   3000]  1000  3000   140000   130000   129000     1000         0  1097728        5             0 cc1
<6>[  100.500015][ T3000] [   3001]  1000  3001   900000   790000   789000     1000         0  6097728        5             0 ld
<6>[  100.500016][ T3000] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/u,task=ld,pid=3001,uid=1000
<3>[  100.501000][ T3000] Out of memory: Killed process 3001 (ld) total-vm:3600000kB, anon-rss:3156000kB, file-rss:4000kB, shmem-rss:0kB, UID:1000 pgtables:5955kB oom_score_adj:0
<6>[  100.601000][   T35] oom_reaper: reaped process 3001 (ld), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB
"""
