/*
 * Events are held for a moment, because a message may go on over further lines, and because the
 * kernel tells later how many it did not print. They are given out in the order in which they began.
 */
#pragma once

#include "log/log.h"

struct join;

struct join *join_open(const struct log_options *options, const struct session *session);
struct join *join_close(struct join *j); /* returns NULL; nothing is given out */

/* A line that a pattern knows. again: the logger counted such lines instead of writing them. */
void join_event(struct join *j, const struct log_line *line, const struct event *e, bool again);

/* A line that no pattern knows: true when it belongs to an event that is being held. */
bool join_rest(struct join *j, const struct log_line *line);

/*
 * "dmar_fault: 42 callbacks suppressed", "last message repeated 3 times": true when the line is one;
 * the number is added to the event that it is about, and to *suppressed.
 */
bool join_suppressed(struct join *j, const struct log_line *line, uint64_t *suppressed);

void join_flush(struct join *j); /* give all out */
uint64_t join_given(const struct join *j);
