/* The parent's side of a child: its process, what it is asked, and how long one is patient. */
#include "cmd/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "base/own.h"

enum {
	KILL_AFTER = 15, /* times the patience */
	FIRST_PAUSE = 15,
	LONGEST_PAUSE = 300,
	LENGTH = 8, /* bytes before a packet */
	END_STEPS = 50,
};
static const int64_t end_step_ns = 4 * MS_NS;

void child_open(struct child *c, const struct child_options *options)
{
	*c = (struct child){ .options = *options,
		.fd = -1,
		.wants = CHILD_WHOLE,
		.pause_ns = FIRST_PAUSE * options->patience_ns };
}

static void say_event(struct child *c, enum own_event which, const char *text, int64_t since_ns)
{
	c->options.event(c->options.self, which, text, since_ns);
}

/* ---- its process ---- */

/* A shared page that a program can be given: -errno or the descriptor, and the page in `c`. */
static int open_page(struct child *c)
{
	OWN_FD fd = memfd_create("faultline", MFD_CLOEXEC);
	void *page;

	if (fd < 0 || ftruncate(fd, sizeof(*c->page)) < 0)
		return -errno;
	page = mmap(NULL, sizeof(*c->page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	c->page = page;
	return own_take_fd(&fd);
}

static void close_page(struct child *c)
{
	if (c->page)
		munmap(c->page, sizeof(*c->page));
	c->page = NULL;
}

static void name_collectors(const struct child *c, char *to, size_t room)
{
	size_t n = 0;

	to[0] = '\0';
	for (size_t i = 0; i < c->options.n && n < room; i++)
		n += (size_t)snprintf(
			to + n, room - n, "%s%s", i ? "," : "", c->options.list[i]->name);
}

static int spawn(struct child *c, int socket_fd, int page_fd)
{
	char names[1024], root[] = "--root";
	char *words[] = { "faultline", "record", "--child", "--collectors", names,
		c->options.root ? root : NULL, (char *)c->options.root, NULL };
	int r;

	name_collectors(c, names, sizeof(names));
	r = host_helper_start(words, (const int[]){ socket_fd, page_fd }, 2, &c->pid);
	if (r < 0)
		c->pid = 0;
	return r;
}

static int start(struct child *c)
{
	int pair[2], r;
	OWN_FD ours = -1, theirs = -1, shared = -1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	shared = open_page(c);
	r = shared < 0 ? shared : spawn(c, theirs, shared);
	if (r < 0) {
		close_page(c);
		return r;
	}
	c->fd = own_take_fd(&ours);
	c->state = CHILD_IDLE;
	c->wants = CHILD_WHOLE;
	return 0;
}

/* ---- its end ---- */

static void plan_next(struct child *c, int64_t now_ns)
{
	int64_t longest_ns = LONGEST_PAUSE * c->options.patience_ns;

	c->due_ns = now_ns + c->pause_ns;
	c->pause_ns = c->pause_ns * 2 < longest_ns ? c->pause_ns * 2 : longest_ns;
}

static void note_end(struct child *c, int status, int64_t now_ns)
{
	char words[160], how[48];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "was killed by signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "ended with code %d", WEXITSTATUS(status));
	snprintf(words, sizeof(words), "process %d %s%s; the next one begins in %.3g s",
		(int)c->pid, c->killed ? "was given up: it " : "", how,
		(double)(c->due_ns - now_ns) / 1e9);
	say_event(c, OWN_CHILD_GONE, words, 0);
}

static void stop_talking(struct child *c, int64_t now_ns)
{
	if (c->fd < 0)
		return;
	close(c->fd);
	c->fd = -1;
	close_page(c);
	c->state = CHILD_IDLE;
	c->stuck = c->dropped = false;
	c->answer.n = 0;
	if (!c->lost_ns)
		c->lost_ns = now_ns;
}

/* Gone, without waiting for it: one that hangs in the kernel does not die, and no other is begun beside it. */
static void reap(struct child *c, int64_t now_ns)
{
	struct rusage used;
	int status;

	if (c->fd >= 0 || c->pid == 0 || wait4(c->pid, &status, WNOHANG, &used) != c->pid)
		return;
	c->cpu_ns += (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * SECOND_NS +
		     (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000;
	/* one that lived long does not pay for those before it */
	if (!c->killed && now_ns - c->began_ns > LONGEST_PAUSE * c->options.patience_ns)
		c->pause_ns = FIRST_PAUSE * c->options.patience_ns;
	plan_next(c, now_ns);
	note_end(c, status, now_ns);
	c->pid = 0;
	c->killed = false;
}

void child_close(struct child *c)
{
	if (c->pid)
		kill(c->pid, SIGKILL);
	for (unsigned i = 0; c->pid && i < END_STEPS; i++) {
		if (waitpid(c->pid, NULL, WNOHANG) != 0)
			c->pid = 0;
		else
			clock_sleep_until(clock_mono_ns() + end_step_ns);
	}
	stop_talking(c, 0);
	pack_free(&c->answer);
}

/* ---- asking ---- */

static void begin_next(struct child *c, int64_t now_ns)
{
	char words[128];
	int r;

	if (c->pid || now_ns < c->due_ns)
		return;
	r = start(c);
	c->began_ns = now_ns;
	if (r == 0)
		return;
	if (!c->lost_ns)
		c->lost_ns = now_ns;
	plan_next(c, now_ns);
	snprintf(words, sizeof(words), "none could be begun: %s; the next try is in %.3g s",
		strerror(-r), (double)(c->due_ns - now_ns) / 1e9);
	say_event(c, OWN_CHILD_GONE, words, 0);
}

void child_ask(struct child *c, unsigned request, int64_t now_ns)
{
	unsigned char byte;

	reap(c, now_ns);
	begin_next(c, now_ns);
	c->wants |= request & ~(unsigned)CHILD_FAST;
	if (c->fd < 0 || c->state != CHILD_IDLE || (request & CHILD_FAST && c->wants))
		return;
	byte = (unsigned char)(c->wants | (request & CHILD_FAST));
	if (send(c->fd, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1)
		return; /* it has ended: that is heard where it answers */
	c->state = CHILD_ASKED;
	c->asked_fast = request & CHILD_FAST;
	c->asked_ns = now_ns;
	c->wants = 0;
	c->answer.n = 0;
}

/* ---- its answer ---- */

static bool is_whole(const struct child *c)
{
	str rest = { c->answer.p, c->answer.n };
	uint64_t n;

	return unpack_u64(&rest, &n) && rest.n >= n;
}

static void note_back(struct child *c, int64_t now_ns)
{
	char words[96];

	if (!c->lost_ns)
		return;
	snprintf(words, sizeof(words), "what may hang is read again, after %.1f s",
		(double)(now_ns - c->lost_ns) / 1e9);
	say_event(c, OWN_CHILD_BACK, words, 0);
	c->lost_ns = 0;
}

/* Behind a time in which it counted as lost, only all of it is of use. */
static void end_answer(struct child *c)
{
	c->state = CHILD_ANSWERED;
	if (!c->stuck && !c->dropped) {
		note_back(c, clock_mono_ns());
		return;
	}
	c->stuck = c->dropped = false;
	c->state = CHILD_IDLE;
	c->wants |= CHILD_WHOLE;
}

int child_fd(const struct child *c)
{
	return c->fd;
}

void child_take(struct child *c)
{
	enum { PIECE = 65536 };
	ssize_t n = 1;

	while (c->fd >= 0 && n > 0) {
		pack_room(&c->answer, PIECE);
		n = recv(c->fd, c->answer.p + c->answer.n, PIECE, MSG_DONTWAIT);
		if (n > 0)
			c->answer.n += (size_t)n;
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) ||
			c->answer.n > LENGTH + PACKET_BYTES)
			stop_talking(c, clock_mono_ns());
	}
	if (c->fd >= 0 && c->state == CHILD_ASKED && is_whole(c))
		end_answer(c);
	if (c->fd < 0)
		reap(c, clock_mono_ns());
}

void child_wait(struct child *c, int64_t since_ns, int64_t most_ns)
{
	int64_t end_ns = clock_mono_ns() + most_ns, left_ns = most_ns;

	while (c->fd >= 0 && c->state == CHILD_ASKED && c->asked_ns >= since_ns && left_ns > 0) {
		struct pollfd fd = { c->fd, POLLIN, 0 };

		if (poll(&fd, 1, (int)((left_ns + MS_NS - 1) / MS_NS)) > 0)
			child_take(c);
		left_ns = end_ns - clock_mono_ns();
	}
}

bool child_answer(struct child *c, bool fast, str *ret)
{
	/* a full tick's readings are judged as such: they are not mixed into a fast one */
	if (c->state != CHILD_ANSWERED || (fast && !c->asked_fast))
		return false;
	*ret = (str){ c->answer.p + LENGTH, c->answer.n - LENGTH };
	return true;
}

void child_done(struct child *c)
{
	c->state = CHILD_IDLE;
}

void child_renew(struct child *c)
{
	c->wants |= CHILD_WHOLE;
	if (c->state == CHILD_ANSWERED)
		c->state = CHILD_IDLE;
	c->dropped = c->state == CHILD_ASKED;
}

/* ---- patience ---- */

static void note_stuck(struct child *c, int64_t now_ns)
{
	int64_t since_ns = c->page->since_ns;
	char collector[CHILD_NAME], path[CHILD_PATH], words[CHILD_PATH + 160];

	memcpy(collector, c->page->collector, sizeof(collector));
	memcpy(path, c->page->path, sizeof(path));
	collector[CHILD_NAME - 1] = path[CHILD_PATH - 1] = '\0';
	if (since_ns)
		snprintf(words, sizeof(words), "%s has not come back for %.1f s from %s", collector,
			(double)(now_ns - since_ns) / 1e9, path);
	else
		snprintf(words, sizeof(words),
			"process %d has not answered for %.1f s; it is reading nothing",
			(int)c->pid, (double)(now_ns - c->asked_ns) / 1e9);
	say_event(c, OWN_CHILD_STUCK, words, since_ns ? since_ns : c->asked_ns);
}

void child_watch(struct child *c, int64_t every_ns, int64_t now_ns)
{
	int64_t patience_ns = c->options.patience_ns, age_ns = now_ns - c->asked_ns;

	if (patience_ns < 2 * every_ns)
		patience_ns = 2 * every_ns;
	if (c->fd < 0 || c->state != CHILD_ASKED || age_ns < patience_ns)
		return;
	if (!c->stuck)
		note_stuck(c, now_ns);
	c->stuck = true;
	if (!c->lost_ns)
		c->lost_ns = c->asked_ns;
	if (c->killed || age_ns < KILL_AFTER * c->options.patience_ns || age_ns < 2 * patience_ns)
		return;
	kill(c->pid, SIGKILL);
	c->killed = true;
}

int64_t child_cpu_ns(const struct child *c)
{
	struct timespec used = { 0 };
	clockid_t id;

	if (c->pid && clock_getcpuclockid(c->pid, &id) == 0)
		clock_gettime(id, &used);
	return c->cpu_ns + used.tv_sec * SECOND_NS + used.tv_nsec;
}
