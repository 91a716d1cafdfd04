/*
 * A UDP receiver that starves, or does not: for the demo and the lab. It speaks over the loopback of the
 * network namespace it is started in.
 *
 *   udp-starve [--hog] [--hog-from 0] [--hog-for 60] [--seconds 6] [--rate 25000] [--cpu 0]
 *
 * One process receives on CPU --cpu, another sends at a fixed rate from another CPU, and with --hog a third
 * one, "busy-task", is busy on the receiver's CPU at nice -20: from --hog-from seconds after the start, for
 * --hog-for seconds. Each ends by its own clock; nothing outlives the parent.
 * It prints: sent=N received=N lost=N receiver_waited_ms=N
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DATAGRAM = 256, BUFFER = 1 << 20, LONGEST_S = 60 };
static const int64_t second_ns = 1000000000, drain_ns = 300000000, hog_lead_ns = 100000000;

struct shared { /* between the processes; each field has one writer */
	volatile uint64_t sent, received, waited_ns;
};

struct plan {
	int hog, receiver_cpu, sender_cpu;
	long seconds, rate, hog_from, hog_for;
	int64_t end_ns; /* of sending, CLOCK_MONOTONIC */
	struct shared *shared;
	int receive_fd, send_fd;
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * second_ns + t.tv_nsec;
}

