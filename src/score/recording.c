/* Unpacking recordings with xz and tar, and removing what was unpacked. */
#include "score/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/copy.h"

extern char **environ;

static volatile sig_atomic_t caught;
static const int guarded[] = { SIGINT, SIGTERM, SIGHUP };
enum { GUARDED = sizeof(guarded) / sizeof(*guarded) };

static void note(int signal_number)
{
	caught = signal_number;
}

/* Without SA_RESTART: what waits wakes up. A signal that the parent had ignored stays ignored. */
void recording_guard(void)
{
	struct sigaction action = { .sa_handler = note }, before;

	caught = 0;
	for (size_t i = 0; i < GUARDED; i++)
		if (sigaction(guarded[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
			sigaction(guarded[i], &action, NULL);
}

bool recording_interrupted(void)
{
	return caught;
}

void recording_unguard(void)
{
	struct sigaction now;
	int came = caught;

	for (size_t i = 0; i < GUARDED; i++)
		if (sigaction(guarded[i], NULL, &now) == 0 && now.sa_handler == note)
			signal(guarded[i], SIG_DFL);
	caught = 0;
	if (came)
		raise(came);
}

/* The exit code; -1: it did not end by itself; -EINTR: a signal came, and it was ended. */
static int wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
		else if (caught)
			kill(child, SIGTERM);
	if (caught)
		return -EINTR;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char store_name[] = "recording.store";

/* What it says is said by us, in one line. `out`: a file for what it writes; NULL: it writes nothing. */
static int run_tool(const char *const *argv, const char *out, int *ret_code)
{
	posix_spawn_file_actions_t actions;
	pid_t child;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return -r;
	r = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (r == 0 && out)
		r = posix_spawn_file_actions_addopen(
			&actions, STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (r == 0)
		r = posix_spawnp(&child, argv[0], &actions, NULL, (char **)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r)
		return -r;
	*ret_code = wait_for(child);
	return *ret_code == -EINTR ? -EINTR : 0;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int unpack(const struct corpus_case *c, const char *scratch, struct arena *arena,
	const char **ret_problem)
{
	const char *untar[] = { "tar", "-xJf", c->recording, "-C", scratch, "--no-same-owner",
		"--no-same-permissions", NULL };
	const char *unxz[] = { "xz", "-dc", "--", c->recording, NULL };
	bool is_store = c->packing == PACKED_STORE;
	const char *const *argv = is_store ? unxz : untar;
	const char *out = is_store ? arena_printf(arena, "%s/%s", scratch, store_name) : NULL;
	int code = -1, r = run_tool(argv, out, &code);

	if (r == -EINTR)
		return r;
	if (r < 0)
		*ret_problem = arena_printf(arena,
			"%s: %s could not be started: %s; install tar and xz-utils", c->recording,
			argv[0], strerror(-r));
	else if (code != 0)
		*ret_problem = arena_printf(arena,
			"%s: %s could not unpack it; restore the file, install xz-utils, or make room in %s",
			c->recording, argv[0], scratch);
	return r < 0 || code != 0 ? -EBADMSG : 0;
}

/* An archive holds the directory "recording", or what lies in it. */
static const char *root_of(const struct corpus_case *c, const char *scratch, struct arena *arena)
{
	const char *inner = arena_printf(arena, "%s/recording", scratch);

	if (c->packing == PACKED_STORE)
		return arena_printf(arena, "%s/%s", scratch, store_name);
	return is_directory(inner) ? inner : scratch;
}

static int open_packed(const struct corpus_case *c, struct arena *arena, struct recording *ret,
	const char **ret_problem)
{
	const char *base = getenv("TMPDIR");
	/* the name of the case, so that whoever complains of a path in there tells the case */
	const char *template = arena_printf(
		arena, "%s/faultline-score-%s-XXXXXX", base && *base ? base : "/tmp", c->name);
	char *scratch = (char *)arena_copy(arena, str_of(template)).p;
	int r;

	if (!scratch || !mkdtemp(scratch)) {
		*ret_problem = arena_printf(arena,
			"%s: no directory to unpack it in: %s; set TMPDIR to one with room",
			c->recording, strerror(errno));
		return -EBADMSG;
	}
	r = unpack(c, scratch, arena, ret_problem);
	if (r < 0) {
		host_remove_copy(scratch);
		return r;
	}
	*ret = (struct recording){ root_of(c, scratch, arena), scratch };
	return 0;
}

int recording_open(const struct corpus_case *c, struct arena *arena, struct recording *ret,
	const char **ret_problem)
{
	if (!c->recording) {
		*ret_problem = arena_printf(arena,
			"%s: no recording in it; a case holds recording.store, recording/, or one of them packed with xz",
			c->name);
		return -EBADMSG;
	}
	if (c->packing != NOT_PACKED)
		return open_packed(c, arena, ret, ret_problem);
	*ret = (struct recording){ c->recording, NULL };
	return 0;
}

void recording_close(struct recording *r)
{
	if (r->scratch)
		host_remove_copy(r->scratch);
	*r = (struct recording){ 0 };
}
