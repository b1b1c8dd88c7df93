/*
 * The guest: pid 1 of a machine that is driven out of memory as /plan says, and nothing else.
 *
 * /plan (written by guest.py) has a line for each sysctl, memory cgroup and distribution, and one for each process,
 * in the order in which they are made. Every process first gets its rss; when all have, they start together.
 * What happened goes to the second serial port when it is over, so that the kernel's own lines (first port) can't split it.
 *
 * Nothing here may allocate once the processes run: all is locked in memory, records lie in memory that is shared and
 * touched beforehand, and so survive their writers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, CELLS = 256, DISTS = 64, PROCESSES = 64, THREADS = 16, STALLS = 256, EXITS = 256 };
enum { IDLE, GROW, CHURN };

#define STALL_NS 4000000LL /* a tick at 250 Hz: what takes less was no wait for memory */

typedef int64_t ns_t;

struct stall { ns_t start, length; };

struct worker { /* what one thread leaves behind */
	int n_stalls;
	struct stall stalls[STALLS];
	ns_t quick_ns; /* of a processor, for touching pages without a stall */
	long quick_pages;
};

struct process {
	char name[16], memcg[16], shares[16];
	int kind, threads, adj, frozen;
	long rss, target;
	ns_t hold; /* -1: for ever */
	int start, think, chunk, keep; /* distributions */
	int pid;
	char *memory;
	_Atomic long touched;
	_Atomic int ready, done, asking; /* asking: threads inside an ask */
	struct worker workers[THREADS];
};

static struct shared {
	struct process of[PROCESSES];
	int n;
	_Atomic int go;
} *all;

static ns_t dists[DISTS][CELLS];
static uint64_t seed;
static ns_t horizon, settle;
static struct { int pid, status; ns_t at; } exits[EXITS];
static char *killer[8]; /* a killer in user space: its command */
static int killer_first, killer_percent;
static ns_t below = -1; /* when no more than that share of memory was available */
static int n_exits, out = -1;

static ns_t read_clock(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static ns_t now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static void rest(ns_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };
	while (ns > 0 && nanosleep(&t, &t) && errno == EINTR)
		;
}

static void say(const char *text)
{
	for (size_t n = strlen(text); n > 0;) {
		ssize_t done = write(out, text, n);
		if (done <= 0)
			return;
		text += done, n -= done;
	}
}

#define tell(...) do { char line_[512]; snprintf(line_, sizeof line_, __VA_ARGS__); say(line_); } while (0)

/* The lab can't go on: say so and switch off. */
#define fail(...) do { tell("error " __VA_ARGS__); say("\n"); sync(); reboot(RB_AUTOBOOT); for (;;) pause(); } while (0)

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail("%s: can't write %s: %s", path, text, strerror(errno));
	close(fd);
}

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static ns_t draw(int dist, uint64_t *state)
{
	return dists[dist][splitmix(state) % CELLS];
}

/* One ask: every page of it is touched. */
static void touch(struct process *p, struct worker *w, char *from, long pages)
{
	ns_t start = now(), used = read_clock(CLOCK_THREAD_CPUTIME_ID);
	p->asking++;
	for (long i = 0; i < pages; i++)
		*(volatile char *)(from + i * PAGE) = 1;
	p->asking--;
	ns_t length = now() - start;
	if (length < STALL_NS) {
		w->quick_ns += read_clock(CLOCK_THREAD_CPUTIME_ID) - used, w->quick_pages += pages;
	} else if (w->n_stalls < STALLS) {
		w->stalls[w->n_stalls++] = (struct stall){ start, length };
	}
}

static void grow(struct process *p, struct worker *w, uint64_t *state)
{
	for (;;) {
		rest(draw(p->think, state));
		long pages = draw(p->chunk, state), at = atomic_fetch_add(&p->touched, pages);
		if (at >= p->target)
			break;
		touch(p, w, p->memory + at * PAGE, at + pages > p->target ? p->target - at : pages);
	}
	p->done = 1;
	if (p->hold >= 0) {
		rest(p->hold);
		_exit(0);
	}
}

