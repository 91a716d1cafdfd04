/* faultline events: what a kernel log says, line by line as events. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/own.h"
#include "base/say.h"
#include "cmd/command.h"
#include "cmd/events_store.h"
#include "cmd/log_input.h"
#include "show/events.h"

extern const struct command events_command;

enum { FILES = 64, ERR = 3 };

struct request {
	const char *root, *store, *files[FILES];
	unsigned n_files;
	bool follow, unknown, json;
	int level; /* of unknown lines: this one and worse; -1: all */
	struct window window;
};

struct printer {
	const struct request *request;
	struct session session;
	struct log_count count;   /* of all logs */
	uint64_t printed, silent; /* silent: unknown lines whose level nobody tells */
	bool begun;
};

/* ---- output ---- */

/* Not before there is something to print: a log that cannot be read leaves nothing half written. */
static void print_begin(struct printer *p)
{
	if (p->begun || !p->request->json)
		return;
	p->begun = true;
	printf("{\"schema\": {\"name\": \"faultline.events\", \"version\": 1},\n%s",
		p->request->unknown ? "\"events\": [],\n\"unknown\": [" : "\"events\": [");
}

static void print_json(struct printer *p, json_t *row)
{
	print_begin(p);
	fputs(p->printed++ ? ",\n" : "\n", stdout);
	if (row)
		json_dumpf(row, stdout, JSON_COMPACT);
	json_decref(row);
}

static void on_event(void *self, const struct event *e)
{
	struct printer *p = self;

	if (p->request->unknown)
		return;
	if (p->request->json)
		print_json(p, event_json(&p->session, e));
	else
		event_tsv(stdout, &p->session, e);
}

static void on_unknown(void *self, const struct log_line *line)
{
	struct printer *p = self;
	const struct strange strange = { line->stamp, line->at_ns, line->level, line->number,
		str_starts(line->device, STR("+pci:")) ? str_from(line->device, 1) : STR("-"),
		line->text };

	if (p->request->level >= 0 && (line->level < 0 || line->level > p->request->level)) {
		p->silent += line->level < 0;
		return;
	}
	if (p->request->json)
		print_json(p, strange_json(&strange));
	else
		strange_tsv(stdout, &strange);
}

static void print_end(struct printer *p)
{
	const struct log_count *c = &p->count;
	json_t *read;

	if (!p->request->json)
		return;
	print_begin(p);
	read = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "bytes", (json_int_t)c->bytes,
		"lines", (json_int_t)c->lines, "events", (json_int_t)c->events, "suppressed",
		(json_int_t)c->suppressed, "unknown", (json_int_t)c->unknown, "damaged",
		(json_int_t)c->damaged, "lost", (json_int_t)c->lost);
	printf("\n],\n%s\"read\": ", p->request->unknown ? "" : "\"unknown\": [],\n");
	json_dumpf(read, stdout, JSON_COMPACT);
	json_decref(read);
	fputs("}\n", stdout);
}

static void say_damage(const struct printer *p)
{
	if (p->count.damaged)
		say("%llu lines are no text and were left out; the log may be cut or damaged there",
			(unsigned long long)p->count.damaged);
	if (p->silent)
		say("%llu unknown lines tell no level and were left out; use dmesg -x, dmesg -r or journalctl -o json",
			(unsigned long long)p->silent);
}

/* ---- input ---- */

static bool reader_open(struct printer *p, int64_t now_ns, struct log **ret)
{
	const struct log_options options = { .now_ns = now_ns,
		.event = on_event,
		.unknown = p->request->unknown ? on_unknown : NULL,
		.self = p };

	if (log_open(&p->session, &options, ret) == 0)
		return true;
	say("the patterns do not compile with this libpcre2; faultline lint tells which");
	return false;
}

