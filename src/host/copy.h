/* The writing side of snaps: finishing one, taking the names out of one, removing one. */
#pragma once

#include "host/host.h"

/*
 * A live machine whose readings are recorded into `dir`, which must not be there: tick by tick, what
 * is read between begin and end, and the records of the kernel's log that came. host_end_tick() is 0
 * or the -errno for which this tick is not on the tape; the ones before are.
 */
int host_record(const char *dir, int64_t every_ns, struct host **ret);
void host_begin_tick(struct host *h);
int host_end_tick(struct host *h);
unsigned host_ticks(const struct host *h); /* on the tape */

/* Write the manifest. 0, or the first -errno that a copy met: then the snap is not complete. */
int host_finish(struct host *h);

/*
 * Copy the snap in `from` to `to`, which must not exist, with names replaced. A name is replaced by
 * another of the same length wherever it stands as a word, in texts, paths, links and the manifest,
 * so that joins hold. The words of the n texts of the vocabulary are never replaced. `from` must
 * hold rows.tsv, `to` gets none.
 */
int host_anonymize(const char *from, const char *to, const char *const *vocabulary, size_t n);

void host_remove_copy(const char *dir); /* a directory that snap made, with all that is in it */
