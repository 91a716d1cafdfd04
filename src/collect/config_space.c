/* Pieces of a PCI function's config space: what a reply holds, and whether it is whole. */
#include "collect/config_space.h"

#include <errno.h>
#include <linux/pci_regs.h>

enum { PIECE_HEAD = 4 };

unsigned config_word(const struct config_piece *piece, size_t at)
{
	return at + 2 <= piece->n ? piece->p[at] | (unsigned)piece->p[at + 1] << 8 : 0;
}

uint32_t config_long(const struct config_piece *piece, size_t at)
{
	return config_word(piece, at) | (uint32_t)config_word(piece, at + 2) << 16;
}

int config_next(str *rest, unsigned *ret_at, struct config_piece *ret)
{
	const struct config_piece head = { (const unsigned char *)rest->p, rest->n };
	unsigned at, n;

	if (rest->n < PIECE_HEAD)
		return -EBADMSG;
	at = config_word(&head, 0);
	n = config_word(&head, 2);
	if (n == 0)
		return rest->n == PIECE_HEAD ? 0 : -EBADMSG;
	if (n < 4 || n > rest->n - PIECE_HEAD || at + n > PCI_CFG_SPACE_EXP_SIZE)
		return -EBADMSG;
	*ret_at = at;
	*ret = (struct config_piece){ head.p + PIECE_HEAD, n };
	*rest = str_from(*rest, PIECE_HEAD + n);
	return 1;
}

static bool is_all_ones(const struct config_piece *piece)
{
	for (size_t i = 0; i < piece->n; i++)
		if (piece->p[i] != 0xff)
			return false;
	return true;
}

int config_header(str reply, struct config_piece *ret)
{
	struct config_piece piece;
	unsigned at;
	bool first = true;
	int r;

	while ((r = config_next(&reply, &at, &piece)) > 0) {
		if (first && (at != 0 || piece.n != PCI_STD_HEADER_SIZEOF))
			return -EBADMSG;
		if (is_all_ones(&piece))
			return -ENODEV;
		if (first)
			*ret = piece;
		first = false;
	}
	return first ? -EBADMSG : r;
}
