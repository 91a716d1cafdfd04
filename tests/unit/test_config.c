/* Config space through the door: what is read of it, and what is not. */
#include "test.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/door.h"

struct bench {
	unsigned char space[4096];
	struct arena arena;
	str reply;
};

static int open_bench(void **state)
{
	struct bench *b = *state = calloc(1, sizeof(*b));

	b->space[0x06] = 0x10; /* there is a list */
	b->space[0x34] = 0x40;
	return arena_open(&b->arena, 1 << 20);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	arena_close(&b->arena);
	free(b);
	return 0;
}

static void put_standard(struct bench *b, unsigned at, unsigned id, unsigned next, unsigned word)
{
	const unsigned char bytes[4] = { (unsigned char)id, (unsigned char)next,
		(unsigned char)word, (unsigned char)(word >> 8) };

	memcpy(b->space + at, bytes, sizeof(bytes));
}

static void put_extended(struct bench *b, unsigned at, unsigned id, unsigned next)
{
	put_standard(b, at, id, id >> 8, 1 | next << 4);
}

/* So much of it can be seen. */
static int read_it(struct bench *b, size_t size)
{
	int fd = memfd_create("config", MFD_CLOEXEC), r;

	assert_int_equal(write(fd, b->space, size), size);
	r = config_read(fd, &b->arena, &b->reply);
	close(fd);
	return r;
}

/* Where the pieces begin and how long they are: "0+64 40+8 "; each holds what stands there. */
static const char *pieces(const struct bench *b)
{
	static char text[2048];
	const unsigned char *p = (const unsigned char *)b->reply.p, *end = p + b->reply.n;
	size_t used = 0;

	text[0] = '\0';
	for (;;) {
		unsigned at, n;

		assert_true(end - p >= 4);
		at = p[0] | (unsigned)p[1] << 8;
		n = p[2] | (unsigned)p[3] << 8;
		p += 4;
		if (n == 0)
			break;
		assert_true(end - p >= n);
		assert_memory_equal(p, b->space + at, n);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%x+%u ", at, n);
		p += n;
	}
	assert_ptr_equal(p, end);
	return text;
}

static void only_what_is_asked_for_is_read(void **state)
{
	struct bench *b = *state;

	put_standard(b, 0x40, 0x01, 0x50, 0);      /* power management */
	put_standard(b, 0x50, 0x10, 0xa0, 0x0142); /* PCI Express, a root port with a slot */
	put_standard(b, 0xa0, 0x11, 0xb0, 0x8003); /* MSI-X */
	put_standard(b, 0xb0, 0x09, 0xc8, 20);     /* of the vendor */
	put_standard(b, 0xc8, 0x05, 0, 0);         /* MSI */
	put_extended(b, 0x100, 0x0001, 0x150);
	put_extended(b, 0x150, 0x000b, 0x160);
	put_extended(b, 0x160, 0x000d, 0x200);
	put_extended(b, 0x200, 0x001d, 0x300);
	put_extended(b, 0x300, 0x0019, 0x400);
	put_extended(b, 0x400, 0x001e, 0);
	assert_int_equal(read_it(b, 4096), 0);
	assert_string_equal(pieces(b), "0+64 40+8 50+52 a0+4 b0+4 c8+4 100+56 150+4 160+8 200+12 "
				       "300+12 400+12 ");
}

static void each_kind_of_function_has_other_registers(void **state)
{
	static const struct {
		unsigned flags;
		const char *pieces;
	} kinds[] = {
		{ 0x0002,
			"0+64 40+52 100+28 " }, /* an endpoint: no header log, no root registers */
		{ 0x0001, "0+64 40+20 100+28 " }, /* of the first version */
		{ 0x0141, "0+64 40+28 100+56 " }, /* a root port of it */
		{ 0x0061, "0+64 40+28 100+28 " }, /* a downstream port of it */
		{ 0x0051, "0+64 40+20 100+28 " }, /* an upstream port of it */
		{ 0x0092, "0+64 40+12 100+28 " }, /* an endpoint of the root complex: no link */
		{ 0x00a2, "0+64 40+12 100+56 " }, /* an event collector */
	};
	struct bench *b = *state;

	put_extended(b, 0x100, 0x0001, 0);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		put_standard(b, 0x40, 0x10, 0, kinds[i].flags);
		assert_int_equal(read_it(b, 4096), 0);
		assert_string_equal(pieces(b), kinds[i].pieces);
	}
}