static void reader_close(struct printer *p, struct log *log)
{
	struct log_count count;

	log_flush(log);
	count = log_counted(log);
	log_close(log);
	p->count.bytes += count.bytes;
	p->count.lines += count.lines;
	p->count.events += count.events;
	p->count.suppressed += count.suppressed;
	p->count.unknown += count.unknown;
	p->count.damaged += count.damaged;
	p->count.lost += count.lost;
}

static bool read_file(struct printer *p, const char *path, int fd)
{
	struct log *log;
	bool fine;

	if (!reader_open(p, log_input_taken_ns(fd), &log))
		return false;
	fine = log_input_file(log, path, fd, p->request->follow);
	reader_close(p, log);
	return fine;
}

/* All are opened before the first is read: a wrong name costs no half of an answer. */
static bool read_files(struct printer *p)
{
	const struct request *q = p->request;
	int fds[FILES];
	unsigned n = 0;
	bool fine = true;

	while (n < q->n_files && fine) {
		fds[n] = log_input_open(q->files[n]);
		fine = fds[n] >= 0;
		n += fine;
	}
	for (unsigned i = 0; i < n; i++) {
		fine = fine && read_file(p, q->files[i], fds[i]);
		own_close_fd(&fds[i]);
	}
	return fine;
}

static bool open_recording(const char *dir, struct host **ret)
{
	int r = host_tape(dir, ret);

	if (r < 0)
		say("%s: %s; give --root a recording that snap --every made, or --log FILE", dir,
			r == -ENOTSUP ? "no recording" : strerror(-r));
	return r == 0;
}

static bool read_host(struct printer *p)
{
	const char *dir = p->request->root;
	struct host *host;
	struct log *log;
	bool fine;

	if (dir ? !open_recording(dir, &host) : !command_host(NULL, &host))
		return false;
	if (!reader_open(p, host_taken_ns(host), &log)) {
		host_close(host);
		return false;
	}
	fine = dir ? log_input_tape(log, host, dir) : log_input_live(log, host, p->request->follow);
	reader_close(p, log);
	host_close(host);
	return fine;
}

static void on_stored(void *self, const struct event *e)
{
	struct printer *p = self;

	p->count.events++;
	on_event(p, e);
}

static void on_heard(void *self, const struct event *e)
{
	on_stored(self, e);
	fflush(stdout); /* whoever reads acts on it now */
}

static bool read_store(struct printer *p)
{
	const struct request *q = p->request;

	command_link(&p->session.catalog);
	return q->follow ? events_of_recorder(q->store, &p->session, on_heard, p)
			 : events_of_store(q->store, &q->window, &p->session, on_stored, p);
}

static bool read_all(struct printer *p)
{
	if (session_open(&p->session) < 0) {
		say("no memory for a session; free some, or raise the limit on address space (ulimit -v)");
		return false;
	}
	if (p->request->store)
		return read_store(p);
	log_link_signals(&p->session.catalog);
	return p->request->n_files ? read_files(p) : read_host(p);
}

static int run_request(const struct request *request)
{
	struct printer p = { .request = request };
	bool fine;

	if (request->follow)
		log_input_catch_signals();
	fine = read_all(&p);
	session_close(&p.session);
	if (!fine)
		return EXIT_CANNOT;
	print_end(&p);
	say_damage(&p);
	/* whoever followed has gone away: that is how following ends */
	if (request->follow && (fflush(stdout) != 0 || log_input_is_unheard()) &&
		!freopen("/dev/null", "w", stdout))
		return EXIT_CANNOT;
	return EXIT_FINE;
}

/* ---- options ---- */

static bool add_file(struct request *q, const char *path)
{
	if (q->n_files == FILES) {
		command_usage(&events_command, "too many files:", path);
		return false;
	}
	q->files[q->n_files++] = path;
	return true;
}

static int find_level(const char *name)
{
	for (int i = 0; i < LOG_LEVELS; i++)
		if (strcmp(name, log_level_names[i]) == 0)
			return i;
	return -1;
}

