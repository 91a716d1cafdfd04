/*
 * What does `faultline check` cost beside a bare loop of open, pread and close over the very same
 * paths? Both are measured as whole processes, in turn; the loop's process gets the paths as a list
 * and does nothing else. Each word of config space is a question to the device, or to a hypervisor: of that
 * the loop reads as much as check does, and of the rest whole files. usage: bench-check FAULTLINE. The aim is 1.5 times the loop and 50 ms of
 * CPU; other work on the machine moves the ratio by a tenth or two, so it exits 1 over 2 or 50 ms.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"

enum {
	ROUNDS = 21,
	BUFFER = 4096
}; /* a larger one makes sysctls slow: the kernel clears as much */
static const double wanted_ratio = 1.5, most_ratio = 2.0, most_ms = 50;

static char buffer[BUFFER];

static void read_file(const char *name)
{
	OWN_FD fd = open(name, O_RDONLY | O_CLOEXEC);
	off_t at = 0;
	ssize_t n;

	while (fd >= 0 && (n = pread(fd, buffer, sizeof(buffer), at)) > 0)
		at += n;
}

/* A line of the list is "c144/sys/bus/pci/devices/0000:00:01.0/config". */
static void read_config(const char *words)
{
	const char *name = strchr(words, '/');
	OWN_FD fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	uint64_t n = 0;

	if (fd >= 0 && str_u64((str){ words, (size_t)(name - words) }, &n) == 0)
		(void)!pread(fd, buffer, n < sizeof(buffer) ? n : sizeof(buffer), 0);
}

static void read_list(const char *name)
{
	DIR *dir = opendir(name);

	while (dir && readdir(dir))
		;
	if (dir)
		closedir(dir);
}

static double cpu_ms(const struct rusage *u)
{
	return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1e3 +
	       (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e3;
}

/* The other side of the comparison: a letter for what it is, and the path, a line each. */
static int loop(const char *list)
{
	OWN_FILE in = fopen(list, "re");
	char line[4400];

	while (in && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == 'f')
			read_file(line + 1);
		else if (line[0] == 'c')
			read_config(line + 1);
		else if (line[0] == 'd')
			read_list(line + 1);
		else
			(void)!readlink(line + 1, buffer, sizeof(buffer));
	}
	return in ? 0 : 3;
}

/* CPU time of one run of PROGRAM ARG [ARG2], its start included; -1: it could not run. */
static double run_ms(const char *program, const char *arg, const char *arg2)
{
	struct rusage usage;
	int status, quiet;
	pid_t child = fork();

	if (child == 0) {
		quiet = open("/dev/null", O_WRONLY);
		dup2(quiet, 1);
		execl(program, program, arg, arg2, (char *)NULL);
		_exit(3);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0 || !WIFEXITED(status) ||
		WEXITSTATUS(status) > 2)
		return -1;
	return cpu_ms(&usage);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), by_value);
	return values[ROUNDS / 2];
}

static long bytes_of(json_t *files, const char *key)
{
	return (long)json_integer_value(json_object_get(json_object_get(files, key), "bytes"));
}

/* How much of the config space of this file check reads, at once and capability by capability; 0: it is none. */
static long config_bytes(json_t *files, const char *key)
{
	static const char begin[] = "sys/bus/pci/devices/", end[] = "/config";
	size_t n = strlen(key);
	char ask[64];

	if (strncmp(key, begin, strlen(begin)) != 0 || n < strlen(end) ||
		strcmp(key + n - strlen(end), end) != 0)
		return 0;
	snprintf(ask, sizeof(ask), "ask/pci/%s", key + strlen(begin));
	return bytes_of(files, key) + bytes_of(files, ask);
}

/* The manifest of a snap names every path that one reading reads. */
static size_t write_list(const char *dir, const char *list)
{
	char name[512];
	OWN_FILE out = fopen(list, "we");
	json_t *manifest, *files, *lists, *entry;
	const char *key;
	size_t n = 0;

	snprintf(name, sizeof(name), "%s/manifest.json", dir);
	manifest = json_load_file(name, 0, NULL);
	files = json_object_get(manifest, "files");
	lists = json_object_get(manifest, "lists");
	json_object_foreach(files, key, entry)
	{
		bool read = json_object_get(entry, "bytes") || json_object_get(entry, "errno");
		long config = config_bytes(files, key);

		if (!out || strncmp(key, "ask/", 4) == 0 || strncmp(key, "netns/", 6) == 0)
			continue;
		if (config)
			fprintf(out, "c%ld/%s\n", config, key);
		else
			fprintf(out, "%c/%s\n",
				json_object_get(lists, key) ? 'd'
				: read                      ? 'f'
							    : 'l',
				key);
		n++;
	}
	json_decref(manifest);
	return n;
}

static int compare(const char *faultline, const char *list, size_t n)
{
	double bare[ROUNDS], check[ROUNDS], l, c;

	for (int i = 0; i < ROUNDS; i++) { /* in turn, so that a noisy moment meets both */
		bare[i] = run_ms("/proc/self/exe", "--loop", list);
		check[i] = run_ms(faultline, "check", NULL);
		if (check[i] < 0 || bare[i] < 0) {
			fprintf(stderr, "bench-check: %s check did not run\n", faultline);
			return 3;
		}
	}
	l = median(bare);
	c = median(check);
	printf("paths                        %8zu\n", n);
	printf("open + pread + close of them %8.2f ms of CPU (median of %d processes)\n", l,
		ROUNDS);
	printf("faultline check              %8.2f ms of CPU (the same)\n", c);
	printf("ratio                        %8.2f (aim %.1f: %s)\n", c / l, wanted_ratio,
		c / l <= wanted_ratio ? "met" : "missed");
	return c / l > most_ratio || c > most_ms;
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/bench-check.XXXXXX", snap[64], list[64], command[600];
	int r = 3;

	if (argc == 3 && strcmp(argv[1], "--loop") == 0)
		return loop(argv[2]);
	if (argc != 2 || !mkdtemp(dir)) {
		fputs("usage: bench-check FAULTLINE\n", stderr);
		return 3;
	}
	snprintf(snap, sizeof(snap), "%s/snap", dir);
	snprintf(list, sizeof(list), "%s/list", dir);
	if (run_ms(argv[1], "snap", snap) >= 0)
		r = compare(argv[1], list, write_list(snap, list));
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	if (system(command) != 0)
		fprintf(stderr, "bench-check: %s could not be removed\n", dir);
	return r;
}
