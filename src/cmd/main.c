/*
 * faultline: tells why a Linux host that moves data over RDMA and fast networks has become slow or
 * broken.
 */
#include <stdio.h>

#include "base/say.h"
#include "cmd/command.h"

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < n_commands; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's distance; names of commands are short, and so is what is worth a suggestion. */
static size_t distance(const char *a, const char *b)
{
	enum { LONGEST = 32 };
	size_t row[LONGEST + 1], n = strlen(b);

	if (n > LONGEST || strlen(a) > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t above = row[j];

			row[j] =
				least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

static int unknown(const char *name)
{
	const char *nearest = commands[0]->name;

	for (size_t i = 1; i < n_commands; i++)
		if (distance(name, commands[i]->name) < distance(name, nearest))
			nearest = commands[i]->name;
	say("unknown command %s; did you mean \"%s\"? faultline help lists all", name, nearest);
	return EXIT_CANNOT;
}

static int help_all(FILE *out)
{
	fputs("faultline tells why a Linux host that moves data over RDMA and fast networks\n"
	      "has become slow or broken.\n\nusage: faultline COMMAND [OPTION...]\n\n",
		out);
	for (size_t i = 0; i < n_commands; i++)
		fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->about);
	fputs("  help      what a command does and which options it takes\n\n"
	      "Exit codes: check 0 healthy, 1 warning, 2 critical; 3 could not run.\n",
		out);
	return EXIT_FINE;
}

static int help_one(const struct command *command)
{
	printf("usage: faultline %s %s\n\n%s\n\n%s", command->name, command->usage, command->about,
		command->help);
	return EXIT_FINE;
}

static int help(const char *name)
{
	const struct command *command = name ? find(name) : NULL;

	if (!name)
		return help_all(stdout);
	return command ? help_one(command) : unknown(name);
}

static int dispatch(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command;

	if (argc < 2) {
		say("no command; faultline help lists them");
		return EXIT_CANNOT;
	}
	if (strcmp(name, "--version") == 0) {
		printf("faultline %s\n", FAULTLINE_VERSION);
		return EXIT_FINE;
	}
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	command = find(name);
	if (!command)
		return unknown(name);
	for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return help_one(command);
	return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int code = dispatch(argc, argv);

	return command_flush() ? code : EXIT_CANNOT;
}
