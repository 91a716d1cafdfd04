/* What process 1 and systemd-oomd write to the journal. */
#include <stdio.h>
#include <systemd/sd-messages.h>

#include "listen/journal.h"

const char *const journal_field_names[JOURNAL_FIELDS] = {
	[MESSAGE] = "MESSAGE",
	[MESSAGE_ID] = "MESSAGE_ID",
	[UNIT] = "UNIT",
	[EXIT_CODE] = "EXIT_CODE",
	[EXIT_STATUS] = "EXIT_STATUS",
	[N_PROCESSES] = "N_PROCESSES",
	[TRUSTED_PID] = "_PID",
	[TRUSTED_UNIT] = "_SYSTEMD_UNIT",
};

/* Of process 1. */
static const struct {
	const char *id;
	enum journal_row row;
	enum event_severity severity;
} messages[] = {
	{ SD_MESSAGE_UNIT_OOMD_KILL_STR, UNIT_OOMD_KILL, EVENT_CRITICAL },
	{ SD_MESSAGE_UNIT_OUT_OF_MEMORY_STR, UNIT_OUT_OF_MEMORY, EVENT_CRITICAL },
	{ SD_MESSAGE_UNIT_FAILURE_RESULT_STR, UNIT_FAILED, EVENT_WARNING },
	{ SD_MESSAGE_UNIT_PROCESS_EXIT_STR, UNIT_EXITED, EVENT_WARNING },
};
enum { MESSAGES = sizeof(messages) / sizeof(*messages) };

/* Of systemd-oomd, which gives its reasons no MESSAGE_ID: "Killed /GROUP due to ...". */
static const struct {
	const char *begin;
	enum journal_row row;
	enum event_severity severity;
} sentences[] = {
	{ "Killed /", OOMD_KILL, EVENT_CRITICAL },
	{ "Marked /", OOMD_KILL, EVENT_CRITICAL },
	{ "Failed to kill ", OOMD_FAILED, EVENT_WARNING },
};

const char *journal_message_id(unsigned i)
{
	return i < MESSAGES ? messages[i].id : NULL;
}

static bool add(char *out, size_t size, size_t *n, str s)
{
	if (s.n > size - *n)
		return false;
	memcpy(out + *n, s.p, s.n);
	*n += s.n;
	return true;
}

/* "a-b@1.service" is in "system-a\x2db.slice": a dash in a slice's name leads to the next one. */
static bool add_slice(char *out, size_t size, size_t *n, str prefix)
{
	bool fits = add(out, size, n, STR("/system-"));

	for (size_t i = 0; i < prefix.n && fits; i++)
		fits = add(
			out, size, n, prefix.p[i] == '-' ? STR("\\x2d") : (str){ prefix.p + i, 1 });
	return fits && add(out, size, n, STR(".slice"));
}

size_t journal_group(str unit, char *out, size_t size)
{
	static const char *const kinds[] = { ".service", ".mount", ".socket", ".swap" };
	bool known = false, fits;
	size_t n = 0;
	str prefix;

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		known |= str_ends(unit, str_of(kinds[i]));
	if (!known || str_has(unit, '/'))
		return 0;
	fits = add(out, size, &n, STR("/system.slice"));
	if (fits && str_cut(unit, '@', &prefix, NULL))
		fits = add_slice(out, size, &n, prefix);
	fits = fits && add(out, size, &n, STR("/")) && add(out, size, &n, unit);
	return fits ? n : 0;
}

static bool is_clean(const struct journal_entry *entry)
{
	return str_is(entry->fields[EXIT_CODE], "exited") &&
	       str_is(entry->fields[EXIT_STATUS], "0");
}

static void give(struct notices *out, struct notice *notice, str group, str text)
{
	if (group.n) {
		notice->scope = CGROUP;
		notice->name = group;
	}
	notice->text = text;
	out->give(out->self, notice);
}

static void from_manager(const struct journal_entry *entry, struct notices *out)
{
	const str *fields = entry->fields;
	char group[512] = "";
	uint64_t count = 0;

	for (unsigned i = 0; i < MESSAGES; i++) {
		struct notice notice = {
			.row = messages[i].row, .severity = messages[i].severity, .scope = HOST
		};

		if (!str_is(fields[MESSAGE_ID], messages[i].id))
			continue;
		if (notice.row == UNIT_EXITED && is_clean(entry))
			notice.severity = EVENT_INFO;
		if (str_u64(fields[N_PROCESSES], &count) == 0 && count < UINT32_MAX)
			notice.count = (uint32_t)count;
		give(out, &notice,
			(str){ group, journal_group(fields[UNIT], group, sizeof(group)) },
			fields[MESSAGE]);
	}
}

static void from_oomd(const struct journal_entry *entry, struct notices *out)
{
	str message = entry->fields[MESSAGE], rest, group;

	for (unsigned i = 0; i < sizeof(sentences) / sizeof(*sentences); i++) {
		struct notice notice = {
			.row = sentences[i].row, .severity = sentences[i].severity, .scope = HOST
		};

		if (!str_starts(message, str_of(sentences[i].begin)))
			continue;
		/* the first word that is a path is the group, in each of them */
		rest = message;
		while (str_next_word(&rest, &group) && !str_starts(group, STR("/")))
			;
		if (!str_starts(group, STR("/")))
			group = STR("");
		give(out, &notice, group, message);
		return;
	}
}

void journal_understand(const struct journal_entry *entry, struct notices *out)
{
	if (str_is(entry->fields[TRUSTED_PID], "1"))
		from_manager(entry, out);
	else if (str_is(entry->fields[TRUSTED_UNIT], "systemd-oomd.service"))
		from_oomd(entry, out);
}
