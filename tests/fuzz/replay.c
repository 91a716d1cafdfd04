/*
 * The main of a fuzz target without libFuzzer: TARGET_replay DIR... gives it each file there, and
 * TARGET_replay --seed OUT [TREE...] writes seeds.
 */
#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "fuzz.h"

enum { LONGEST = 1 << 24, SECONDS = 20 };

static char replaying[600];

static void say_which(int number)
{
	fprintf(stderr, "signal %d in input %s\n", number, replaying);
	_exit(1);
}

static bool replay_file(uint8_t *bytes)
{
	OWN_FILE in = fopen(replaying, "re");

	if (!in)
		return false;
	alarm(SECONDS);
	LLVMFuzzerTestOneInput(bytes, fread(bytes, 1, LONGEST, in));
	return true;
}

static void replay(const char *from, unsigned *passed, unsigned *failed)
{
	OWN_MEMORY uint8_t *bytes = own_alloc(LONGEST, 1);
	DIR *open = opendir(from);
	const struct dirent *entry;

	while (open && (entry = readdir(open))) {
		if (entry->d_type != DT_REG)
			continue;
		snprintf(replaying, sizeof(replaying), "%.300s/%s", from, entry->d_name);
		if (replay_file(bytes))
			++*passed;
		else
			++*failed;
	}
	if (open)
		closedir(open);
	*failed += !open;
}

int main(int argc, char **argv)
{
	unsigned passed = 0, failed = 0;

	signal(SIGSEGV, say_which);
	signal(SIGABRT, say_which);
	signal(SIGALRM, say_which);
	if (argc > 2 && strcmp(argv[1], "--seed") == 0)
		return fuzz_make_seeds(argv[2], argc - 3, argv + 3) ? 1 : 0;
	for (int i = 1; i < argc; i++)
		replay(argv[i], &passed, &failed);
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed ? 1 : 0;
}
