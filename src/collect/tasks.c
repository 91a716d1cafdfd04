/*
 * Tasks: who runs, who waits for a CPU, who hangs in the kernel; from /proc/PID/stat and schedstat.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "collect/run.h"

enum {
	STATE_NOW,
	CPU_TIME,
	ON_CPU,
	RUN_DELAY,
	TIMESLICES,
	LAST_CPU,
	NICE,
	POLICY,
	RT_PRIORITY,
	RSS,
	MAJOR_FAULTS,
	THREADS,
	KERNEL_THREAD,
	TOTAL,
	IN_D,
	UNLISTED,
	BALANCERS
};

/* clang-format off */
static const struct signal signals[] = {
	[STATE_NOW]     = { "app.task.state",        NULL, STATE,   TEXT,  TASK, NONE, CHEAP, "R runs or could, S sleeps, D hangs in the kernel, T is stopped, Z is dead" },
	[CPU_TIME]      = { "app.task.cpu",          NULL, COUNTER, TICKS, TASK, NONE, CHEAP, "CPU time of all its threads" },
	[ON_CPU]        = { "sched.task.on_cpu",     NULL, COUNTER, NSEC,  TASK, NONE, CHEAP, "time on a CPU (main thread only before 6.2)" },
	[RUN_DELAY]     = { "sched.task.run_delay",  NULL, COUNTER, NSEC,  TASK, NONE, CHEAP, "time it could run and waited for a CPU (main thread only before 6.2)" },
	[TIMESLICES]    = { "sched.task.timeslices", NULL, COUNTER, ONE,   TASK, NONE, CHEAP, "times it was given a CPU" },
	[LAST_CPU]      = { "sched.task.cpu",        NULL, GAUGE,   ONE,   TASK, NONE, CHEAP, "the CPU it ran on last" },
	[NICE]          = { "sched.task.nice",       NULL, FACT,    ONE,   TASK, NONE, CHEAP, "nice value, -20 the greediest" },
	[POLICY]        = { "sched.task.policy",     NULL, FACT,    ONE,   TASK, NONE, CHEAP, "0 other, 1 FIFO, 2 round robin, 3 batch, 5 idle, 6 deadline" },
	[RT_PRIORITY]   = { "sched.task.rt_priority", NULL, FACT,   ONE,   TASK, NONE, CHEAP, "real-time priority, 0 for others" },
	[RSS]           = { "app.task.rss",          NULL, GAUGE,   PAGES, TASK, NONE, CHEAP, "memory it has resident" },
	[MAJOR_FAULTS]  = { "app.task.major_faults", NULL, COUNTER, ONE,   TASK, NONE, CHEAP, "page faults of it that had to read from disk" },
	[THREADS]       = { "app.task.threads",      NULL, GAUGE,   ONE,   TASK, NONE, CHEAP, "threads it has" },
	[KERNEL_THREAD] = { "app.task.kernel",       NULL, FACT,    ONE,   TASK, NONE, CHEAP, "1: a thread of the kernel" },
	[TOTAL]         = { "app.tasks.total",       NULL, GAUGE,   ONE,   HOST, NONE, CHEAP, "tasks on the host" },
	[IN_D]          = { "app.tasks.uninterruptible", NULL, GAUGE, ONE, HOST, NONE, CHEAP, "tasks in state D: they hang in the kernel, mostly for I/O" },
	[UNLISTED]      = { "app.tasks.unlisted",    NULL, GAUGE,   ONE,   HOST, NONE, CHEAP, "tasks without rows of their own: not among the few that stand out" },
	[BALANCERS]     = { "irq.balance.tasks",     NULL, STATE,   ONE,   HOST, NONE, CHEAP, "tasks called irqbalance, which moves interrupts every ten seconds; 0: none that can be seen" },
};
/* clang-format on */

enum { PID_STAT, PID_SCHEDSTAT };

static const struct text_source texts[] = {
	[PID_STAT] = { .path = "proc/PID/stat",
		.who = "host",
		.may_be_silent = true,
		.absent = "no /proc" },
	[PID_SCHEDSTAT] = { .path = "proc/PID/schedstat",
		.who = "host",
		.layer = "sched",
		.may_be_silent = true,
		.absent = "kernel without CONFIG_SCHED_INFO" },
};

