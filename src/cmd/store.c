/* faultline store: what is in a recording, whether it is sound, and copies of it. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/say.h"
#include "cmd/store_parts.h"
#include "record/copy.h"
#include "record/verify.h"

enum { VERIFY_DAMAGED = 1, VERIFY_UNREADABLE = 2, LINES = 20 };

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

/* What is half made has to go first. */
static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

/* ---- verify ---- */

static void print_problem(void *self, const char *what)
{
	uint64_t *n = self;

	if (++*n <= LINES)
		printf("%s\n", what);
}

static void print_readable(const struct verified *v)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT];

	if (v->n_spans == 0)
		printf("nothing can be read\n");
	for (uint32_t i = 0; i < v->n_spans && i < LINES; i++)
		printf("readable: %s to %s, %llu ticks\n",
			clock_format(v->spans[i].from_wall_ns, from),
			clock_format(v->spans[i].to_wall_ns, to),
			(unsigned long long)v->spans[i].n_ticks);
	if (v->spans_in_all > LINES)
		printf("readable: %llu more stretches\n",
			(unsigned long long)v->spans_in_all - LINES);
}

static int print_verified(const struct verified *v)
{
	if (v->problems > LINES)
		printf("and %llu more\n", (unsigned long long)v->problems - LINES);
	if (v->problems)
		printf("damaged: %llu faults; %llu segments are sound\n",
			(unsigned long long)v->problems, (unsigned long long)v->n_segments);
	else
		printf("sound: %llu segments, %llu ticks, %llu chunks, %llu changes\n",
			(unsigned long long)v->n_segments, (unsigned long long)v->n_ticks,
			(unsigned long long)v->n_chunks, (unsigned long long)v->n_points);
	if (v->problems || v->n_spans)
		print_readable(v);
	if (!v->problems)
		return EXIT_FINE;
	return v->n_ticks ? VERIFY_DAMAGED : VERIFY_UNREADABLE;
}

static int run_verify(const struct store_request *q)
{
	struct arena a;
	struct store *s;
	struct verified found;
	uint64_t n = 0;
	int code, r;

	if (!store_file_open(q->files[0], VERIFY_UNREADABLE, &s, &code))
		return code;
	r = arena_open(&a, 1 << 20);
	if (r == 0)
		r = store_verify(store_db(s), &a, print_problem, &n, &found);
	code = r == 0 ? print_verified(&found) : EXIT_CANNOT;
	if (r < 0)
		say("%s: %s; free some memory and try again", q->files[0], strerror(-r));
	arena_close(&a);
	store_close(s);
	return code;
}

/* ---- copy and merge ---- */

static int say_not_made(const char *from, const char *to, int r, const char *why)
{
	if (r == -EEXIST)
		say("%s: is there already; give a name that is not", to);
	else if (r == -ENODATA)
		say("%s: no tick in that window; faultline store info tells what there is", from);
	else if (r == -EINTR)
		say("%s: a signal ended it; nothing was left", to);
	else if (r == -EBADMSG || r == -EUCLEAN)
		say("%s: %s; nothing was left; faultline store verify tells what can be read", from,
			why);
	else
		say("%s: %s; nothing was left", to, why);
	return EXIT_CANNOT;
}

static int run_copy(const struct store_request *q)
{
	const char *from = q->files[0], *to = q->files[1];
	struct store_window window;
	char why[STORE_WHY] = "";
	struct store *s;
	bool whole = window_is_open(&q->window);
	int code, r;

	if (!store_file_open(from, EXIT_CANNOT, &s, &code))
		return code;
	if (!whole && !store_file_window(s, from, &q->window, &window)) {
		store_close(s);
		return EXIT_CANNOT;
	}
	catch_signals();
	r = store_copy(store_db(s), to, whole ? NULL : &window, &stopped, why);
	store_close(s);
	return r < 0 ? say_not_made(from, to, r, why) : EXIT_FINE;
}

static int merge(const struct store_request *q, struct store *const *stores)
{
	sqlite3 *dbs[MERGE_MOST];
	uint32_t n = q->n_files - 1, which = 0;
	char why[STORE_WHY] = "";
	struct merged done;
	int r;

	for (uint32_t i = 0; i < n; i++)
		dbs[i] = store_db(stores[i]);
	catch_signals();
	r = store_merge(dbs, n, q->files[0], &stopped, &done, &which, why);
	if (r == -EXDEV) {
		say("%s: of another host than %s; merge stores of one host", q->files[which + 1],
			q->files[1]);
		return EXIT_CANNOT;
	}
	if (r < 0)
		return say_not_made(q->files[which + 1], q->files[0], r, why);
	printf("%u eras, %u segments; %u were in several stores\n", done.eras, done.segments,
		done.again);
	return EXIT_FINE;
}

