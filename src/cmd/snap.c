/* faultline snap: copy all that one reading reads, so that it can be read again elsewhere. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/say.h"
#include "cmd/snap.h"
#include "host/copy.h"
#include "show/rows.h"

extern const struct command snap_command;

struct request {
	char *dir;
	bool anonymous;
	struct pace pace;
};

/* What was parsed lies beside what it was parsed from. */
static int write_rows(struct watching *w, const char *dir)
{
	const char *path = arena_printf(&w->answer, "%s/rows.tsv", dir);
	OWN_FILE out = fopen(path, "wxe");
	struct view view;

	if (!out)
		return -errno;
	if (session_view(&w->session, &w->answer, is_not_self, &view) < 0)
		return -ENOMEM;
	rows_tsv(out, &w->session, &view, false);
	return fflush(out) || ferror(out) ? -errno : 0;
}

/* check names the host and divides by its uptime. */
void snap_read_for_check(struct watching *w)
{
	static const char *const paths[] = { "proc/sys/kernel/hostname",
		"proc/sys/kernel/osrelease", "proc/uptime" };
	str text;

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		host_read(w->host, &w->answer, 0, paths[i], NULL, &text);
}

int snap_rows(struct host *host, const char *dir)
{
	struct watching w;
	int r;

	if (!watching_open(&w, host))
		return -ENOMEM;
	r = watching_tick(&w) ? write_rows(&w, dir) : -ENODATA;
	if (host_is_live(host)) {
		int finished;

		snap_read_for_check(&w);
		finished = host_finish(host);

		r = r < 0 ? r : finished;
	}
	watching_close(&w);
	return r;
}

static int take(const char *dir)
{
	struct host *host;
	int r = host_snap(dir, &host);

	return r < 0 ? r : snap_rows(host, dir);
}

/* The kernel's own words, which no name may take: they stand in the tables. */
static const char **vocabulary(struct arena *a, size_t *ret_n)
{
	size_t n = 0, most = 0;
	const char **words;

	for (size_t i = 0; i < n_collectors; i++)
		most += 2 * collectors[i]->n_texts + collectors[i]->n_signals;
	words = arena_take(a, (most + 1) * sizeof(*words));
	for (size_t i = 0; words && i < n_collectors; i++) {
		for (size_t t = 0; t < collectors[i]->n_texts; t++) {
			words[n++] = collectors[i]->texts[t].path;
			words[n++] = collectors[i]->texts[t].who;
		}
		for (size_t s = 0; s < collectors[i]->n_signals; s++)
			if (collectors[i]->signals[s].key)
				words[n++] = collectors[i]->signals[s].key;
	}
	*ret_n = n;
	return words;
}

static bool next_signal(FILE *rows, char **line, size_t *size, str *ret)
{
	ssize_t n = getline(line, size, rows);
	str all = { *line, n < 0 ? 0 : (size_t)n };

	*ret = all;
	str_cut(all, '\t', ret, NULL);
	return n >= 0;
}

/* Names changed, and nothing else: the same signals in the same order, as many of each. */
static bool same_signals(const char *a_dir, const char *b_dir)
{
	char a_path[4400], b_path[4400];
	OWN_MEMORY char *a_line = NULL, *b_line = NULL;
	size_t a_size = 0, b_size = 0;
	OWN_FILE a = NULL;
	OWN_FILE b = NULL;
	str a_signal, b_signal;

	snprintf(a_path, sizeof(a_path), "%s/rows.tsv", a_dir);
	snprintf(b_path, sizeof(b_path), "%s/rows.tsv", b_dir);
	a = fopen(a_path, "re");
	b = fopen(b_path, "re");
	while (a && b) {
		bool more = next_signal(a, &a_line, &a_size, &a_signal);

		if (more != next_signal(b, &b_line, &b_size, &b_signal) ||
			!str_eq(a_signal, b_signal))
			return false;
		if (!more)
			return true;
	}
	return false;
}

/*
 * The rows of the anonymous copy are read from it: that its names still join is shown, not assumed.
 */
static int make_anonymous(const char *from, const char *to)
{
	struct arena a = { 0 };
	struct host *host;
	const char **words;
	size_t n;
	int r;

	if (arena_open(&a, 1 << 20) < 0)
		return -ENOMEM;
	words = vocabulary(&a, &n);
	r = words ? host_anonymize(from, to, words, n) : -ENOMEM;
	arena_close(&a);
	if (r == 0)
		r = host_tree(to, &host);
	if (r == 0)
		r = snap_rows(host, to);
	return r < 0 ? r : same_signals(from, to) ? 0 : -EBADMSG;
}

