/* The writing side of snaps: finishing one, taking the names out of one, removing one. */
#pragma once

#include "host/host.h"

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
