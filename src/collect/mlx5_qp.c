/*
 * The context of a queue pair in a resource dump of mlx5 firmware: segments, each with its length in
 * words and its kind; one of them is about the queue pair. All numbers have the highest byte first.
 */
#include "collect/mlx5_qp.h"

#include <errno.h>

/* include/linux/mlx5/mlx5_ifc.h: struct mlx5_ifc_resource_dump_*_segment_bits; in bytes */
enum { HEADER = 4, INDEX = 8, PAYLOAD = 16 };

/* Kinds from here on are about the dump itself. */
enum { CONTROL = 0xfff0, TERMINATE = 0xfffb, FAILED = 0xfffc };

/* struct mlx5_ifc_qpc_bits: where a field begins, and how many bits it has */
struct field {
	unsigned at, bits;
};
static const struct field state = { 0x0, 4 };
static const struct field service = { 0x8, 8 };
static const struct field remote_qpn = { 0xa8, 24 };
static const struct field ack_timeout = { 0xc0 + 0x40, 5 }; /* of its primary address path */
static const struct field retry_count = { 0x38d, 3 };
static const struct field rnr_retry = { 0x390, 3 };
static const struct field min_rnr_nak = { 0x4a3, 5 };
enum { CONTEXT = 0xe8, RELIABLE = 0, TO_RECEIVE = 2, TO_SEND = 3 };

/*
 * The segment is "in the format of the query": the output of QUERY_QP, whose context stands behind six
 * words (struct mlx5_ifc_query_qp_out_bits), or its context alone.
 */
static const size_t begins[] = { 24, 0 };

static uint32_t get(str from, struct field f)
{
	uint32_t value = 0;

	for (unsigned i = f.at; i < f.at + f.bits; i++)
		value = value << 1 | ((uint32_t)(unsigned char)from.p[i / 8] >> (7 - i % 8) & 1);
	return value;
}

static bool is_context_of(str context, const struct mlx5_qp *qp)
{
	return context.n >= CONTEXT && get(context, service) == RELIABLE &&
	       get(context, remote_qpn) == qp->remote &&
	       get(context, state) == (qp->sends ? TO_SEND : TO_RECEIVE);
}

/* It has to be one of the two, and not either of them. */
static int find_context(str payload, const struct mlx5_qp *qp, str *ret)
{
	unsigned found = 0;

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		str context = payload.n >= begins[i] ? str_from(payload, begins[i]) : STR("");

		if (!is_context_of(context, qp))
			continue;
		*ret = context;
		found++;
	}
	return found == 1 ? 0 : -EBADMSG;
}

static int take(str segment, const struct mlx5_qp *qp, struct mlx5_timers *ret)
{
	static const struct field index = { INDEX * 8, 32 };
	str context;

	if (segment.n < PAYLOAD || get(segment, index) != qp->number ||
		find_context(str_from(segment, PAYLOAD), qp, &context) < 0)
		return -EBADMSG;
	*ret = (struct mlx5_timers){ .min_rnr_nak = (uint8_t)get(context, min_rnr_nak),
		.rnr_retry = (uint8_t)get(context, rnr_retry),
		.retry_count = (uint8_t)get(context, retry_count),
		.ack_timeout = (uint8_t)get(context, ack_timeout) };
	return 0;
}

int mlx5_qp_parse(str dump, const struct mlx5_qp *qp, struct mlx5_timers *ret)
{
	static const struct field words = { 0, 16 }, kind = { 16, 16 };

	while (dump.n >= HEADER) {
		size_t n = (size_t)get(dump, words) * 4;
		uint32_t what = get(dump, kind);

		if (what == TERMINATE || n < HEADER || n > dump.n)
			return -EBADMSG;
		if (what == FAILED)
			return -EIO;
		if (what < CONTROL)
			return take((str){ dump.p, n }, qp, ret);
		dump = str_from(dump, n);
	}
	return -EBADMSG;
}

uint32_t rnr_timer_us(uint8_t code)
{
	static const uint32_t us[32] = { 655360, 10, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480,
		640, 960, 1280, 1920, 2560, 3840, 5120, 7680, 10240, 15360, 20480, 30720, 40960,
		61440, 81920, 122880, 163840, 245760, 327680, 491520 };

	return us[code & 31];
}

int64_t ack_timeout_ns(uint8_t code)
{
	return (code & 31) ? INT64_C(4096) << (code & 31) : 0;
}
