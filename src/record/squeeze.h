/* zstd, with a checksum in every frame. */
#pragma once

#include "host/pack.h"

struct squeezer;
struct squeezer *squeezer_open(void);
struct squeezer *squeezer_close(struct squeezer *s); /* returns NULL */
void squeezer_rest(struct squeezer *s);              /* its memory goes until it is used again */

int squeeze(struct squeezer *s, str from, struct pack *out); /* appended; 0 or -ENOMEM */
/* Appended; 0, or -EBADMSG: damaged, or longer than `most`. */
int unsqueeze(struct squeezer *s, str from, size_t most, struct pack *out);
