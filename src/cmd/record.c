/* faultline record: everything, all the time, into a store. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/say.h"
#include "cmd/child.h"
#include "cmd/command.h"
#include "cmd/sampler.h"
#include "cmd/store_path.h"

extern const struct command record_command;

enum { MOST_COLLECTORS = 256, LEAST_KEEP = 8 << 20 };
static const int64_t usual_keep = INT64_C(1) << 30;

struct request {
	char store[STORE_PATH];
	const char *root;
	struct sampler_options sampler;
	int64_t keep_bytes, keep_ns, segment_ns;
	const struct collector *chosen[MOST_COLLECTORS];
	bool is_child, is_verbs_child;
};

/* ---- options ---- */

/* "512M", "2G", "7d": a bound on bytes or on time. */
static bool parse_keep(const char *value, struct request *r)
{
	static const struct {
		char letter;
		int shift;
	} units[] = { { 'K', 10 }, { 'M', 20 }, { 'G', 30 }, { 'T', 40 } };
	str text = str_of(value);
	uint64_t n;

	for (size_t i = 0; text.n && i < sizeof(units) / sizeof(*units); i++)
		if (text.p[text.n - 1] == units[i].letter &&
			str_u64((str){ text.p, text.n - 1 }, &n) == 0 && n > 0 &&
			n < UINT64_C(1) << (62 - units[i].shift)) {
			r->keep_bytes = (int64_t)(n << units[i].shift);
			return r->keep_bytes >= LEAST_KEEP;
		}
	if (text.n && text.p[text.n - 1] == 'd' && clock_duration(text, &r->keep_ns) == 0)
		return r->keep_ns > 0;
	return false;
}

static bool parse_every(const char *value, int64_t least_ns, int64_t *ret)
{
	return clock_duration(str_of(value), ret) == 0 && *ret >= least_ns &&
	       *ret <= 3600 * SECOND_NS;
}

static bool parse_share(const char *value, double *ret)
{
	int64_t centi;

	if (str_fixed(str_of(value), 2, &centi) < 0 || centi <= 0 || centi > 10000)
		return false;
	*ret = (double)centi / 10000;
	return true;
}

static bool choose_collectors(const char *value, struct request *r)
{
	str rest = str_of(value), name;

	r->sampler.n_collectors = 0;
	while (rest.n) {
		size_t i = 0;

		if (!str_cut(rest, ',', &name, &rest)) {
			name = rest;
			rest.n = 0;
		}
		while (i < n_collectors && !str_is(name, collectors[i]->name))
			i++;
		if (i == n_collectors || r->sampler.n_collectors == MOST_COLLECTORS)
			return false;
		r->chosen[r->sampler.n_collectors++] = collectors[i];
	}
	r->sampler.collectors = r->chosen;
	return r->sampler.n_collectors > 0;
}

static bool parse_for(const char *value, int64_t *ret)
{
	return clock_duration(str_of(value), ret) == 0 && *ret > 0;
}

/* Returns what is wrong with the value; NULL: nothing. */
static const char *take_option(struct request *r, int option, const char *value)
{
	switch (option) {
	case 's':
		if (snprintf(r->store, sizeof(r->store), "%s", value) >= STORE_PATH || !*value)
			return "not a path:";
		return NULL;
	case 'r':
		r->root = value;
		return NULL;
	case 'e':
		return parse_every(value, 10 * MS_NS, &r->sampler.every_ns)
			       ? NULL
			       : "not a duration of 10ms to 1h:";
	case 'f':
		return str_is(str_of(value), "0") ? (r->sampler.fast_ns = 0, NULL)
		       : parse_every(value, 10 * MS_NS, &r->sampler.fast_ns)
			       ? NULL
			       : "not a duration of 10ms to 1h, or 0:";
	case 'd':
		return parse_for(value, &r->sampler.for_ns) ? NULL : "not a duration:";
	case 'k':
		return parse_keep(value, r)
			       ? NULL
			       : "not a size of at least 8M, or a number of days (2G, 7d):";
	case 'b':
		return parse_share(value, &r->sampler.cpu_share)
			       ? NULL
			       : "not a percentage of a CPU (0.01 to 100):";
	case 'p':
		return parse_every(value, 10 * MS_NS, &r->sampler.patience_ns)
			       ? NULL
			       : "not a duration of 10ms to 1h:";
	case 'v':
		r->sampler.verbs_events = true;
		return NULL;
	case 'C':
		r->is_child = true;
		return NULL;
	case 'V':
		r->is_verbs_child = true;
		return NULL;
	case 'S':
		return parse_every(value, 100 * MS_NS, &r->segment_ns)
			       ? NULL
			       : "not a duration of 100ms to 1h:";
	default:
		return choose_collectors(value, r)
			       ? NULL
			       : "not a list of collectors (faultline self names them):";
	}
}

/* ---- the store ---- */

static bool cannot_open(const char *path, int r, const char *why)
{
	if (r == -EBUSY)
		say("%s: another faultline records into it; stop that one, or give --store FILE",
			path);
	else if (r == -EUCLEAN)
		say("%s: not a store of faultline; give another --store FILE", path);
	else if (r == -EPROTONOSUPPORT)
		say("%s: written by a newer faultline; record with that one, or give another --store FILE",
			path);
	else
		say("%s: %s%s%s%s; make it writable, or give another --store FILE", path,
			strerror(-r), *why ? " (" : "", why, *why ? ")" : "");
	return false;
}

/* A line of proc, kept until the program ends. */
static const char *line_of(struct host *host, struct arena *a, const char *path)
{
	str text;

	if (host_read(host, a, 0, path, NULL, &text) < 0)
		return "?";
	text = arena_copy(a, str_trim(text));
	return text.n ? text.p : "?";
}