static void churn(struct process *p, struct worker *w, uint64_t *state)
{
	long most = 0;
	for (int i = 0; i < CELLS; i++)
		most = dists[p->chunk][i] > most ? dists[p->chunk][i] : most;
	char *from = mmap(NULL, most * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	for (;;) {
		rest(draw(p->think, state));
		touch(p, w, from, draw(p->chunk, state));
		rest(draw(p->keep, state));
		madvise(from, most * PAGE, MADV_DONTNEED);
	}
}

struct thread { struct process *p; int number; };

_Noreturn static void *work(void *arg)
{
	struct thread *t = arg;
	struct process *p = t->p;
	struct worker *w = &p->workers[t->number];
	uint64_t state = seed * 1000003 + (p - all->of) * THREADS + t->number;
	splitmix(&state);
	mlock(w, sizeof *w);
	p->ready++;
	while (!all->go)
		syscall(SYS_futex, &all->go, 0 /* FUTEX_WAIT */, 0, NULL);
	rest(draw(p->start, &state));
	if (p->kind == GROW)
		grow(p, w, &state);
	else if (p->kind == CHURN)
		churn(p, w, &state);
	for (;;)
		pause();
}

_Noreturn static int sharer(void *arg)
{
	struct process *p = arg;
	p->pid = syscall(SYS_getpid);
	prctl(PR_SET_NAME, p->name);
	p->ready++;
	for (;;)
		syscall(SYS_pause);
}

static void adjust(struct process *p)
{
	char text[16];
	snprintf(text, sizeof text, "%d", p->adj);
	put("/proc/self/oom_score_adj", text);
}

/* What a process is: its place, its rss, its sharers, its threads. */
_Noreturn static void live(struct process *p)
{
	static struct thread threads[THREADS];
	static char stacks[PROCESSES][16384] __attribute__((aligned(16)));
	prctl(PR_SET_NAME, p->name);
	adjust(p);
	if (p->memcg[0]) {
		char path[64];
		snprintf(path, sizeof path, "/group/%s/cgroup.procs", p->memcg);
		put(path, "0");
	}
	long span = p->rss > p->target ? p->rss : p->target;
	for (int i = 0; i < CELLS && p->kind == GROW; i++)
		span = span > p->target + dists[p->chunk][i] ? span : p->target + dists[p->chunk][i];
	if (span)
		p->memory = mmap(NULL, span * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p->memory == MAP_FAILED)
		fail("%s: no address space", p->name);
	for (long i = 0; i < p->rss; i++)
		p->memory[i * PAGE] = 1;
	p->touched = p->rss;
	for (int i = 0; i < all->n; i++) {
		struct process *q = &all->of[i];
		if (!strcmp(q->shares, p->name) && clone(sharer, stacks[i] + sizeof stacks[i], CLONE_VM | SIGCHLD, q) < 0)
			fail("%s: clone: %s", q->name, strerror(errno));
	}
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	for (int i = 0; i < p->threads; i++) {
		pthread_t id;
		threads[i] = (struct thread){ p, i };
		if (i && pthread_create(&id, &attr, work, &threads[i]))
			fail("%s: can't make a thread", p->name);
	}
	work(&threads[0]);
}

/* What it says goes to the kernel's log. */
static void start_killer(void)
{
	if (!killer[0] || fork())
		return;
	int log = open("/dev/kmsg", O_WRONLY);
	dup2(log, 1), dup2(log, 2);
	execv(killer[0], killer);
	_exit(127);
}

/* Whether no more is available than the killer's threshold, by /proc/meminfo. */
static int scarce(void)
{
	static char text[512];
	static int file = -1;
	long all = 0, some = 0;
	if (file < 0)
		file = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	if (pread(file, text, sizeof text - 1, 0) > 0)
		sscanf(text, "MemTotal: %ld kB MemFree: %*d kB MemAvailable: %ld", &all, &some);
	return some * 100 <= all * killer_percent;
}

static void read_plan(void)
{
	FILE *plan = fopen("/plan", "r");
	char line[8192], path[128], text[128];
	long limit;
	int group;
	while (plan && fgets(line, sizeof line, plan)) {
		struct process *p = &all->of[all->n];
		if (sscanf(line, "run %lu %ld %ld", &seed, &horizon, &settle) == 3)
			continue;
		if (sscanf(line, "write %127s %127[^\n]", path, text) == 2) {
			put(path, text);
		} else if (sscanf(line, "memcg %127s %ld %d", text, &limit, &group) == 3) {
			snprintf(path, sizeof path, "/group/%.64s", text);
			mkdir(path, 0755);
			char file[160], value[32];
			snprintf(file, sizeof file, "%s/memory.max", path);
			snprintf(value, sizeof value, "%ld", limit);
			put(file, value);
			snprintf(file, sizeof file, "%s/memory.oom.group", path);
			put(file, group ? "1" : "0");
		} else if (sscanf(line, "killer %d %d", &killer_first, &killer_percent) == 2) {
			strtok(line, " \n"), strtok(NULL, " \n"), strtok(NULL, " \n");
			for (int i = 0; i < 7 && (killer[i] = strtok(NULL, " \n")); i++)
				killer[i] = strdup(killer[i]);
		} else if (!strncmp(line, "dist ", 5)) {
			char *at = line + 5;
			int d = strtol(at, &at, 10);
			for (int i = 0; i < CELLS; i++)
				dists[d][i] = strtoll(at, &at, 10);
		} else if (sscanf(line, "process %15s %d %d %d %d %ld %ld %ld %d %d %d %d memcg=%15s shares=%15s", p->name, &p->kind,
				  &p->threads, &p->adj, &p->frozen, &p->rss, &p->target, &p->hold, &p->start, &p->think, &p->chunk,
				  &p->keep, p->memcg, p->shares) == 14) {
			p->memcg[0] = p->memcg[0] == '-' ? 0 : p->memcg[0];
			p->shares[0] = p->shares[0] == '-' ? 0 : p->shares[0];
			all->n++;
		} else {
			fail("/plan: %.60s", line);
		}
	}
	if (!all->n)
		fail("/plan: no process");
}

static void reap(void)
{
	int status, pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0 && n_exits < EXITS) {
		exits[n_exits].pid = pid, exits[n_exits].status = status, exits[n_exits++].at = now();
	}
}

