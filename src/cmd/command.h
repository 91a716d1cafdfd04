/* A command is one file and one word in cmd/meson.build. */
#pragma once

#include "collect/run.h"

/* Exit codes that all commands share. */
enum { EXIT_FINE = 0, EXIT_WARNING = 1, EXIT_CRITICAL = 2, EXIT_CANNOT = 3 };

struct option;

struct command {
	const char *name;
	const char *usage; /* what follows the name */
	const char *about; /* one line of `faultline help` */
	const char *help;  /* the rest of `faultline help NAME` */
	int (*run)(
		int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
};

extern const struct command *const commands[]; /* written by meson */
extern const size_t n_commands;

/*
 * Parse options with getopt_long; prints a usage line and returns -1 at an unknown one, else as
 * getopt_long.
 */
int command_option(
	const struct command *command, int argc, char **argv, const struct option *options);
int command_usage(
	const struct command *command, const char *problem, const char *what); /* EXIT_CANNOT */
/* The word of --format: "json" or the other one; false and a usage line when it is neither. */
bool command_format(
	const struct command *command, const char *other, const char *word, bool *ret_json);

/*
 * The host of --root DIR, or the live one when dir is NULL. On failure says why and returns false.
 */
bool command_host(const char *dir, struct host **ret);

bool command_tape(const char *dir, struct host **ret); /* a recording, before its first tick */

/* All that this faultline knows, in the usual order, linked to a catalog that is open. */
void command_link(struct catalog *catalog);
/* All tables linked, nothing read; says what went wrong. */
bool command_catalog(struct catalog *ret);

/* A session with its runner and a frame, opened together. */
struct watching {
	struct host *host;
	struct session session;
	struct run *run;
	struct frame frame;
	struct arena answer;
};
bool watching_open(
	struct watching *w, struct host *host); /* takes the host over; says what went wrong */
/* As that, with these collectors only; the list must outlive it. */
bool watching_open_some(
	struct watching *w, struct host *host, const struct collector **list, size_t n);
bool watching_open_for_ticks(
	struct watching *w, struct host *host); /* files stay open from tick to tick */
void watching_close(struct watching *w);
int64_t watching_time(
	const struct watching *w); /* wall clock of the reading; 0: a tree that does not tell */
bool watching_tick(struct watching *w); /* false, and said, when nothing could be read */

/*
 * Flush stdout; false, and said, when something of the output was lost (a full disk, a closed
 * pipe).
 */
bool command_flush(void);

bool is_not_self(
	const struct session *s, const struct block *b); /* for session_view: all but self.* */
