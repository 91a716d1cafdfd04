/* Trees that tests make: directories with files in them, taken away again at the end. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((unused)) static int tree_remove_one(
	const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

__attribute__((unused)) static void tree_remove(const char *dir)
{
	nftw(dir, tree_remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

__attribute__((unused)) static void tree_make(char dir[static 64])
{
	const char *base = getenv("TMPDIR");

	snprintf(dir, 64, "%.40s/faultline.XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(dir)) {
		perror(dir);
		exit(99);
	}
}

__attribute__((unused)) static void tree_parents(const char *dir, const char *path)
{
	char part[4600];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%s/%.*s", dir, (int)(slash - path), path);
		mkdir(part, 0777);
	}
}

/* Write (or replace whatever is there by) a file of n bytes. */
__attribute__((unused)) static void tree_write(
	const char *dir, const char *path, const void *bytes, size_t n)
{
	char whole[4600];
	int fd;

	tree_parents(dir, path);
	snprintf(whole, sizeof(whole), "%s/%s", dir, path);
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n) {
		perror(whole);
		exit(99);
	}
	close(fd);
}

__attribute__((unused)) static void tree_text(const char *dir, const char *path, const char *text)
{
	tree_write(dir, path, text, strlen(text));
}

__attribute__((unused)) static void tree_link(const char *dir, const char *path, const char *target)
{
	char whole[4600];

	tree_parents(dir, path);
	snprintf(whole, sizeof(whole), "%s/%s", dir, path);
	if (symlink(target, whole) < 0) {
		perror(whole);
		exit(99);
	}
}
