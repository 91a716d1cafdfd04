/* The child's side: it reads when it is asked, and says where it is. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/own.h"
#include "cmd/child.h"
#include "cmd/command.h"
#include "record/packet.h"

enum { SOCKET_FD = HOST_HELPER_FD, PAGE_FD, LENGTH = 8 };

struct serving {
	struct host *host;
	const struct collector *const *list;
	size_t n;
	struct child_page *page;
	struct pack answer;
	/* of an era: */
	bool begun;
	struct session session;
	struct run *run;
	struct frame frame;
	struct packet_writer packets;
};

static void copy_text(char *to, size_t room, const char *from)
{
	size_t n = strnlen(from, room - 1);

	memcpy(to, from, n);
	to[n] = '\0';
}

/* Whoever looks does so when this has stood still for long. */
static void note_place(void *self, const char *collector, const char *path)
{
	struct child_page *page = ((struct serving *)self)->page;

	copy_text(page->collector, sizeof(page->collector), collector);
	copy_text(page->path, sizeof(page->path), path);
	page->since_ns = clock_mono_ns();
}

static void end_era(struct serving *s)
{
	if (!s->begun)
		return;
	s->run = run_close(s->run);
	packet_writer_close(&s->packets);
	frame_close(&s->frame);
	session_close(&s->session);
	s->begun = false;
}

static bool begin_era(struct serving *s)
{
	const struct run_options options = { .scheduled = true, .reads = note_place, .self = s };

	end_era(s);
	if (session_open(&s->session) < 0 || frame_open(&s->frame) < 0 ||
		run_open(s->host, &s->session, s->list, s->n, &options, &s->run) < 0)
		return false;
	packet_writer_open(&s->packets, &s->session);
	s->begun = true;
	return true;
}

static void put_length(struct pack *answer)
{
	struct pack length = { 0 };

	pack_u64(&length, answer->n - LENGTH);
	memcpy(answer->p, length.p, LENGTH);
	pack_free(&length);
}

static bool read_tick(struct serving *s, unsigned request)
{
	bool whole = request & CHILD_WHOLE || !s->begun;
	unsigned flags = whole ? PACKET_FULL | PACKET_RENEWS : 0;
	bool any = true;

	if (whole && !begin_era(s))
		return false;
	s->answer.n = 0;
	pack_u64(&s->answer, 0);
	if (request & CHILD_RESCAN)
		run_rescan(s->run);
	if (request & CHILD_FAST && !whole)
		any = run_fast(s->run, &s->frame) == 0;
	else
		run_tick(s->run, &s->frame);
	s->page->since_ns = 0;
	if (any)
		packet_write(&s->packets, &s->frame, clock_mono_ns(), NULL, 0, flags, &s->answer);
	put_length(&s->answer);
	return true;
}

static bool send_answer(const struct serving *s)
{
	size_t sent = 0;

	while (sent < s->answer.n) {
		ssize_t n = send(SOCKET_FD, s->answer.p + sent, s->answer.n - sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return false;
		sent += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* False: nobody asks any more. */
static bool take_request(unsigned *ret)
{
	unsigned char byte;
	ssize_t n;

	do
		n = recv(SOCKET_FD, &byte, 1, 0);
	while (n < 0 && errno == EINTR);
	*ret = byte;
	return n == 1;
}

int child_serve(struct host *host, const struct collector *const *list, size_t n)
{
	struct serving s = { .host = host, .list = list, .n = n };
	unsigned request;
	bool good = true;

	/* if the parent has gone already, the socket says so */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	s.page = mmap(NULL, sizeof(*s.page), PROT_READ | PROT_WRITE, MAP_SHARED, PAGE_FD, 0);
	if (s.page == MAP_FAILED)
		return EXIT_CANNOT;
	while (good && take_request(&request))
		good = read_tick(&s, request) && send_answer(&s);
	end_era(&s);
	pack_free(&s.answer);
	munmap(s.page, sizeof(*s.page));
	return good ? EXIT_FINE : EXIT_CANNOT;
}