static bool record_into(struct request *r, struct host *host, struct arena *a)
{
	struct writer_options options = {
		.path = r->store,
		.boot_id = line_of(host, a, "proc/sys/kernel/random/boot_id"),
		.host = line_of(host, a, "proc/sys/kernel/hostname"),
		.release = line_of(host, a, "proc/sys/kernel/osrelease"),
		.every_ns = r->sampler.every_ns,
		.keep_bytes = r->keep_bytes,
		.keep_ns = r->keep_ns,
		.segment_ns = r->segment_ns,
	};
	struct writer *writer;
	char why[STORE_WHY];
	bool good;
	int e;

	sampler_block_signals();
	e = writer_open(&options, &writer, why);
	if (e < 0)
		return cannot_open(r->store, e, why);
	printf("recording into %s every %.3g s; faultline explain --store %s --last 10m\n",
		r->store, (double)r->sampler.every_ns / 1e9, r->store);
	fflush(stdout); /* nobody has to listen */
	r->sampler.host = host;
	r->sampler.root = r->root;
	r->sampler.store = r->store;
	good = sampler_run(&r->sampler, writer);
	e = writer_close(writer);
	if (e < 0)
		say("%s: %s; what came last is not in it", r->store, store_trouble(e));
	return good && e == 0;
}

static int run_request(struct request *r)
{
	struct arena a;
	struct host *host;
	bool good;

	if (!r->store[0] && !store_default_path(r->store)) {
		say("record: no home directory to keep a store in; give --store FILE");
		return EXIT_CANNOT;
	}
	umask(027);
	if (!store_make_directory(r->store) || !command_host(r->root, &host))
		return EXIT_CANNOT;
	good = arena_open(&a, 1 << 20) == 0;
	if (good)
		good = record_into(r, host, &a);
	arena_close(&a);
	host_close(host);
	return good ? EXIT_FINE : EXIT_CANNOT;
}

/* What a recorder begins for itself: child.h. */
static int run_child(const struct request *r)
{
	struct host *host;
	int code;

	if (!command_host(r->root, &host))
		return EXIT_CANNOT;
	code = child_serve(host, r->sampler.collectors, r->sampler.n_collectors);
	host_close(host);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "store", required_argument, NULL, 's' },
		{ "root", required_argument, NULL, 'r' },
		{ "every", required_argument, NULL, 'e' },
		{ "fast", required_argument, NULL, 'f' },
		{ "for", required_argument, NULL, 'd' },
		{ "keep", required_argument, NULL, 'k' },
		{ "cpu-budget", required_argument, NULL, 'b' },
		{ "segment", required_argument, NULL, 'S' },
		{ "collectors", required_argument, NULL, 'c' },
		{ "patience", required_argument, NULL, 'p' },
		{ "verbs-events", no_argument, NULL, 'v' },
		{ "child", no_argument, NULL, 'C' },       /* not for people */
		{ "verbs-child", no_argument, NULL, 'V' }, /* as well */
		{ 0 },
	};
	OWN_MEMORY struct request *r = own_alloc(1, sizeof(*r));
	int option;

	/* a huge page for the first word of each arena would be tens of megabytes; children inherit it */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	r->keep_bytes = usual_keep;
	r->sampler = (struct sampler_options){ .collectors = collectors,
		.n_collectors = n_collectors,
		.every_ns = SECOND_NS,
		.fast_ns = 100 * MS_NS,
		.cpu_share = 0.01,
		.patience_ns = 2 * SECOND_NS };
	while ((option = command_option(&record_command, argc, argv, options)) != -1) {
		const char *problem;

		if (option == '?' || option == ':')
			return EXIT_CANNOT;
		problem = take_option(r, option, optarg);
		if (problem)
			return command_usage(&record_command, problem, optarg);
	}
	if (optind < argc)
		return command_usage(&record_command, "too many words:", argv[optind]);
	if (r->is_verbs_child)
		return host_verbs_serve() == 0 ? EXIT_FINE : EXIT_CANNOT;
	return r->is_child ? run_child(r) : run_request(r);
}

const struct command record_command = {
	.name = "record",
	.usage = "[--store FILE] [--every 1s] [--fast 100ms] [--for D] [--keep SIZE|DAYS]"
		 " [--cpu-budget PERCENT]",
	.about = "keep everything, all the time, so that explain works afterwards",
	.help = "  --store FILE    the store (/var/lib/faultline/store; for others than root\n"
		"                  ~/.local/state/faultline/store); made when it is not there\n"
		"  --every 1s      a reading so often (10ms to 1h); what costs more is read less often\n"
		"  --fast 100ms    what changes quickly and costs next to nothing, so often; around\n"
		"                  events only where it costs more; 0: never\n"
		"  --for D         end by itself; else at SIGINT, SIGTERM or SIGHUP\n"
		"  --keep 1G       the store stays within so many bytes (K, M, G, T; at least 8M) or\n"
		"                  holds so many days (7d, and 1G): the oldest goes\n"
		"  --cpu-budget 1  percent of one CPU; over it, faultline reads less often and says so\n"
		"  --segment 5m    what is rolled up into columns at once\n"
		"  --patience 2s   a device that does not answer for so long is said to be stuck; after\n"
		"                  15 times that, the process that waits for it is given up\n"
		"  --verbs-events  hear RDMA devices' own events too (a port down, a device that failed): each\n"
		"                  is held open for that, and may refuse to be removed meanwhile\n"
		"  --collectors A,B  only these (faultline self names them)\n"
		"  --root DIR      read a tree instead of this machine\n\n"
		"The store is one SQLite file; the last second of a recorder that is killed may be lost.\n"
		"While it records, STORE.socket streams what is read: faultline events --follow --store FILE.\n",
	.run = run,
};
