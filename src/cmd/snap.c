/* faultline snap: copy all that one reading reads, so that it can be read again elsewhere. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/say.h"
#include "cmd/command.h"
#include "host/copy.h"
#include "show/rows.h"

extern const struct command snap_command;

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

/* Read `host` once and leave its rows in dir. */
static int take_rows(struct host *host, const char *dir)
{
	struct watching w;
	int r;

	if (!watching_open(&w, host))
		return -ENOMEM;
	r = watching_tick(&w) ? write_rows(&w, dir) : -ENODATA;
	if (host_is_live(host)) {
		int finished = host_finish(host);

		r = r < 0 ? r : finished;
	}
	watching_close(&w);
	return r;
}

static int take(const char *dir)
{
	struct host *host;
	int r = host_snap(dir, &host);

	return r < 0 ? r : take_rows(host, dir);
}

static bool is_free(const char *dir)
{
	return rmdir(dir) == 0 || errno == ENOENT; /* an empty directory may stand there */
}

static int run_request(char *dir)
{
	char work[4200];
	int r;

	for (size_t n = strlen(dir); n > 1 && dir[n - 1] == '/';)
		dir[--n] = '\0';
	if (!is_free(dir)) {
		say("snap: %s: %s; choose a directory that is not there yet, or is empty", dir, strerror(errno));
		return EXIT_CANNOT;
	}
	if (snprintf(work, sizeof(work), "%s.unfinished", dir) >= (int)sizeof(work))
		return command_usage(&snap_command, "name too long:", dir);
	host_remove_copy(work);
	r = take(work);
	if (r == 0 && rename(work, dir) < 0)
		r = -errno;
	if (r == 0)
		return EXIT_FINE;
	host_remove_copy(work);
	say("snap: %s: %s; nothing was left there; see that it can be written and has room", dir, strerror(-r));
	return EXIT_CANNOT;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { 0 } };

	if (command_option(&snap_command, argc, argv, options) != -1)
		return EXIT_CANNOT;
	if (optind == argc)
		return command_usage(&snap_command, "no directory given", "");
	if (optind + 1 < argc)
		return command_usage(&snap_command, "too many words:", argv[optind + 1]);
	return run_request(argv[optind]);
}

const struct command snap_command = {
	.name = "snap",
	.usage = "DIR",
	.about = "copy all that one reading reads into DIR, to be read elsewhere",
	.help = "DIR gets proc/, sys/ and ask/ (netlink replies, each with a readable twin), rows.tsv\n"
		"(what was parsed) and manifest.json (when each file was read, and which failed).\n"
		"faultline sample --root DIR prints rows.tsv again, byte for byte.\n",
	.run = run,
};
