/* zstd frames, made and taken apart. */
#include "record/squeeze.h"

#include <errno.h>
#include <zstd.h>

#include "base/own.h"

enum { LEVEL = 6 };

struct squeezer {
	ZSTD_CCtx *in;
	ZSTD_DCtx *out;
};

struct squeezer *squeezer_open(void)
{
	return own_alloc(1, sizeof(struct squeezer));
}

void squeezer_rest(struct squeezer *s)
{
	ZSTD_freeCCtx(s->in);
	ZSTD_freeDCtx(s->out);
	*s = (struct squeezer){ 0 };
}

struct squeezer *squeezer_close(struct squeezer *s)
{
	if (!s)
		return NULL;
	squeezer_rest(s);
	free(s);
	return NULL;
}

int squeeze(struct squeezer *s, str from, struct pack *out)
{
	size_t most = ZSTD_compressBound(from.n), n;

	if (!s->in) {
		s->in = ZSTD_createCCtx();
		if (!s->in ||
			ZSTD_isError(
				ZSTD_CCtx_setParameter(s->in, ZSTD_c_compressionLevel, LEVEL)) ||
			ZSTD_isError(ZSTD_CCtx_setParameter(s->in, ZSTD_c_checksumFlag, 1)))
			return -ENOMEM;
	}
	pack_room(out, most);
	n = ZSTD_compress2(s->in, out->p + out->n, most, from.p, from.n);
	if (ZSTD_isError(n))
		return -ENOMEM;
	out->n += n;
	return 0;
}

int unsqueeze(struct squeezer *s, str from, size_t most, struct pack *out)
{
	unsigned long long size = ZSTD_getFrameContentSize(from.p, from.n);
	size_t n;

	/* what it says of its size is believed up to the limit only, and then held against it */
	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > most ||
		ZSTD_findFrameCompressedSize(from.p, from.n) != from.n)
		return -EBADMSG;
	if (!s->out && !(s->out = ZSTD_createDCtx()))
		return -ENOMEM;
	pack_room(out, (size_t)size + 1);
	n = ZSTD_decompressDCtx(s->out, out->p + out->n, (size_t)size, from.p, from.n);
	if (ZSTD_isError(n) || n != size)
		return -EBADMSG;
	out->n += n;
	return 0;
}
