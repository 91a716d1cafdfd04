/* This program once more, for what may hang: with nothing of ours but the descriptors that it is given. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "base/own.h"
#include "host/host.h"

extern char **environ;

enum {
	FIRST_FD = HOST_HELPER_FD,
	ABOVE_FDS = FIRST_FD + HOST_HELPER_FDS, /* where no number is that the helper gets */
};

/*
 * Its files: nothing to say anything to, and none of ours. One that cannot be ended must not hold
 * anything that somebody waits for.
 */
static int choose_files(posix_spawn_file_actions_t *actions, const int *fds, unsigned n)
{
	int r = 0;

	for (int fd = 0; r == 0 && fd < FIRST_FD; fd++)
		r = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
	for (unsigned i = 0; r == 0 && i < n; i++)
		r = posix_spawn_file_actions_adddup2(actions, fds[i], FIRST_FD + (int)i);
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(actions, FIRST_FD + (int)n);
	return r;
}

/* A group of its own: what a terminal sends to ours, we pass on by ending it. */
static int choose_signals(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	r = posix_spawnattr_setflags(
		attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	return r;
}

static int spawn(char *const words[], const int *fds, unsigned n, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	pid_t pid;
	int r;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return -ENOMEM;
	}
	r = choose_files(&actions, fds, n);
	if (r == 0)
		r = choose_signals(&attributes);
	if (r == 0)
		r = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, words, environ);
	if (r == 0)
		*ret = pid;
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int host_helper_start(char *const words[], const int *fds, unsigned n, pid_t *ret)
{
	int copies[HOST_HELPER_FDS] = { 0 };
	unsigned made = 0;
	int r = n <= HOST_HELPER_FDS ? 0 : -E2BIG;

	while (r == 0 && made < n) {
		copies[made] = fcntl(fds[made], F_DUPFD_CLOEXEC, ABOVE_FDS);
		if (copies[made] < 0)
			r = -errno;
		else
			made++;
	}
	if (r == 0)
		r = spawn(words, copies, n, ret);
	while (made)
		close(copies[--made]);
	return r;
}
