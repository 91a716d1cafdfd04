/* Where a log comes from: a file, standard input, the live kernel, a recording. */
#pragma once

#include "host/host.h"
#include "log/log.h"

/* SIGINT and SIGTERM end the reading instead of the program. */
void log_input_catch_signals(void);

int log_input_open(const char *path); /* "-" is standard input; -1, and said */
int64_t log_input_taken_ns(int fd);   /* when its last line was written; 0: now */

/*
 * Feed all of it. With follow also what comes later, until a signal or until nobody reads standard
 * output any more. False, and said, when it could not be read.
 */
bool log_input_file(struct log *log, const char *path, int fd, bool follow);
bool log_input_live(struct log *log, struct host *host, bool follow);
bool log_input_tape(struct log *log, struct host *host, const char *dir);

bool log_input_is_unheard(void); /* nobody reads standard output any more */