static void sleep_until(int64_t at_ns)
{
	struct timespec t = { .tv_sec = at_ns / second_ns, .tv_nsec = at_ns % second_ns };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static _Noreturn void stop(const char *what, const char *remedy)
{
	fprintf(stderr, "udp-starve: %s: %s; %s\n", what, strerror(errno), remedy);
	exit(3);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		stop("cannot run on the CPU that was asked for", "choose another one with --cpu");
}

static void receive(const struct plan *p)
{
	int64_t end = p->end_ns + drain_ns, left;
	struct pollfd ready = { .fd = p->receive_fd, .events = POLLIN };
	char datagram[DATAGRAM];
	unsigned long long ran, waited = 0;
	FILE *stat;

	pin(p->receiver_cpu);
	while ((left = end - now_ns()) > 0)
		if (poll(&ready, 1, (int)(left / 1000000) + 1) > 0)
			while (recv(p->receive_fd, datagram, sizeof(datagram), MSG_DONTWAIT) >= 0)
				p->shared->received++;
	stat = fopen("/proc/thread-self/schedstat", "re");
	if (stat && fscanf(stat, "%llu %llu", &ran, &waited) == 2)
		p->shared->waited_ns = waited;
	if (stat)
		fclose(stat);
}

/* What is due by the clock, then sleep: the rate stays the same however late the sender wakes. */
static void transmit(const struct plan *p)
{
	int64_t start = now_ns() + hog_lead_ns, now;
	char datagram[DATAGRAM] = { 0 };

	pin(p->sender_cpu);
	/*
	 * Another session than the receiver's and, beside a hog, as urgent as that: the weight of a
	 * session or cgroup goes to the CPU where its heaviest task is, and what it runs elsewhere
	 * would give way to any other work.
	 */
	setsid();
	if (p->hog)
		setpriority(PRIO_PROCESS, 0, -20);
	sleep_until(start);
	while ((now = now_ns()) < p->end_ns) {
		uint64_t due = (uint64_t)((now - start) / 1000 * p->rate / 1000000);

		while (p->shared->sent < due &&
			send(p->send_fd, datagram, sizeof(datagram), 0) >= 0)
			p->shared->sent++;
		sleep_until(now + 1000000);
	}
}

static void hog(const struct plan *p)
{
	int64_t from = p->end_ns - p->seconds * second_ns + p->hog_from * second_ns;
	int64_t until = from + p->hog_for * second_ns;

	prctl(PR_SET_NAME, "busy-task");
	pin(p->receiver_cpu);
	if (setpriority(PRIO_PROCESS, 0, -20) < 0)
		stop("cannot become nice -20", "run it as root");
	sleep_until(from);
	while (now_ns() < p->end_ns && now_ns() < until)
		;
}

static void open_sockets(struct plan *p)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(to);
	int buffer = BUFFER;

	p->receive_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	p->send_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (p->receive_fd < 0 || p->send_fd < 0)
		stop("cannot open a socket", "try again");
	/*
	 * of this socket only: enough for a fifth of a second, so that a short delay loses nothing
	 */
	if (setsockopt(p->receive_fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) < 0)
		setsockopt(p->receive_fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (bind(p->receive_fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
		getsockname(p->receive_fd, (struct sockaddr *)&to, &size) < 0 ||
		connect(p->send_fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		stop("cannot use the loopback of this network namespace",
			"set it up first: ip link set lo up");
}

static pid_t start(void (*run)(const struct plan *), const struct plan *p)
{
	pid_t parent = getpid(), child = fork();

	if (child < 0)
		stop("cannot start a process", "try again");
	if (child > 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	alarm((unsigned)p->seconds + 5); /* should its own loop not end it */
	run(p);
	_exit(0);
}

static int wait_for(const pid_t *children, int n)
{
	int failed = 0, status;

	for (int i = 0; i < n; i++)
		if (waitpid(children[i], &status, 0) < 0 || status != 0)
			failed = 3;
	return failed;
}

static long number(const char *text, long least, long most)
{
	char *end;
	long value;

	errno = 0;
	value = text ? strtol(text, &end, 10) : -1;
	if (!text || *end || end == text || errno || value < least || value > most) {
		fprintf(stderr, "udp-starve: expected a number from %ld to %ld, not '%s'\n", least,
			most, text ? text : "");
		exit(3);
	}
	return value;
}

static void read_arguments(struct plan *p, char **argv)
{
	while (*++argv) {
		if (strcmp(*argv, "--hog") == 0)
			p->hog = 1;
		else if (strcmp(*argv, "--hog-from") == 0)
			p->hog_from = number(*++argv, 0, LONGEST_S);
		else if (strcmp(*argv, "--hog-for") == 0)
			p->hog_for = number(*++argv, 1, LONGEST_S);
		else if (strcmp(*argv, "--seconds") == 0)
			p->seconds = number(*++argv, 1, LONGEST_S);
		else if (strcmp(*argv, "--rate") == 0)
			p->rate = number(*++argv, 1, 1000000);
		else if (strcmp(*argv, "--cpu") == 0)
			p->receiver_cpu = (int)number(*++argv, 0, CPU_SETSIZE - 1);
		else {
			fprintf(stderr,
				"usage: udp-starve [--hog] [--hog-from N] [--hog-for N] [--seconds N] "
				"[--rate N] [--cpu N]\n");
			exit(3);
		}
		if (!*argv)
			exit(3);
	}
}

/* The first CPU that may be used and is not the receiver's; with one CPU they share it. */
static void choose_cpus(struct plan *p)
{
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		stop("cannot see which CPUs may be used", "try again");
	for (int cpu = 0; p->receiver_cpu < 0 && cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((unsigned)cpu, &allowed))
			p->receiver_cpu = cpu;
	p->sender_cpu = p->receiver_cpu;
	for (int cpu = 0; cpu < CPU_SETSIZE && p->sender_cpu == p->receiver_cpu; cpu++)
		if (CPU_ISSET((unsigned)cpu, &allowed) && cpu != p->receiver_cpu)
			p->sender_cpu = cpu;
}

int main(int argc, char **argv)
{
	struct plan p = { .seconds = 6, .rate = 25000, .hog_for = LONGEST_S, .receiver_cpu = -1 };
	pid_t children[3];
	int n = 0, failed;

	(void)argc;
	read_arguments(&p, argv);
	setsid(); /* nice orders the tasks of one session: receiver and hog share one, and nothing else is in it */
	choose_cpus(&p);
	p.shared = mmap(
		NULL, sizeof(*p.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p.shared == MAP_FAILED)
		stop("no memory", "try again");
	open_sockets(&p);
	p.end_ns = now_ns() + hog_lead_ns + p.seconds * second_ns;
	children[n++] = start(receive, &p);
	if (p.hog)
		children[n++] = start(hog, &p);
	children[n++] = start(transmit, &p);
	failed = wait_for(children, n);
	printf("sent=%llu received=%llu lost=%llu receiver_waited_ms=%llu\n",
		(unsigned long long)p.shared->sent, (unsigned long long)p.shared->received,
		(unsigned long long)(p.shared->sent - p.shared->received),
		(unsigned long long)(p.shared->waited_ns / 1000000));
	return failed;
}