/* Nothing there, or an empty directory, which rename() replaces. */
static int is_free(const char *dir)
{
	DIR *open = opendir(dir);
	const struct dirent *entry;
	int r = 0;

	if (!open)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (entry = readdir(open)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = -ENOTEMPTY;
	closedir(open);
	return r;
}

/* What a recording that was killed left is worth more than what is to come in its place. */
static bool is_tape_left(const char *work)
{
	char path[4300];

	snprintf(path, sizeof(path), "%s/tape", work);
	return access(path, F_OK) == 0;
}

static int take_one(const struct request *request, const char *work, const char *named)
{
	int r;

	host_remove_copy(named);
	r = take(request->anonymous ? named : work);
	if (r == 0 && request->anonymous)
		r = make_anonymous(named, work);
	if (r == 0 && rename(work, request->dir) < 0)
		r = -errno;
	host_remove_copy(named);
	if (r == 0)
		return EXIT_FINE;
	host_remove_copy(work);
	say("snap: %s: %s; nothing was left there; see that it can be written and has room",
		request->dir, strerror(-r));
	return EXIT_CANNOT;
}

static int run_request(struct request *request)
{
	char work[4200], named[4200];
	int r = is_free(request->dir);

	if (r < 0) {
		say("snap: %s: %s; choose a directory that is not there yet, or is empty",
			request->dir, strerror(-r));
		return EXIT_CANNOT;
	}
	if (snprintf(work, sizeof(work), "%s.unfinished", request->dir) >= (int)sizeof(work) ||
		snprintf(named, sizeof(named), "%s.names", request->dir) >= (int)sizeof(named))
		return command_usage(&snap_command, "name too long:", request->dir);
	if (is_tape_left(work)) {
		say("snap: %s: a recording that did not end is there; move it away, or remove it",
			work);
		return EXIT_CANNOT;
	}
	host_remove_copy(work);
	if (request->pace.every_ns)
		return snap_tape(&request->pace, work, request->dir);
	return take_one(request, work, named);
}

/* One wrong combination a line; NULL: none. */
static const char *problem_of(const struct request *request)
{
	const struct pace *pace = &request->pace;

	if (pace->every_ns && request->anonymous)
		return "--anonymous takes one reading only, without --every";
	if (pace->every_ns && !pace->for_ns && !pace->count)
		return "--every needs --for or --count";
	return NULL;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "anonymous", no_argument, NULL, 'a' },
		PACE_OPTIONS, { 0 } };
	struct request request = { 0 };
	int option;

	while ((option = command_option(&snap_command, argc, argv, options)) != -1) {
		if (option == '?' || option == ':')
			return EXIT_CANNOT;
		if (option == 'a')
			request.anonymous = true;
		else if (!pace_option(&request.pace, &snap_command, option, optarg))
			return EXIT_CANNOT;
	}
	if (!pace_check(&request.pace, &snap_command))
		return EXIT_CANNOT;
	if (problem_of(&request))
		return command_usage(&snap_command, problem_of(&request), "");
	if (optind == argc)
		return command_usage(&snap_command, "no directory given", "");
	if (optind + 1 < argc)
		return command_usage(&snap_command, "too many words:", argv[optind + 1]);
	request.dir = argv[optind];
	for (size_t n = strlen(request.dir); n > 1 && request.dir[n - 1] == '/';)
		request.dir[--n] = '\0';
	return run_request(&request);
}

const struct command snap_command = {
	.name = "snap",
	.usage = "[--anonymous | --every D --for D|--count N] DIR",
	.about = "copy all that one reading (or many) reads, to be read elsewhere",
	.help = "DIR gets proc/, sys/ and ask/ (netlink replies, each with a readable twin), rows.tsv\n"
		"(what was parsed) and manifest.json (when each file was read, and which failed).\n"
		"faultline sample --root DIR prints rows.tsv again, byte for byte.\n\n"
		"  --anonymous  replace the names of hosts, interfaces, cgroups, tasks and namespaces,\n"
		"               and addresses, by others of the same length, everywhere alike\n\n"
		"Many readings go on a tape. DIR gets the file tape (each reading as what changed since\n"
		"the one before, and what the kernel logged in between), manifest.json, and the rows.tsv\n"
		"of the last reading. --root DIR reads that one; sample --root DIR --every D all of them.\n\n"
		"  --every 1s   how far apart (10ms to 7d); a reading that comes late is not made up for\n"
		"  --for 60s    from the first reading to the last: 61 of them\n"
		"  --count N    or how many\n\n"
		"The work is in DIR.unfinished until the end. SIGINT, SIGTERM and SIGHUP end a recording\n"
		"early and well. One that was killed, or met a full disk, stays in DIR.unfinished, which\n"
		"can be read like DIR: only the reading that was going on is lost.\n",
	.run = run,
};
