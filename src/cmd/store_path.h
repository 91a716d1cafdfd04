/* Where a store is when nobody says: the machine's for root, a private one for others. */
#pragma once

#include <stdbool.h>

enum { STORE_PATH = 4096 };

/* /var/lib/faultline/store, or ~/.local/state/faultline/store ($XDG_STATE_HOME). False: there is no home. */
bool store_default_path(char out[static STORE_PATH]);
bool store_make_directory(const char *path); /* of a store's path; false and said */
const char *store_trouble(int error);        /* what keeps a store from being written, in words */
