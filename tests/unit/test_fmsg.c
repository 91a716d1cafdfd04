/* Formatted messages of devlink, made: diagnoses and dumps become lines. */
#include "test.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "collect/fmsg.h"
#include "host/pack.h"
#include "model/devlink.h"

struct bench {
	struct pack fmsg;
	_Alignas(8) char message[8192]; /* that is being made */
	struct nlmsghdr *header;
};

static int open_bench(void **state)
{
	*state = calloc(1, sizeof(struct bench));
	return 0;
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	pack_free(&b->fmsg);
	free(b);
	return 0;
}

static struct nlattr *begin_fmsg(struct bench *b)
{
	struct genlmsghdr *about;

	b->header = mnl_nlmsg_put_header(b->message);
	b->header->nlmsg_type = 0x17;
	about = mnl_nlmsg_put_extra_header(b->header, sizeof(*about));
	about->cmd = DEVLINK_CMD_HEALTH_REPORTER_DIAGNOSE;
	return mnl_attr_nest_start(b->header, DEVLINK_ATTR_FMSG);
}

static void flag(struct bench *b, uint16_t type)
{
	mnl_attr_put(b->header, type, 0, NULL);
}

static void value(struct bench *b, uint8_t type, const void *bytes, size_t n)
{
	mnl_attr_put_u8(b->header, DEVLINK_ATTR_FMSG_OBJ_VALUE_TYPE, type);
	mnl_attr_put(b->header, DEVLINK_ATTR_FMSG_OBJ_VALUE_DATA, n, bytes);
}

static void open_pair(struct bench *b, const char *name)
{
	flag(b, DEVLINK_ATTR_FMSG_PAIR_NEST_START);
	mnl_attr_put_strz(b->header, DEVLINK_ATTR_FMSG_OBJ_NAME, name);
}

static void pair(struct bench *b, const char *name, uint8_t type, const void *bytes, size_t n)
{
	open_pair(b, name);
	value(b, type, bytes, n);
	flag(b, DEVLINK_ATTR_FMSG_NEST_END);
}

static void close_fmsg(struct bench *b, struct nlattr *nest)
{
	mnl_attr_nest_end(b->header, nest);
	pack_bytes(&b->fmsg, (str){ b->message, b->header->nlmsg_len });
}

enum { U8 = 1, U32 = 3, U64 = 4, FLAG = 6, TEXT_VALUE = 10, BINARY = 11 };

static const uint32_t numbers[] = { 0, 1, 4000000000 };
static const uint64_t large = UINT64_C(1) << 63;

/* In two messages, the second of which goes on inside of an array of objects. */
static void make_fmsg(struct bench *b)
{
	struct nlattr *nest = begin_fmsg(b);

	flag(b, DEVLINK_ATTR_FMSG_OBJ_NEST_START);
	pair(b, "works", FLAG, "\0", 1);
	pair(b, "large", U64, &large, 8);
	pair(b, "said", TEXT_VALUE, "out of\torder", 13);
	pair(b, "bytes", BINARY, "\x01\xfe", 2);
	open_pair(b, "numbers");
	flag(b, DEVLINK_ATTR_FMSG_ARR_NEST_START);
	for (unsigned i = 0; i < 3; i++)
		value(b, U32, &numbers[i], 4);
	flag(b, DEVLINK_ATTR_FMSG_NEST_END);
	flag(b, DEVLINK_ATTR_FMSG_NEST_END);
	open_pair(b, "rings");
	flag(b, DEVLINK_ATTR_FMSG_ARR_NEST_START);
	flag(b, DEVLINK_ATTR_FMSG_OBJ_NEST_START);
	pair(b, "state", U8, "\x01", 1);
	flag(b, DEVLINK_ATTR_FMSG_NEST_END);
	close_fmsg(b, nest);
	nest = begin_fmsg(b);
	flag(b, DEVLINK_ATTR_FMSG_OBJ_NEST_START);
	open_pair(b, "cq");
	flag(b, DEVLINK_ATTR_FMSG_OBJ_NEST_START);
	pair(b, "state", U8, "\x03", 1);
	for (unsigned i = 0; i < 9; i++) /* more ends than begins */
		flag(b, DEVLINK_ATTR_FMSG_NEST_END);
	pair(b, "last", U8, "\x07", 1);
	close_fmsg(b, nest);
}

