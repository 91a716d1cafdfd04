/* What the verbs of `faultline store` share. */
#pragma once

#include "cmd/command.h"
#include "cmd/window.h"
#include "record/merge.h"
#include "record/store.h"

extern const struct command store_command;

struct store_request {
	const char *files[MERGE_MOST + 1];
	unsigned n_files;
	const char *format, *signal, *entity;
	bool events, every_tick;
	struct window window;
};

/* False, and said. *ret_code is the exit code: EXIT_CANNOT, or `damaged` where something lies there
 * that is not to be read. */
bool store_file_open(const char *path, int damaged, struct store **ret, int *ret_code);
/* The window in the store's own terms; false, and said, when there is no tick. */
bool store_file_window(
	struct store *s, const char *path, const struct window *w, struct store_window *ret);

int store_print_info(const struct store_request *q);
int store_print_export(const struct store_request *q);