static int run_merge(const struct store_request *q)
{
	struct store *stores[MERGE_MOST];
	unsigned n = 0;
	int code = EXIT_CANNOT;

	while (n + 1 < q->n_files &&
		store_file_open(q->files[n + 1], EXIT_CANNOT, &stores[n], &code))
		n++;
	if (n + 1 == q->n_files)
		code = merge(q, stores);
	while (n)
		store_close(stores[--n]);
	return code;
}

/* ---- options ---- */

enum {
	TAKES_FORMAT = 1,
	TAKES_WINDOW = 2,
	TAKES_ROWS = 4,
};

static const struct verb {
	const char *name;
	unsigned least, most; /* files */
	unsigned takes;
	int (*run)(const struct store_request *q);
} verbs[] = {
	{ "info", 1, 1, TAKES_FORMAT, store_print_info },
	{ "verify", 1, 1, 0, run_verify },
	{ "copy", 2, 2, TAKES_WINDOW, run_copy },
	{ "export", 1, 1, TAKES_FORMAT | TAKES_WINDOW | TAKES_ROWS, store_print_export },
	{ "merge", 2, MERGE_MOST + 1, 0, run_merge },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static unsigned kind_of(int option)
{
	if (window_is_option(option))
		return TAKES_WINDOW;
	return option == 'f' ? TAKES_FORMAT : TAKES_ROWS;
}

static bool take_option(struct store_request *q, const struct verb *verb, int option)
{
	if (option == '?' || option == ':')
		return false;
	if (!(verb->takes & kind_of(option))) {
		command_usage(&store_command, verb->name, "does not take this option");
		return false;
	}
	if (window_is_option(option))
		return window_option(&q->window, &store_command, option, optarg);
	if (option == 'f')
		q->format = optarg;
	if (option == 's')
		q->signal = optarg;
	if (option == 'e')
		q->entity = optarg;
	q->events = q->events || option == 'v';
	q->every_tick = q->every_tick || option == 't';
	return true;
}

static bool take_file(struct store_request *q, const struct verb *verb, const char *file)
{
	if (q->n_files == verb->most) {
		command_usage(&store_command, "too many files:", file);
		return false;
	}
	q->files[q->n_files++] = file;
	return true;
}

static bool take_words(struct store_request *q, const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "signal", required_argument, NULL, 's' },
		{ "entity", required_argument, NULL, 'e' },
		{ "events", no_argument, NULL, 'v' },
		{ "every-tick", no_argument, NULL, 't' },
		WINDOW_OPTIONS,
		{ 0 },
	};

	for (;;) {
		int option = command_option(&store_command, argc, argv, options);

		if (option == -1 && optind == argc)
			return true;
		if (option == -1 ? !take_file(q, verb, argv[optind++])
				 : !take_option(q, verb, option))
			return false;
	}
}

static int run(int argc, char **argv)
{
	struct store_request request = { 0 };
	const struct verb *verb = argc > 1 ? find_verb(argv[1]) : NULL;

	if (!verb)
		return command_usage(&store_command, argc > 1 ? "unknown verb" : "nothing to do",
			argc > 1 ? argv[1] : "");
	if (!take_words(&request, verb, argc - 1, argv + 1))
		return EXIT_CANNOT;
	if (request.n_files < verb->least)
		return command_usage(&store_command, "a file is missing after", verb->name);
	if (!window_check(&request.window, &store_command))
		return EXIT_CANNOT;
	return verb->run(&request);
}

const struct command store_command = {
	.name = "store",
	.usage = "info|verify|copy|export|merge FILE... [OPTION...]",
	.about = "what a recording holds, whether it is sound, copies of it",
	.help = "  info FILE [--format text|json]\n"
		"                 host, boots, span, ticks, values, bytes and what they are spent on,\n"
		"                 gaps (docs/schema/store.json)\n"
		"  verify FILE    every page, reference, sum and column is read; what is damaged, and\n"
		"                 what can still be read. Exit codes: 0 sound, 1 damaged, 2 unreadable\n"
		"  copy FROM TO   one file without a log, also while a recorder writes; with a window\n"
		"                 only the segments that it touches\n"
		"  export FILE --format csv|jsonl|openmetrics\n"
		"                 a line for each value that changed, in the order of time;\n"
		"                 openmetrics: in base units, one family after the other\n"
		"  merge OUT IN...\n"
		"                 the runs of several stores of one host in one; what two of them\n"
		"                 have is there once\n\n"
		"  --signal S     export only these: a name, or a pattern such as 'nic.*'\n"
		"  --entity E     the same of entities: netdev:eth0, 'cpu:*'\n"
		"  --every-tick   every value at every tick, not only what changed\n"
		"  --events       the events instead of the values (csv and jsonl)\n"
		"  --from A\n"
		"  --to B         only what lies between: 2026-11-22T03:10:00Z, 03:10:00, -10m,\n"
		"                 @1763750400.25, mono:123.4 (of the last boot)\n"
		"  --last D       only the last so much before the end, or before --to\n\n"
		"Neither copy nor merge writes over a file, or leaves half of one.\n",
	.run = run,
};
