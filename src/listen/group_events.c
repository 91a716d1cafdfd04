/* What the event files of control groups say, and what has come to them since. */
#include <errno.h>

#include "listen/cgroup.h"

const struct group_key group_keys[GROUP_KEYS] = {
	{ MEMORY_EVENTS, "low", false, true, EVENT_INFO },
	{ MEMORY_EVENTS, "high", false, true, EVENT_WARNING },
	{ MEMORY_EVENTS, "max", false, true, EVENT_WARNING },
	{ MEMORY_EVENTS, "oom", false, false, EVENT_CRITICAL },
	{ MEMORY_EVENTS, "oom_kill", false, false, EVENT_CRITICAL },
	{ MEMORY_EVENTS, "oom_group_kill", false, false, EVENT_CRITICAL },
	{ MEMORY_EVENTS, "sock_throttled", false, true, EVENT_WARNING },
	{ PIDS_EVENTS, "max", false, true, EVENT_WARNING },
	{ GROUP_EVENTS, "populated", true, false, EVENT_INFO },
	{ GROUP_EVENTS, "frozen", true, false, EVENT_INFO },
};

static int find_key(enum group_file file, str word)
{
	for (int i = 0; i < GROUP_KEYS; i++)
		if (group_keys[i].file == file && str_is(word, group_keys[i].key))
			return i;
	return -1;
}

static bool read_line(enum group_file file, str line, struct group_values *values)
{
	str word, number;
	int key;

	if (!str_next_word(&line, &word) || !str_next_word(&line, &number))
		return false;
	key = find_key(file, word);
	if (key < 0 || str_u64(number, &values->value[key]) < 0)
		return false;
	values->known |= 1u << key;
	return true;
}

int group_values_read(enum group_file file, str text, struct group_values *values)
{
	str line, whole = { text.p, 0 };
	unsigned read = 0;

	for (unsigned i = 0; i < GROUP_KEYS; i++)
		if (group_keys[i].file == file)
			values->known &= ~(1u << i);
	/* a line without its end was cut */
	str_cut_last(text, '\n', &whole, NULL);
	while (str_next_line(&whole, &line))
		read += read_line(file, line, values);
	return read ? 0 : -EBADMSG;
}

uint64_t group_key_grown(
	unsigned key, const struct group_values *before, const struct group_values *after)
{
	uint64_t was = before->value[key], is = after->value[key];

	if (!((before->known & after->known) >> key & 1))
		return 0;
	if (group_keys[key].is_state)
		return is != was;
	return is > was ? is - was : 0;
}
