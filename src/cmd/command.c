/* What commands share: options, opening what they look at, and their exit. */
#include "cmd/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "base/say.h"
#include "collect/self.h"
#include "listen/listen.h"
#include "log/log.h"
#include "record/own.h"

int command_usage(const struct command *command, const char *problem, const char *what)
{
	say("%s: %s%s%s; usage: faultline %s %s", command->name, problem, *what ? " " : "", what,
		command->name, command->usage);
	return EXIT_CANNOT;
}

bool command_format(
	const struct command *command, const char *other, const char *word, bool *ret_json)
{
	bool json = strcmp(word, "json") == 0;

	if (!json && strcmp(word, other) != 0) {
		command_usage(command, "unknown format", word);
		return false;
	}
	*ret_json = json;
	return true;
}

int command_option(
	const struct command *command, int argc, char **argv, const struct option *options)
{
	int at = optind ? optind : 1;
	int r;

	opterr = 0;
	r = getopt_long(argc, argv, "+:", options, NULL);
	if (r == '?')
		command_usage(command, "unknown option", argv[at]);
	if (r == ':')
		command_usage(command, "a value is missing after", argv[at]);
	return r;
}

static void say_no_host(const char *dir, int r)
{
	if (r == -EBADMSG)
		say("%s/manifest.json: not the manifest of a snap; restore it, or remove it to read the bare tree",
			dir);
	else if (r == -EUCLEAN)
		say("%s/tape: not there, or not a tape; record again", dir);
	else if (r == -ENODATA)
		say("%s/tape: not a single whole reading; record again", dir);
	else if (r == -EPROTONOSUPPORT)
		say("%s: recorded by a newer faultline; read it with that one", dir);
	else
		say("%s: %s; give --root a directory that holds proc/ and sys/", dir, strerror(-r));
}

bool command_host(const char *dir, struct host **ret)
{
	int r = dir ? host_tree(dir, ret) : host_live(ret);

	if (r < 0)
		say_no_host(dir ? dir : "/", r);
	else if (host_damage(*ret))
		say("%s/tape: %s", dir, host_damage(*ret));
	return r == 0;
}

bool command_tape(const char *dir, struct host **ret)
{
	int r = host_tape(dir, ret);

	if (r == -ENOTSUP)
		say("%s: a tree is one reading; give --root a tape that snap --every made", dir);
	else if (r < 0)
		say_no_host(dir, r);
	return r == 0;
}

void command_link(struct catalog *catalog)
{
	for (size_t i = 0; i < n_collectors; i++)
		catalog_link(catalog, collectors[i]->signals, collectors[i]->n_signals);
	catalog_link(catalog, self_signals, n_self_signals);
	log_link_signals(catalog);
	listen_link_signals(catalog);
	own_link_signals(catalog);
}

bool command_catalog(struct catalog *ret)
{
	if (catalog_open(ret) < 0) {
		say("no memory for the catalog; free some, or raise the limit on address space (ulimit -v)");
		return false;
	}
	command_link(ret);
	return true;
}

static bool open_these(struct watching *w, struct host *host, const struct collector *const *list,
	size_t n, bool once)
{
	/*
	 * who asks wants the whole answer: only what runs all the time slows a dear collector
	 */
	const struct run_options unhurried = { .budget_ns = INT64_MAX, .once = once };

	*w = (struct watching){ .host = host };
	if (session_open(&w->session) < 0 || frame_open(&w->frame) < 0 ||
		arena_open(&w->answer, 64 << 20) < 0 ||
		run_open(host, &w->session, list, n, &unhurried, &w->run) < 0) {
		say("no memory for a session; free some, or raise the limit on address space (ulimit -v)");
		watching_close(w);
		return false;
	}
	return true;
}

bool watching_open(struct watching *w, struct host *host)
{
	return open_these(w, host, collectors, n_collectors, true);
}

bool watching_open_some(
	struct watching *w, struct host *host, const struct collector **list, size_t n)
{
	return open_these(w, host, list, n, true);
}

bool watching_open_for_ticks(struct watching *w, struct host *host)
{
	return open_these(w, host, collectors, n_collectors, false);
}

void watching_close(struct watching *w)
{
	w->run = run_close(w->run);
	frame_close(&w->frame);
	session_close(&w->session);
	arena_close(&w->answer);
	w->host = host_close(w->host);
}

int64_t watching_time(const struct watching *w)
{
	return host_is_live(w->host) ? w->frame.wall_ns : host_taken_ns(w->host);
}

bool watching_tick(struct watching *w)
{
	if (run_tick(w->run, &w->frame) == 0)
		return true;
	say("no layer could be read; the root must hold proc/ and sys/ of a Linux machine");
	return false;
}

bool command_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	say("standard output: %s; the output is not complete", strerror(errno));
	return false;
}

bool is_not_self(const struct session *s, const struct block *b)
{
	return !str_starts(str_of(catalog_get(&s->catalog, b->sig)->name), STR("self."));
}