enum {
	MOST_TASKS = 16384, /* looked at */
	LISTED = 192,       /* rows for at most so many tasks of each reason to have some */
	TOP_A_CPU = 4,      /* by CPU time and by wait, on each CPU */
	TOP_MEMORY = 8,
	MOST_CPUS = 1024,
	COMM = 64, /* the kernel's limit is 16, kernel threads' names are longer */
};
static const uint64_t PF_KTHREAD = 0x00200000; /* include/linux/sched.h */

struct task {
	uint32_t pid, cpu;
	int64_t cpu_ticks, on_cpu_ns, delay_ns, slices, nice, policy, rt_priority, rss, faults,
		threads, start;
	int64_t grown_cpu,
		grown_delay; /* since the tick before; since its start in the first one */
	char comm[COMM];
	uint8_t comm_n;
	char state;
	bool kernel, has_sched, chosen, was_chosen, unread;
};

struct state {
	struct task now[MOST_TASKS], before[MOST_TASKS];
	uint32_t n, n_before;
	int64_t youngest; /* latest start of those before */
	uint32_t best[MOST_CPUS][TOP_MEMORY];
};

static struct task *current(struct emit *out)
{
	struct state *state = out->state;

	return &state->now[state->n < MOST_TASKS ? state->n : MOST_TASKS - 1];
}

/* Fields of proc_pid_stat(5), counted from the state, which is the third. */
enum {
	FLAGS = 9,
	MAJFLT = 12,
	UTIME = 14,
	STIME = 15,
	NICE_FIELD = 19,
	NUM_THREADS = 20,
	STARTTIME = 22,
	RSS_FIELD = 24,
	PROCESSOR = 39,
	RT_FIELD = 40,
	POLICY_FIELD = 41,
	FIELDS = 42
};

static int parse_stat(struct task *task, str text)
{
	static const bool wanted[FIELDS] = {
		[FLAGS] = true,
		[MAJFLT] = true,
		[UTIME] = true,
		[STIME] = true,
		[NICE_FIELD] = true,
		[NUM_THREADS] = true,
		[STARTTIME] = true,
		[RSS_FIELD] = true,
		[PROCESSOR] = true,
		[RT_FIELD] = true,
		[POLICY_FIELD] = true,
	};
	int64_t field[FIELDS] = { 0 };
	str before, comm, rest, word;
	unsigned n = 3;

	/*
	 * the name is whatever the task chose, parentheses and line ends included: it ends at the
	 * last one
	 */
	if (!str_cut_last(text, ')', &before, &rest) || !str_cut(before, '(', NULL, &comm) ||
		!str_next_word(&rest, &word) || word.n != 1)
		return -EBADMSG;
	task->state = word.p[0];
	while (n + 1 < FIELDS && str_next_word(&rest, &word))
		if (wanted[++n] && str_i64(word, &field[n]) < 0)
			return -EBADMSG;
	if (n < PROCESSOR || field[PROCESSOR] < 0 || field[PROCESSOR] >= MOST_CPUS)
		return -EBADMSG;
	if (comm.n > COMM)
		comm.n = COMM;
	memcpy(task->comm, comm.p, comm.n);
	task->comm_n = (uint8_t)comm.n;
	task->cpu = (uint32_t)field[PROCESSOR];
	task->cpu_ticks = field[UTIME] + field[STIME];
	task->nice = field[NICE_FIELD];
	task->rss = field[RSS_FIELD];
	task->faults = field[MAJFLT];
	task->threads = field[NUM_THREADS];
	task->start = field[STARTTIME];
	task->rt_priority = field[RT_FIELD];
	task->policy = field[POLICY_FIELD];
	task->kernel = ((uint64_t)field[FLAGS] & PF_KTHREAD) != 0;
	return 0;
}

/* "<on-CPU ns> <run-queue wait ns> <timeslices>" */
static int parse_schedstat(struct task *task, str text)
{
	uint64_t value[3];

	for (int i = 0; i < 3; i++)
		if (str_next_u64(&text, &value[i]) < 0)
			return -EBADMSG;
	task->on_cpu_ns = (int64_t)value[0];
	task->delay_ns = (int64_t)value[1];
	task->slices = (int64_t)value[2];
	task->has_sched = true;
	return 0;
}

/*
 * One task at a time is gathered in the state; rows are written once it is known which stand out.
 */
static int parse(struct emit *out, unsigned text, str from)
{
	return text == PID_STAT ? parse_stat(current(out), from)
				: parse_schedstat(current(out), from);
}