static void without_express_there_is_no_second_list(void **state)
{
	struct bench *b = *state;

	put_standard(b, 0x40, 0x05, 0, 0);
	put_extended(b, 0x100, 0x0001, 0);
	assert_int_equal(read_it(b, 4096), 0);
	assert_string_equal(pieces(b), "0+64 40+4 ");
}

static void lists_that_loop_end(void **state)
{
	struct bench *b = *state;

	put_standard(b, 0x40, 0x01, 0x50, 0);
	put_standard(b, 0x50, 0x10, 0x41, 0x0002); /* the lowest bits do not count */
	put_extended(b, 0x100, 0x0002, 0x140);
	put_extended(b, 0x140, 0x0003, 0x100);
	assert_int_equal(read_it(b, 4096), 0);
	assert_string_equal(pieces(b), "0+64 40+8 50+52 100+4 140+4 ");
	put_standard(b, 0x40, 0x01, 0x40, 0);
	assert_int_equal(read_it(b, 4096), 0);
	assert_string_equal(pieces(b), "0+64 40+8 ");
}

/* One that goes through all there is would be 960 pieces long. */
static void lists_without_end_are_cut(void **state)
{
	struct bench *b = *state;

	put_standard(b, 0x40, 0x10, 0, 0x0002);
	for (unsigned at = 0x100; at < 0xffc; at += 4)
		put_extended(b, at, 0x0001, at + 4);
	assert_int_equal(read_it(b, 4096), 0);
	assert_true(strlen(pieces(b)) < 1000);
	assert_true(b->reply.n < 8192);
}

static void a_list_that_leads_out_of_its_part_ends(void **state)
{
	struct bench *b = *state;

	put_standard(b, 0x40, 0x10, 0xfc, 0x0002);
	put_standard(
		b, 0xfc, 0x01, 0x08, 0); /* it has no room for itself, and leads into the header */
	put_extended(b, 0x100, 0x0002, 0x080);
	assert_int_equal(read_it(b, 4096), 0);
	assert_string_equal(pieces(b), "0+64 40+52 fc+4 100+4 ");
}

static void what_may_not_be_seen_is_no_permission(void **state)
{
	struct bench *b = *state;

	put_standard(b, 0x40, 0x10, 0, 0x0002);
	assert_int_equal(read_it(b, 64), -EACCES);
	b->space[0x06] = 0; /* then there is nothing else to see */
	assert_int_equal(read_it(b, 64), 0);
	assert_string_equal(pieces(b), "0+64 ");
}

static void a_bridge_may_not_reach_the_second_list(void **state)
{
	struct bench *b = *state;

	put_standard(b, 0x40, 0x10, 0, 0x0002);
	put_extended(b, 0x100, 0x0001, 0);
	assert_int_equal(read_it(b, 256), 0);
	assert_string_equal(pieces(b), "0+64 40+52 ");
}

static void a_file_that_is_too_short_is_an_error(void **state)
{
	struct bench *b = *state;

	put_standard(b, 0x40, 0x10, 0, 0x0002);
	put_extended(b, 0x100, 0x0001, 0);
	assert_int_equal(read_it(b, 0), -EIO);
	assert_int_equal(read_it(b, 63), -EIO);
	assert_int_equal(read_it(b, 0x42), -EIO);
	assert_int_equal(read_it(b, 0x44), -EIO);
	assert_int_equal(read_it(b, 0x60), -EIO);
	assert_int_equal(read_it(b, 0x110), -EIO);
}

static void nothing_is_asked_of_a_device_that_is_gone(void **state)
{
	struct bench *b = *state;

	memset(b->space, 0xff, sizeof(b->space));
	assert_int_equal(read_it(b, 4096), 0);
	assert_string_equal(pieces(b), "0+64 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			only_what_is_asked_for_is_read, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			each_kind_of_function_has_other_registers, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			without_express_there_is_no_second_list, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(lists_that_loop_end, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(lists_without_end_are_cut, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			a_list_that_leads_out_of_its_part_ends, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			what_may_not_be_seen_is_no_permission, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			a_bridge_may_not_reach_the_second_list, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			a_file_that_is_too_short_is_an_error, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			nothing_is_asked_of_a_device_that_is_gone, open_bench, close_bench),
	};

	return RUN_TESTS(tests);
}