static bool take_option(struct request *q, int option)
{
	switch (option) {
	case 'r':
		q->root = optarg;
		return true;
	case 's':
		q->store = optarg;
		return true;
	case WINDOW_FROM:
	case WINDOW_TO:
	case WINDOW_LAST:
		return window_option(&q->window, &events_command, option, optarg);
	case 'o':
		return add_file(q, optarg);
	case 'w':
		q->follow = true;
		return true;
	case 'u':
		q->unknown = true;
		return true;
	case 'l':
		q->level = find_level(optarg);
		if (q->level < 0)
			command_usage(&events_command, "unknown level", optarg);
		return q->level >= 0;
	case 'f':
		return command_format(&events_command, "tsv", optarg, &q->json);
	default:
		return false;
	}
}

static const char *contradiction(const struct request *q)
{
	if (q->root && q->n_files)
		return "--root and --log exclude each other";
	if (q->store && (q->root || q->n_files))
		return "--store and other sources exclude each other";
	if (!q->store && !window_is_open(&q->window))
		return "--from, --to and --last choose in a recording: give --store";
	if (q->store && q->unknown)
		return "a store has events only, no other lines";
	if (q->store && q->follow && !window_is_open(&q->window))
		return "--follow begins now: no --from, --to or --last";
	if (q->root && q->follow)
		return "a recording cannot be followed";
	if (q->follow && q->n_files > 1)
		return "only one log can be followed";
	return q->level >= 0 && !q->unknown ? "--level goes with --unknown" : NULL;
}

/* `faultline events < FILE` says what is meant; a pipe may be there for no reason of the caller. */
static void take_redirected_input(struct request *q)
{
	struct stat st;

	if (!q->root && !q->store && q->n_files == 0 && fstat(STDIN_FILENO, &st) == 0 &&
		S_ISREG(st.st_mode))
		q->files[q->n_files++] = "-";
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "store", required_argument, NULL, 's' },
		WINDOW_OPTIONS,
		{ "log", required_argument, NULL, 'o' },
		{ "follow", no_argument, NULL, 'w' },
		{ "unknown", no_argument, NULL, 'u' },
		{ "level", required_argument, NULL, 'l' },
		{ "format", required_argument, NULL, 'f' },
		{ 0 },
	};
	struct request request = { .level = -1 };
	int option;

	while ((option = command_option(&events_command, argc, argv, options)) != -1)
		if (!take_option(&request, option))
			return EXIT_CANNOT;
	for (; optind < argc; optind++)
		if (!add_file(&request, argv[optind]))
			return EXIT_CANNOT;
	if (!window_check(&request.window, &events_command))
		return EXIT_CANNOT;
	if (contradiction(&request))
		return command_usage(&events_command, contradiction(&request), "");
	take_redirected_input(&request);
	return run_request(&request);
}

const struct command events_command = {
	.name = "events",
	.usage = "[--store FILE | --root DIR] [--follow] [OPTION...] [FILE...]",
	.about = "print what the kernel log says, as events",
	.help = "Reads /dev/kmsg of this machine unless a log is named.\n\n"
		"  FILE, --log FILE  a file of dmesg (also -T, -x, -r), journalctl (also -o json,\n"
		"                    -o short-precise) or syslog; - is standard input:\n"
		"                    dmesg | faultline events -\n"
		"  --store FILE      all that a recorder heard, with wall times; --from A, --to B or\n"
		"                    --last D: in that window\n"
		"  --root DIR        the log of a recording that snap --every made\n"
		"  --follow          go on with what comes; SIGINT, SIGTERM or a closed pipe end it;\n"
		"                    with --store what its recorder hears, until it ends\n"
		"  --unknown         print the lines that no pattern knows instead of the events\n"
		"  --level L         of those, this level and worse: emerg alert crit err warn ...\n"
		"  --format tsv      time, signal, entity, severity, count and text (the default)\n"
		"  --format json     one object (docs/schema/events.json)\n",
	.run = run,
};