static void formatted_messages_become_lines(void **state)
{
	static const char *const expected[] = { "works: false", "large: 9223372036854775808",
		"said: out of?order", "bytes: 01fe", "numbers: 0 1 4000000000", "rings[0].state: 1",
		"rings[1].cq.state: 3", "last: 7" };
	struct bench *b = *state;
	struct arena a;
	struct fmsg said;

	assert_int_equal(arena_open(&a, 1 << 20), 0);
	make_fmsg(b);
	assert_int_equal(fmsg_read((str){ b->fmsg.p, b->fmsg.n }, &a, &said), 0);
	assert_int_equal(said.n, sizeof(expected) / sizeof(*expected));
	for (unsigned i = 0; i < said.n; i++)
		assert_string_equal(said.lines[i], expected[i]);
	assert_int_equal(said.more, 0);
	arena_close(&a);
}

static void damaged_formatted_messages_are_refused(void **state)
{
	struct bench *b = *state;
	struct arena a;
	struct fmsg said;

	assert_int_equal(arena_open(&a, 64 << 20), 0);
	make_fmsg(b);
	for (size_t n = 1; n < b->fmsg.n; n++) {
		char *exact = memcpy(malloc(n), b->fmsg.p, n); /* so that a byte too many shows */
		int r = fmsg_read((str){ exact, n }, &a, &said);
		uint32_t first;

		memcpy(&first, b->fmsg.p, sizeof(first));
		assert_int_equal(r, n == first ? 0 : -EBADMSG);
		free(exact);
	}
	for (size_t at = 0; at < b->fmsg.n; at++) {
		char was = b->fmsg.p[at];

		b->fmsg.p[at] = (char)0xff;
		fmsg_read((str){ b->fmsg.p, b->fmsg.n }, &a, &said);
		b->fmsg.p[at] = was;
	}
	arena_close(&a);
}

static void long_formatted_messages_are_bounded(void **state)
{
	struct bench *b = *state;
	char wide[300];
	struct nlattr *nest;
	struct arena a;
	struct fmsg said;

	assert_int_equal(arena_open(&a, 1 << 20), 0);
	memset(wide, 'w', sizeof(wide));
	nest = begin_fmsg(b);
	pair(b, "wide", TEXT_VALUE, wide, sizeof(wide));
	for (unsigned i = 0; i < FMSG_LINES; i++)
		pair(b, "one", U8, "\x01", 1);
	close_fmsg(b, nest);
	assert_int_equal(fmsg_read((str){ b->fmsg.p, b->fmsg.n }, &a, &said), 0);
	assert_int_equal(said.n, FMSG_LINES);
	assert_int_equal(said.more, 1);
	assert_int_equal(strlen(said.lines[0]), FMSG_LINE);
	assert_string_equal(said.lines[0] + FMSG_LINE - 5, "ww...");
	b->fmsg.n = 0;
	nest = begin_fmsg(b);
	for (unsigned i = 0; i < 17; i++)
		flag(b, DEVLINK_ATTR_FMSG_OBJ_NEST_START);
	close_fmsg(b, nest);
	assert_int_equal(fmsg_read((str){ b->fmsg.p, b->fmsg.n }, &a, &said), -EBADMSG);
	arena_close(&a);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(formatted_messages_become_lines),
		TEST(damaged_formatted_messages_are_refused),
		TEST(long_formatted_messages_are_bounded),
	};

	return RUN_TESTS(tests);
}
