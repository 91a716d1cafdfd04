/* Commands that a reader may run: an entity's name in the place of %s. */
#include "show/command.h"

/* A command is there to be pasted into a shell, and a name is whatever somebody chose. */
static void print_shell_safe(FILE *out, str name)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/@+,-";

	for (size_t i = 0; i < name.n; i++)
		fputc(strchr(plain, name.p[i]) && name.p[i] ? name.p[i] : '?', out);
}

static void print_filled(FILE *out, const char *command, str name)
{
	str first = name, before = name, last = name;

	str_cut(name, '/', &first, NULL);
	str_cut_last(name, '/', &before, &last);
	for (; *command; command++) {
		if (command[0] != '%' || !command[1] || !strchr("spdn", command[1])) {
			fputc(*command, out);
			continue;
		}
		command++;
		print_shell_safe(out, *command == 's'   ? name
				      : *command == 'p' ? first
				      : *command == 'd' ? before
							: last);
	}
}

/* "@pod/eth0" is eth0 in the namespace pod: the command must be run in there. */
void print_command(FILE *out, const char *command, str name)
{
	str ns;

	if (!str_starts(name, STR("@"))) {
		print_filled(out, command, name);
		return;
	}
	ns = str_from(name, 1);
	name = (str){ "", 0 };
	str_cut(ns, '/', &ns, &name);
	fputs("ip netns exec ", out);
	print_shell_safe(out, ns);
	fputs(" sh -c \"", out);
	print_filled(out, command, name);
	fputc('"', out);
}