static int by_pid(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static const struct task *task_before(const struct state *state, const struct task *task)
{
	return state->n_before
		       ? bsearch(task, state->before, state->n_before, sizeof(*task), by_pid)
		       : NULL;
}

/*
 * Of a task that is new its whole life is growth; of one that could not be read before, nothing is
 * known.
 */
static void note_growth(const struct state *state, struct task *task)
{
	const struct task *before = task_before(state, task);
	bool same = before && before->start == task->start;
	bool young = state->n_before == 0 || task->start > state->youngest;

	if (same && !task->has_sched)
		task->delay_ns = before->delay_ns;
	if (same || young) {
		task->grown_cpu = task->cpu_ticks - (same ? before->cpu_ticks : 0);
		task->grown_delay = task->delay_ns - (same ? before->delay_ns : 0);
	}
	task->was_chosen = same && before->chosen;
}

static void note_all(struct state *state)
{
	state->youngest = 0;
	for (uint32_t i = 0; i < state->n_before; i++)
		if (state->before[i].start > state->youngest)
			state->youngest = state->before[i].start;
	qsort(state->now, state->n, sizeof(*state->now), by_pid);
	for (uint32_t i = 0; i < state->n; i++)
		note_growth(state, &state->now[i]);
}

/* What is there and cannot be read keeps its place among the tasks, and gets no rows. */
static bool keep_unread(const struct state *state, struct task *task, int error)
{
	const struct task *before = task_before(state, task);

	if (!before || error == -ENOENT || error == -ESRCH)
		return false;
	*task = *before;
	task->unread = true;
	return true;
}

static void read_tasks(struct collect *c, struct state *state, str names)
{
	char path[64];
	uint64_t pid;
	str name;
	int r;

	while (str_next_line(&names, &name)) {
		struct task *task = &state->now[state->n];

		if (!str_ends(name, STR("/")) || str_u64((str){ name.p, name.n - 1 }, &pid) < 0 ||
			pid > INT32_MAX)
			continue;
		if (state->n == MOST_TASKS)
			break;
		*task = (struct task){ .pid = (uint32_t)pid };
		snprintf(path, sizeof(path), "proc/%u/stat", task->pid);
		r = collect_text(c, PID_STAT, ENTITY_NONE, path, true);
		if (r < 0) {
			*task = (struct task){ .pid = (uint32_t)pid };
			state->n += keep_unread(state, task, r);
			continue;
		}
		snprintf(path, sizeof(path), "proc/%u/schedstat", task->pid);
		collect_text(c, PID_SCHEDSTAT, ENTITY_NONE, path, true);
		state->n++;
	}
	note_all(state);
}

typedef int64_t (*task_rank)(const struct task *);

static int64_t rank_cpu(const struct task *t)
{
	return t->grown_cpu;
}

static int64_t rank_delay(const struct task *t)
{
	return t->grown_delay;
}

static int64_t rank_memory(const struct task *t)
{
	return t->rss;
}

/* Put task i among the best of its row, the highest rank first; slots hold i + 1. */
static void rank_in(struct state *state, uint32_t *best, unsigned top, uint32_t i, task_rank rank)
{
	for (unsigned k = 0; k < top; k++) {
		uint32_t other = best[k];

		if (!other || rank(&state->now[i]) > rank(&state->now[other - 1])) {
			best[k] = i + 1;
			if (!other)
				return;
			i = other - 1;
		}
	}
}

static void choose_best(struct state *state, task_rank rank, unsigned top, bool each_cpu)
{
	uint32_t cpus = 1;

	for (uint32_t i = 0; each_cpu && i < state->n; i++)
		if (state->now[i].cpu >= cpus)
			cpus = state->now[i].cpu + 1;
	memset(state->best, 0, cpus * sizeof(*state->best));
	for (uint32_t i = 0; i < state->n; i++)
		if (rank(&state->now[i]) > 0)
			rank_in(state, state->best[each_cpu ? state->now[i].cpu : 0], top, i, rank);
	for (unsigned cpu = 0; cpu < cpus; cpu++)
		for (unsigned k = 0; k < top && state->best[cpu][k]; k++)
			state->now[state->best[cpu][k] - 1].chosen = true;
}

static bool is_busy(const struct task *t)
{
	return t->state == 'D' || t->state == 'R' ||
	       str_starts((str){ t->comm, t->comm_n }, STR("ksoftirqd/"));
}

/* Whoever does the work of a device is seen from the first reading on, for what the second can say. */
static bool is_of_device(const struct task *t)
{
	str comm = { t->comm, t->comm_n };

	return t->kernel && (str_starts(comm, STR("napi/")) || str_starts(comm, STR("irq/")));
}

/* A rate needs two readings: who was seen once is seen again. */
static bool was_chosen(const struct task *t)
{
	return t->was_chosen;
}

static bool is_users(const struct task *t)
{
	return !t->kernel;
}

static void choose_first(struct state *state, bool (*wanted)(const struct task *))
{
	unsigned n = 0;

	for (uint32_t i = 0; i < state->n && n < LISTED; i++)
		if (wanted(&state->now[i])) {
			state->now[i].chosen = true;
			n++;
		}
}

/* A host has hundreds of kernel threads that sleep for ever: they get rows when they stand out. */
static void choose(struct state *state)
{
	choose_first(state, is_busy);
	choose_first(state, is_of_device);
	choose_first(state, was_chosen);
	choose_first(state, is_users);
	choose_best(state, rank_cpu, TOP_A_CPU, true);
	choose_best(state, rank_delay, TOP_A_CPU, true);
	choose_best(state, rank_memory, TOP_MEMORY, false);
}

static void emit_task(struct emit *out, const struct task *t)
{
	char name[STR_DIGITS + 1 + COMM];
	str pid = str_of_u64(t->pid, name);
	uint32_t who;

	/* the digits end where the slash begins: "1234/comm" in one piece */
	name[STR_DIGITS] = '/';
	memcpy(name + STR_DIGITS + 1, t->comm, t->comm_n);
	who = emit_global_entity(out, TASK, (str){ pid.p, pid.n + 1 + t->comm_n });

	emit_text(out, STATE_NOW, who, (str){ &t->state, 1 });
	emit_at(out, CPU_TIME, who, 0, t->cpu_ticks);
	emit_at(out, LAST_CPU, who, 0, t->cpu);
	emit_at(out, NICE, who, 0, t->nice);
	emit_at(out, POLICY, who, 0, t->policy);
	emit_at(out, RT_PRIORITY, who, 0, t->rt_priority);
	emit_at(out, RSS, who, 0, t->rss);
	emit_at(out, MAJOR_FAULTS, who, 0, t->faults);
	emit_at(out, THREADS, who, 0, t->threads);
	emit_at(out, KERNEL_THREAD, who, 0, t->kernel);
	emit_relation(out, who, VIA_CPU, emit_numbered(out, CPU, t->cpu));
	if (!t->has_sched)
		return;
	emit_at(out, ON_CPU, who, 0, t->on_cpu_ns);
	emit_at(out, RUN_DELAY, who, 0, t->delay_ns);
	emit_at(out, TIMESLICES, who, 0, t->slices);
}

static void emit_all(struct emit *out, const struct state *state)
{
	uint32_t host = emit_global_entity(out, HOST, STR("")), in_d = 0, unlisted = 0,
		 balancers = 0;

	for (uint32_t i = 0; i < state->n; i++) {
		const struct task *t = &state->now[i];

		in_d += t->state == 'D';
		unlisted += !t->chosen;
		balancers += str_is((str){ t->comm, t->comm_n }, "irqbalance");
		if (t->chosen && !t->unread)
			emit_task(out, t);
	}
	emit_at(out, TOTAL, host, 0, state->n);
	emit_at(out, IN_D, host, 0, in_d);
	emit_at(out, UNLISTED, host, 0, unlisted);
	emit_at(out, BALANCERS, host, 0, balancers);
}

static int collect(struct collect *c)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	str names;
	int r = collect_list(c, "proc", &names);

	if (r < 0) {
		collect_failure(c, PID_STAT, ENTITY_NONE, r);
		return r;
	}
	memcpy(state->before, state->now, state->n * sizeof(*state->now));
	state->n_before = state->n;
	state->n = 0;
	read_tasks(c, state, names);
	if (state->n == 0)
		return -ENOENT;
	choose(state);
	emit_all(out, state);
	return 0;
}

const struct collector tasks_collector = {
	.name = "tasks",
	.about =
		"tasks: CPU time, wait for a CPU, state, memory; those that stand out, where there are many",
	.pace = SOON,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.state_size = sizeof(struct state),
};
