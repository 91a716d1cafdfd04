/* What process 1 and systemd-oomd write to the journal: what is pure of it. */
#pragma once

#include "listen/notice.h"

/* Rows of the listener's signals. */
enum journal_row {
	OOMD_KILL,
	OOMD_FAILED,
	UNIT_OOMD_KILL,
	UNIT_OUT_OF_MEMORY,
	UNIT_FAILED,
	UNIT_EXITED,
	JOURNAL_ROWS,
};

/* The fields of an entry that we ask for. Those with a line before them are journald's own word. */
enum journal_field {
	MESSAGE,
	MESSAGE_ID,
	UNIT,
	EXIT_CODE,
	EXIT_STATUS,
	N_PROCESSES,
	TRUSTED_PID,  /* _PID */
	TRUSTED_UNIT, /* _SYSTEMD_UNIT */
	JOURNAL_FIELDS,
};
extern const char *const journal_field_names[JOURNAL_FIELDS];

struct journal_entry {
	str fields[JOURNAL_FIELDS]; /* {NULL, 0}: it has none */
};

/*
 * Gives at most one notice. What somebody else writes under the same MESSAGE_ID, anybody can, is
 * nothing.
 */
void journal_understand(const struct journal_entry *entry, struct notices *out);

/*
 * The control group where process 1 puts a unit unless it has a Slice= of its own: "x.service" is
 * "/system.slice/x.service". 0: it has none, or not one that follows from its name.
 */
size_t journal_group(str unit, char *out, size_t size);

/* The MESSAGE_IDs that mean something, as text; NULL behind the last. */
const char *journal_message_id(unsigned i);
