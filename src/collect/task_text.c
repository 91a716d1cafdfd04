/* Texts about tasks and the memory of their cgroups, taken apart. */
#include "collect/task_text.h"

#include <errno.h>
#include <stdio.h>

static const int64_t most_ticks = INT64_C(1) << 40; /* centuries: more would be no time */

/* Fields of proc_pid_stat(5), counted from the state, which is the third. */
enum { UTIME = 14, STIME = 15, STARTTIME = 22, PROCESSOR = 39 };

int task_text_stat(str text, struct task_stat *ret)
{
	int64_t field[PROCESSOR + 1] = { 0 };
	str before, comm, word;

	/* the name may hold anything, parentheses included: it ends at the last one */
	if (!str_cut_last(text, ')', &before, &text) || !str_cut(before, '(', NULL, &comm) ||
		!str_next_word(&text, &word))
		return -EBADMSG;
	for (unsigned n = 4; n <= PROCESSOR; n++) {
		bool wanted = n == UTIME || n == STIME || n == STARTTIME || n == PROCESSOR;

		if (!str_next_word(&text, &word) || (wanted && str_i64(word, &field[n]) < 0))
			return -EBADMSG;
	}
	if (field[PROCESSOR] < 0 || field[PROCESSOR] >= CPUS_MOST || field[UTIME] < 0 ||
		field[STIME] < 0 || field[UTIME] > most_ticks || field[STIME] > most_ticks)
		return -EBADMSG;
	*ret = (struct task_stat){ .cpu = (uint32_t)field[PROCESSOR],
		.start = field[STARTTIME],
		.ticks = field[UTIME] + field[STIME] };
	snprintf(ret->comm, sizeof(ret->comm), "%.*s", STR_ARG(comm));
	return 0;
}

int task_text_allowed(str status, struct cpus *ret)
{
	str line, key, value;

	while (str_next_line(&status, &line)) {
		if (!str_cut(line, ':', &key, &value) || !str_is(key, "Cpus_allowed_list"))
			continue;
		value = str_trim(value);
		return !value.n || cpus_list(value, ret) < 0 ? -EBADMSG : 0;
	}
	return -EBADMSG;
}

/* A group outside of the own cgroup namespace begins with "/..", one that is gone ends in a remark. */
void task_text_cgroup(str text, char ret[static TASK_PATH])
{
	str line;

	ret[0] = '\0';
	while (str_next_line(&text, &line)) {
		if (!str_starts(line, STR("0::/")))
			continue;
		line = str_from(line, 3);
		if (line.n < TASK_PATH && !str_starts(line, STR("/..")) &&
			!str_ends(line, STR(" (deleted)")))
			snprintf(ret, TASK_PATH, "%.*s", STR_ARG(line));
		return;
	}
}

void task_text_mount(str mounts, char ret[static TASK_PATH])
{
	str line, device, where, type;

	ret[0] = '\0';
	while (!ret[0] && str_next_line(&mounts, &line))
		if (str_next_word(&line, &device) && str_next_word(&line, &where) &&
			str_next_word(&line, &type) && str_is(type, "cgroup2") && where.n > 1 &&
			where.n < TASK_PATH)
			snprintf(ret, TASK_PATH, "%.*s", (int)where.n - 1, where.p + 1);
}

/* "anon N0=1269760 N1=0" */
static int add_memory(str line, struct node_memory *to)
{
	uint64_t node, bytes;
	str word, name, value;

	while (str_next_word(&line, &word)) {
		if (!str_cut(word, '=', &name, &value) || str_numbered(name, STR("N"), &node) < 0 ||
			str_u64(value, &bytes) < 0 || bytes > INT64_MAX / 4)
			return -EBADMSG;
		if (node >= NEAR_NODES)
			continue;
		to->bytes[node] += (int64_t)bytes;
		to->has |= UINT64_C(1) << node;
	}
	return 0;
}

/* What lies in the page cache is whoever's; what is shared is the programs'. */
int task_text_memory(str numa_stat, struct node_memory *ret)
{
	struct node_memory found = { 0 };
	str line, key;

	while (str_next_line(&numa_stat, &line))
		if (str_next_word(&line, &key) && (str_is(key, "anon") || str_is(key, "shmem")) &&
			add_memory(line, &found) < 0)
			return -EBADMSG;
	if (!found.has)
		return -EBADMSG;
	*ret = found;
	return 0;
}