static int alive(const struct process *p)
{
	for (int i = 0; i < n_exits; i++)
		if (exits[i].pid == p->pid)
			return 0;
	return 1;
}

/* Somebody is still growing, or asks in vain. */
static int busy(void)
{
	for (struct process *p = all->of; p < all->of + all->n; p++)
		if (alive(p) && ((p->kind == GROW && !p->done) || p->asking))
			return 1;
	return 0;
}

/* As one line each: what the trace says, without its head. */
static void copy(const char *path, const char *word)
{
	static char line[1024];
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		if (line[0] != '#') {
			say(word);
			say(line);
		}
	if (file)
		fclose(file);
}

static void freeze(void)
{
	int any = 0;
	char text[16];
	for (struct process *p = all->of; p < all->of + all->n; p++)
		if (p->frozen) {
			if (!any++ && (mkdir("/freezer", 0755), mount("cgroup", "/freezer", "cgroup", 0, "freezer")))
				fail("no freezer: %s", strerror(errno));
			mkdir("/freezer/ice", 0755);
			snprintf(text, sizeof text, "%d", p->pid);
			put("/freezer/ice/cgroup.procs", text);
		}
	if (any)
		put("/freezer/ice/freezer.state", "FROZEN");
}

int main(void)
{
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
	mount("group", "/group", "cgroup2", 0, NULL);
	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	out = open("/dev/ttyS1", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	put("/group/cgroup.subtree_control", "+memory");
	read_plan();
	for (struct process *p = all->of; p < all->of + all->n; p++) {
		if (p->shares[0])
			continue; /* its owner makes it */
		int pid = fork();
		if (!pid)
			live(p);
		p->pid = pid;
	}
	for (struct process *p = all->of; p < all->of + all->n; p++)
		while (p->ready < p->threads)
			rest(1000000);
	freeze();
	if (killer_first) { /* with processes to choose from: earlyoom 1.7 tries that first, and sleeps if there are none */
		start_killer();
		rest(500000000);
	}
	mlockall(MCL_CURRENT | MCL_FUTURE);
	sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ 50 });

	char line[64];
	snprintf(line, sizeof line, "<6>lab: start %ld\n", now());
	put("/dev/kmsg", line);
	struct sysinfo memory;
	sysinfo(&memory);
	ns_t start = now(), calm = start;
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	if (!killer_first)
		start_killer();
	all->go = 1;
	syscall(SYS_futex, &all->go, 1 /* FUTEX_WAKE */, 1 << 20);
	while (now() - start < horizon && now() - calm < settle) {
		sigtimedwait(&child, NULL, &(struct timespec){ 0, 10000000 });
		reap();
		if (killer[0] && below < 0 && scarce())
			below = now();
		if (busy())
			calm = now();
	}
	ns_t end = now();
	int late = end - start >= horizon;

	tell("start %ld %lu\n", start, memory.freeram / PAGE);
	if (below >= 0)
		tell("below %ld\n", below);
	for (struct process *p = all->of; p < all->of + all->n; p++) {
		tell("process %.15s %d\n", p->name, p->pid);
		for (int i = 0; i < p->threads; i++) {
			struct worker *w = &p->workers[i];
			tell("quick %.15s %ld %ld\n", p->name, w->quick_pages, w->quick_ns);
			for (int s = 0; s < w->n_stalls; s++)
				tell("stall %.15s %ld %ld\n", p->name, w->stalls[s].start, w->stalls[s].length);
		}
		if (p->asking && alive(p))
			tell("waiting %.15s\n", p->name);
	}
	for (int i = 0; i < n_exits; i++)
		tell("exit %d %ld %d\n", exits[i].pid, exits[i].at, exits[i].status);
	copy("/sys/kernel/tracing/trace", "trace ");
	copy("/proc/vmstat", "vmstat ");
	tell("end %ld %d\n", end, late);
	fsync(out);
	reboot(RB_AUTOBOOT); /* the emulator ends with it, and it needs no ACPI */
}
