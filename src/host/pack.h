/*
 * Numbers and texts packed into bytes, and taken out again. Whoever takes them out trusts nothing:
 * each call says whether there was enough.
 */
#pragma once

#include "base/str.h"

/* Bytes that grow. */
struct pack {
	char *p;
	size_t n, cap;
};

void pack_free(struct pack *pack);
void pack_room(struct pack *pack, size_t n); /* so many more bytes will fit without a move */
void pack_bytes(struct pack *pack, str bytes);
void pack_u64(struct pack *pack, uint64_t value);    /* 8 bytes, the lowest first */
void pack_number(struct pack *pack, uint64_t value); /* 7 bits a byte, the lowest first */
void pack_signed(struct pack *pack, int64_t value);  /* as a number, the sign in the lowest bit */
void pack_text(struct pack *pack, str text);         /* its length as a number, and itself */

/* Cut off *rest; false when it is too short for it or holds no such thing, outputs then untouched. */
bool unpack_bytes(str *rest, uint64_t n, str *ret);
bool unpack_u64(str *rest, uint64_t *ret);
bool unpack_number(str *rest, uint64_t *ret);
bool unpack_signed(str *rest, int64_t *ret);
bool unpack_text(str *rest, str *ret);
