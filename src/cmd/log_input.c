/* Where a log comes from: a file, standard input, the live kernel, a recording. */
#include "cmd/log_input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/say.h"

enum {
	PIECE = 256 << 10,
	RECORDS = 16 << 20, /* room for what one call of host_log() gives */
	IDLE_MS = 200       /* after so long a pause a message is complete */
};

static volatile sig_atomic_t stopped;

static void on_stop(int sig)
{
	(void)sig;
	stopped = 1;
}

void log_input_catch_signals(void)
{
	const struct sigaction stop = { .sa_handler = on_stop }, ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

bool log_input_is_unheard(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return ferror(stdout) || (poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0);
}

/* ---- files ---- */

static const char *file_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static bool cannot_read(const char *path, int error)
{
	say("%s: %s; name a file of dmesg, journalctl or syslog, or - for standard input",
		file_name(path), strerror(error));
	return false;
}

int log_input_open(const char *path)
{
	OWN_FD fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		cannot_read(path, errno);
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		cannot_read(path, EISDIR);
		return -1;
	}
	return own_take_fd(&fd);
}

static bool is_regular(int fd, struct stat *st)
{
	return fstat(fd, st) == 0 && S_ISREG(st->st_mode);
}

int64_t log_input_taken_ns(int fd)
{
	struct stat st;

	return is_regular(fd, &st) ? st.st_mtim.tv_sec * SECOND_NS + st.st_mtim.tv_nsec : 0;
}

/* What holds a log but is not one: it has to be unpacked first. */
static bool is_packed(const char *path, str begin)
{
	static const struct {
		str magic;
		const char *tool;
	} kinds[] = {
		{ { "\x1f\x8b", 2 }, "zcat" },
		{ { "\xfd\x37zXZ", 5 }, "xzcat" },
		{ { "\x28\xb5\x2f\xfd", 4 }, "zstdcat" },
		{ { "BZh", 3 }, "bzcat" },
		{ { "LPKSHHRH", 8 }, "journalctl -o json --file" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (str_starts(begin, kinds[i].magic)) {
			say("%s: it is packed; give - as the log and the output of %s %s as its input",
				file_name(path), kinds[i].tool,
				strcmp(path, "-") == 0 ? "FILE" : path);
			return true;
		}
	return false;
}

struct feed {
	struct log *log;
	int fd;
	bool regular, at_end;
};

static void show_so_far(struct log *log)
{
	log_pause(log);
	fflush(stdout);
}

/* A followed file may have been cut, as logrotate does with copytruncate. */
static void rewind_if_cut(const struct feed *f)
{
	off_t at = lseek(f->fd, 0, SEEK_CUR);
	struct stat st;

	if (at > 0 && is_regular(f->fd, &st) && st.st_size < at) {
		log_flush(f->log); /* the other half of its last line will never come */
		lseek(f->fd, 0, SEEK_SET);
	}
}

/* Wait until there may be more to read; false when there is no sense in it. */
static bool wait_for_more(struct feed *f)
{
	struct pollfd in = { .fd = f->fd, .events = POLLIN };

	if (f->regular) {
		if (!f->at_end)
			return true;
		show_so_far(f->log);
		rewind_if_cut(f);
		poll(NULL, 0, IDLE_MS);
		return !log_input_is_unheard();
	}
	while (!stopped && poll(&in, 1, IDLE_MS) == 0) {
		show_so_far(f->log);
		if (log_input_is_unheard())
			return false;
	}
	return true;
}

bool log_input_file(struct log *log, const char *path, int fd, bool follow)
{
	OWN_MEMORY char *piece = own_alloc(PIECE, 1);
	struct stat st;
	struct feed f = { log, fd, is_regular(fd, &st), false };
	bool first = true;

	while (!stopped && (!follow || wait_for_more(&f))) {
		ssize_t n = read(fd, piece, PIECE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot_read(path, errno);
		f.at_end = n == 0;
		if (n == 0 && !(follow && f.regular))
			break;
		if (first && n > 0 && is_packed(path, (str){ piece, (size_t)n }))
			return false;
		first = first && n == 0;
		log_feed(log, (str){ piece, (size_t)n });
	}
	return true;
}

/* ---- the kernel's own log ---- */

static bool cannot_read_kernel(int error)
{
	if (error == -EPERM || error == -EACCES)
		say("/dev/kmsg: %s; run as root or with CAP_SYSLOG, or: journalctl -k -o json | faultline events -",
			strerror(-error));
	else
		say("/dev/kmsg: %s; give --log FILE, or: dmesg | faultline events -",
			strerror(-error));
	return false;
}

bool log_input_live(struct log *log, struct host *host, bool follow)
{
	struct arena a;
	int r = host_log_open(host, false);
	str text;

	if (r < 0)
		return cannot_read_kernel(r);
	if (arena_open(&a, RECORDS) < 0)
		return cannot_read_kernel(-ENOMEM);
	while (!stopped) {
		char *mark = arena_mark(&a);

		r = host_log(host, &a, &text);
		if (r < 0 || (text.n == 0 && !follow))
			break;
		log_feed(log, text);
		arena_release(&a, mark);
		if (text.n)
			continue;
		show_so_far(log);
		if (log_input_is_unheard())
			break;
		host_log_wait(host, IDLE_MS);
	}
	arena_close(&a);
	return r < 0 ? cannot_read_kernel(r) : true;
}

bool log_input_tape(struct log *log, struct host *host, const char *dir)
{
	struct arena a;
	bool any = false;
	int n, r = 0;
	str text;

	if (arena_open(&a, RECORDS) < 0)
		return cannot_read(dir, ENOMEM);
	while ((n = host_next(host)) == 0) {
		char *mark = arena_mark(&a);

		r = host_log(host, &a, &text);
		if (r == 0) {
			log_feed(log, text);
			any = true;
		}
		arena_release(&a, mark);
	}
	arena_close(&a);
	if (n == -EBADMSG)
		say("%s/tape: %s", dir, host_damage(host));
	if (!any)
		say("%s: the recording holds no log: %s; give --log FILE beside it", dir,
			host_reason(r));
	return any;
}
