/* Packing and unpacking, byte by byte: the same on every machine. */
#include "host/pack.h"

#include "base/own.h"

enum { FIRST_BYTES = 4096, NUMBER_BYTES = 10 };

void pack_free(struct pack *pack)
{
	free(pack->p);
	*pack = (struct pack){ 0 };
}

void pack_room(struct pack *pack, size_t n)
{
	size_t cap = pack->cap ? pack->cap : FIRST_BYTES;

	while (cap - pack->n < n)
		cap *= 2;
	if (cap > pack->cap)
		pack->p = own_grow(pack->p, cap, 1);
	pack->cap = cap;
}

void pack_bytes(struct pack *pack, str bytes)
{
	if (bytes.n == 0)
		return;
	pack_room(pack, bytes.n);
	memcpy(pack->p + pack->n, bytes.p, bytes.n);
	pack->n += bytes.n;
}

void pack_u64(struct pack *pack, uint64_t value)
{
	char bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (char)(value >> (8 * i) & 0xff);
	pack_bytes(pack, (str){ bytes, 8 });
}

void pack_number(struct pack *pack, uint64_t value)
{
	char bytes[NUMBER_BYTES];
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[n++] = (char)(value | 0x80);
	bytes[n++] = (char)value;
	pack_bytes(pack, (str){ bytes, n });
}

void pack_signed(struct pack *pack, int64_t value)
{
	pack_number(pack, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void pack_text(struct pack *pack, str text)
{
	pack_number(pack, text.n);
	pack_bytes(pack, text);
}

bool unpack_bytes(str *rest, uint64_t n, str *ret)
{
	if (n > rest->n)
		return false;
	*ret = (str){ rest->p, (size_t)n };
	*rest = str_from(*rest, (size_t)n);
	return true;
}

bool unpack_u64(str *rest, uint64_t *ret)
{
	uint64_t value = 0;
	str bytes;

	if (!unpack_bytes(rest, 8, &bytes))
		return false;
	for (unsigned i = 0; i < 8; i++)
		value |= (uint64_t)(unsigned char)bytes.p[i] << (8 * i);
	*ret = value;
	return true;
}

bool unpack_number(str *rest, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < NUMBER_BYTES && i < rest->n; i++) {
		unsigned char byte = (unsigned char)rest->p[i];

		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		*rest = str_from(*rest, i + 1);
		*ret = value;
		return true;
	}
	return false;
}

bool unpack_signed(str *rest, int64_t *ret)
{
	uint64_t folded;

	if (!unpack_number(rest, &folded))
		return false;
	*ret = (int64_t)(folded >> 1 ^ (folded & 1 ? UINT64_MAX : 0));
	return true;
}

bool unpack_text(str *rest, str *ret)
{
	str left = *rest;
	uint64_t n;

	if (!unpack_number(&left, &n) || !unpack_bytes(&left, n, ret))
		return false;
	*rest = left;
	return true;
}
