/* Config space of a PCI function in pieces, as host_ask() gives it: see host/host.h. */
#pragma once

#include "base/str.h"

/* The header, or one capability from its id on. */
struct config_piece {
	const unsigned char *p;
	size_t n;
};

/*
 * The header of a reply that is whole. -EBADMSG: it is none; -ENODEV: some of it reads as ones, so the
 * device was gone before the end.
 */
int config_header(str reply, struct config_piece *ret);

/* Cuts off the first piece. 1; 0: there are no more; -EBADMSG. */
int config_next(str *rest, unsigned *ret_at, struct config_piece *ret);

/* A register of two or four bytes; 0 where the piece ends before. */
unsigned config_word(const struct config_piece *piece, size_t at);
uint32_t config_long(const struct config_piece *piece, size_t at);
