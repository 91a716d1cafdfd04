/* The log reader: formats, stamps, records, damage, and pieces of any size. */
#include "heard.h"

#include <dirent.h>
#include <time.h>

static void in_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static const struct {
	const char *line, *heard;
} formats[] = {
	{ "6,203,296507,-;foo bar", "mono:0.296507 6 \"\" foo bar" },
	{ "30,203,296507,-,caller=T1;systemd[1]: foo", "mono:0.296507 6 \"\" foo" },
	{ "3,203,296507,c,caller=T1;foo; bar", "mono:0.296507 3 \"\" foo; bar" },
	{ "[   12.345678] foo bar", "mono:12.345678 -1 \"\" foo bar" },
	{ "<3>[   12.345678] foo bar", "mono:12.345678 3 \"\" foo bar" },
	{ "<3>foo bar", "- 3 \"\" foo bar" },
	{ "[   12.345678][  T123] foo bar", "mono:12.345678 -1 \"\" foo bar" },
	{ "[   12.345678] [    C3] foo bar", "mono:12.345678 -1 \"\" foo bar" },
	{ "[   12.345678] [T1000] foo: [C1 bar", "mono:12.345678 -1 \"\" foo: [C1 bar" },
	{ "kern  :warn  : [   12.345678] foo bar", "mono:12.345678 4 \"\" foo bar" },
	{ "kern  :err   : [Sat Nov 21 22:47:00 2026] foo", "2026-11-21T22:47:00.000Z 3 \"\" foo" },
	{ "[Sat Nov  7 22:47:09 2026] foo bar", "2026-11-07T22:47:09.000Z -1 \"\" foo bar" },
	{ "[   12.345678 <    0.000016>] foo bar", "mono:12.345678 -1 \"\" foo bar" },
	{ "[Nov21 22:47] foo bar", "2026-11-21T22:47:00.000Z -1 \"\" foo bar" },
	{ "Nov 21 22:47:00 h kernel: foo bar", "2026-11-21T22:47:00.000Z -1 \"\" foo bar" },
	{ "Nov  1 22:47:00.123456 h kernel: foo", "2026-11-01T22:47:00.123Z -1 \"\" foo" },
	{ "Nov 21 22:47:00 h kernel: [   12.345678] foo", "2026-11-21T22:47:00.000Z -1 \"\" foo" },
	{ "Nov 21 22:47:00 kernel: foo bar", "2026-11-21T22:47:00.000Z -1 \"\" foo bar" },
	{ "Nov 21 22:47:00 h kern.err kernel: foo", "2026-11-21T22:47:00.000Z 3 \"\" foo" },
	{ "<4>Nov 21 22:47:00 h kernel: foo", "2026-11-21T22:47:00.000Z 4 \"\" foo" },
	{ "2026-11-21T22:47:00+0100 h kernel: foo", "2026-11-21T21:47:00.000Z -1 \"\" foo" },
	{ "2026-11-21T22:47:00.5-01:30 h kernel: [   12.3] foo",
		"2026-11-22T00:17:00.500Z -1 \"\" foo" },
	{ "2026-11-21T22:47:00,123456+01:00 foo bar", "2026-11-21T21:47:00.123Z -1 \"\" foo bar" },
	{ "2026-11-21 22:47:00.25 h kernel: foo", "2026-11-21T22:47:00.250Z -1 \"\" foo" },
	{ "[   12.345678] h kernel: foo bar", "mono:12.345678 -1 \"\" foo bar" },
	{ "Sat 2026-11-21 22:47:00 UTC h kernel: foo", "2026-11-21T22:47:00.000Z -1 \"\" foo" },
	{ "1795301220.250000 h kernel: foo", "2026-11-21T22:47:00.250Z -1 \"\" foo" },
	{ "<4>1 2026-11-21T22:47:00Z h kernel - - - foo bar",
		"2026-11-21T22:47:00.000Z 4 \"\" foo bar" },
	{ "<4>1 2026-11-21T22:47:00Z h kernel - - [a b=\"c\"][d e=\"f\"] foo",
		"2026-11-21T22:47:00.000Z 4 \"\" foo" },
	{ "foo bar", "- -1 \"\" foo bar" },
	{ "kernel: foo bar\r", "- -1 \"\" foo bar" },
	{ "[drm] foo", "- -1 \"\" [drm] foo" },
	{ "12,13;foo", "- -1 \"\" 12,13;foo" },
	{ "{\"MESSAGE\":\"foo\"", "- -1 \"\" {\"MESSAGE\":\"foo\"" },
	{ "{\"MESSAGE\":\"foo bar\",\"_TRANSPORT\":\"kernel\",\"PRIORITY\":\"3\","
	  "\"_KERNEL_DEVICE\":\"+pci:0000:01:00.0\","
	  "\"__REALTIME_TIMESTAMP\":\"1795301220250000\"}",
		"2026-11-21T22:47:00.250Z 3 \"+pci:0000:01:00.0\" foo bar" },
	{ "\x1e{\"MESSAGE\":[102,111,111],\"SYSLOG_IDENTIFIER\":\"systemd-oomd\","
	  "\"_SOURCE_MONOTONIC_TIMESTAMP\":\"1500000\"}",
		"mono:1.500000 -1 \"\" foo" },
	{ "Nov 21 22:47:00 h systemd-oomd[612]: foo bar",
		"2026-11-21T22:47:00.000Z -1 \"\" foo bar" },
};

static void every_format_gives_the_message_alone(void **state)
{
	(void)state;
	in_zone("UTC");
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		char expected[256];

		snprintf(expected, sizeof(expected), "? %s\n", formats[i].heard);
		assert_lines_at(str_of(formats[i].line), NOW_S, expected);
	}
}

static void what_programs_say_is_not_the_kernel(void **state)
{
	static const char *const lines[] = {
		"Nov 21 22:47:00 h sshd[12]: mlx5_core 0000:04:00.0 eth2: Link down",
		"2026-11-21T22:47:00Z h bash[7]: mlx5_core 0000:04:00.0 eth2: Link down",
		"[   12.345678] h dockerd[7]: mlx5_core 0000:04:00.0 eth2: Link down",
		"<4>1 2026-11-21T22:47:00Z h app 7 - - mlx5_core 0000:04:00.0 eth2: Link down",
		"12,203,296507,-;app[7]: mlx5_core 0000:04:00.0 eth2: Link down",
		("{\"MESSAGE\":\"mlx5_core 0000:04:00.0 eth2: Link down\","
		 "\"SYSLOG_IDENTIFIER\":\"app\"}"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_lines_at(str_of(lines[i]), NOW_S, "");
	assert_events(STR("Nov 21 22:47:00 h kernel: mlx5_core 0000:04:00.0 eth2: Link down"),
		"2026-11-21T22:47:00.000Z nic.log.link.down netdev:eth2 warning 1\n");
}

static void a_stamp_without_a_year_is_the_last_such_moment(void **state)
{
	static const struct {
		const char *stamp;
		int64_t now_s;
		const char *time;
	} cases[] = {
		{ "Dec 31 23:59:59", 1767312000, "2025-12-31T23:59:59.000Z" }, /* 2026-01-02 */
		{ "Jan  2 00:00:00", 1767312000, "2026-01-02T00:00:00.000Z" },
		{ "Jan  2 23:00:00", 1767312000, "2026-01-02T23:00:00.000Z" }, /* clocks differ */
		{ "Jan  4 00:00:00", 1767312000, "2025-01-04T00:00:00.000Z" },
		{ "Jan  1 01:00:00", 1798758000,
			"2027-01-01T01:00:00.000Z" }, /* 2026-12-31T23:00 */
		{ "Feb 29 12:00:00", 1767312000, "2024-02-29T12:00:00.000Z" },
	};

	(void)state;
	in_zone("UTC");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char line[64], expected[64];

		snprintf(line, sizeof(line), "%s h kernel: x", cases[i].stamp);
		snprintf(expected, sizeof(expected), "? %s -1 \"\" x\n", cases[i].time);
		assert_lines_at(str_of(line), cases[i].now_s, expected);
	}
	assert_lines_at(STR("Feb 30 12:00:00 h kernel: x"), NOW_S,
		"? - -1 \"\" Feb 30 12:00:00 h kernel: x\n");
}

static void stamps_without_a_zone_are_local(void **state)
{
	(void)state;
	in_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_lines_at(STR("Nov 21 22:47:00 h kernel: a\n"
			    "Jul 21 22:47:00 h kernel: b\n"
			    "[Tue Jul 21 22:47:30 2026] c\n"
			    "[Tue Jul 21 21:47:30 2026] c\n"
			    "2026-07-21T22:47:00Z h kernel: d\n"),
		NOW_S,
		"? 2026-11-21T22:47:00.000+01:00 -1 \"\" a\n"
		"? 2026-07-21T22:47:00.000+02:00 -1 \"\" b\n"
		"? 2026-07-21T22:47:30.000+02:00 -1 \"\" c\n"
		"? 2026-07-21T21:47:30.000+02:00 -1 \"\" c\n"
		"? 2026-07-22T00:47:00.000+02:00 -1 \"\" d\n");
	in_zone("UTC");
}

static void dmesg_tells_the_time_since_the_line_before(void **state)
{
	(void)state;
	in_zone("UTC");
	assert_lines_at(STR("[  +0.000016] z\n"
			    "[Nov21 22:47] a\n"
			    "[  +1.500000] b\n"
			    "[  +0.250000] c\n"),
		NOW_S,
		"? - -1 \"\" [  +0.000016] z\n"
		"? 2026-11-21T22:47:00.000Z -1 \"\" a\n"
		"? 2026-11-21T22:47:01.500Z -1 \"\" b\n"
		"? 2026-11-21T22:47:01.750Z -1 \"\" c\n");
}

static void records_have_keys_escapes_and_numbers(void **state)
{
	struct heard h;

	(void)state;
	heard_open(&h, NOW_S, true);
	log_feed(h.log, STR(" NO=record\n"
			    "6,10,1000000,-;a\\x09b\\x5c \\xzz \\x\n"
			    " SUBSYSTEM=pci\n"
			    " DEVICE=+pci:0000:01:00.0\n"
			    "6,11,1000001,-;first\\x0asecond\n"
			    "6,14,1000002,-;no key\n"
			    " not a key\n"
			    "6,3,5,-;another boot\n"
			    " DEVICE=n3\n"));
	assert_string_equal(heard_text(&h),
		"? - -1 \"\"  NO=record\n"
		"? mono:1.000000 6 \"+pci:0000:01:00.0\" a\tb\\ \\xzz \\x\n"
		"? mono:1.000001 6 \"\" first\n"
		"? mono:1.000001 6 \"\" second\n"
		"? mono:1.000002 6 \"\" no key\n"
		"? - -1 \"\"  not a key\n"
		"? mono:0.000005 6 \"n3\" another boot\n");
	assert_int_equal(log_counted(h.log).lost, 2);
	assert_int_equal(log_counted(h.log).lines, 9);
	heard_close(&h);
}

static void what_is_no_text_is_skipped_and_counted(void **state)
{
	static const char garbage[] = "\x7f"
				      "ELF\x02\x01\x01\0\0\0\n\x01\x02\x03\x04 x\n"
				      "\0\0\0\0[   12.345678] after a crash\n"
				      "one control \x07 is fine\n"
				      "6,1,1,-;a\0b\n\xff\xfe bytes\n";
	struct heard h;

	(void)state;
	heard_open(&h, NOW_S, true);
	log_feed(h.log, (str){ garbage, sizeof(garbage) - 1 });
	assert_string_equal(heard_text(&h), "? mono:12.345678 -1 \"\" after a crash\n"
					    "? - -1 \"\" one control \x07 is fine\n"
					    "? - -1 \"\" \xff\xfe bytes\n");
	assert_int_equal(log_counted(h.log).damaged, 3);
	heard_close(&h);
}

static void long_lines_are_cut_and_the_next_one_is_whole(void **state)
{
	size_t n = 3 << 20;
	char *line = malloc(n);
	struct heard h;

	(void)state;
	heard_open(&h, NOW_S, false);
	memset(line, 'x', n);
	log_feed(h.log, STR("mlx5_core 0000:04:00.0 eth2: Link down\n"));
	for (size_t i = 0; i < n; i += 1 << 20)
		log_feed(h.log, (str){ line + i, 1 << 20 });
	line[n - 1] = '\n';
	log_feed(h.log, (str){ line, n });
	log_feed(h.log, STR("mlx5_core 0000:04:00.0 eth2: Link up"));
	assert_string_equal(heard_text(&h), "- nic.log.link.down netdev:eth2 warning 1\n"
					    "- nic.log.link.up netdev:eth2 info 1\n");
	assert_int_equal(log_counted(h.log).lines, 3);
	heard_close(&h);
	free(line);
}

static void an_empty_log_says_nothing(void **state)
{
	static const char *const logs[] = { "", "\n", "\n\n\r\n", " ", "[", "<", "{", "{}",
		"6,1,1,-;", "6,1,1,-;\n DEVICE=\n", "[   12.345678]", "[   12.345678] \n",
		"Nov 21 22:47:00 " };

	(void)state;
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++)
		assert_events(str_of(logs[i]), "");
}

/* ---- pieces ---- */

static char *read_whole(const char *path, size_t *ret_n)
{
	FILE *file = fopen(path, "re");
	size_t cap = 1 << 20;
	char *text = malloc(cap);

	assert_non_null(file);
	*ret_n = fread(text, 1, cap, file);
	assert_true(*ret_n < cap);
	fclose(file);
	return text;
}

static void compare_pieces(const char *path, unsigned longest)
{
	struct heard whole, cut;
	size_t n;
	char *text = read_whole(path, &n);

	heard_open(&whole, NOW_S, true);
	heard_open(&cut, NOW_S, true);
	log_feed(whole.log, (str){ text, n });
	for (size_t at = 0, piece; at < n; at += piece) {
		char *copy;

		piece = 1 + random_below(longest);
		if (piece > n - at)
			piece = n - at;
		copy = malloc(piece); /* of its own: nothing may be remembered of it */
		memcpy(copy, text + at, piece);
		log_feed(cut.log, (str){ copy, piece });
		free(copy);
	}
	assert_string_equal(heard_text(&cut), heard_text(&whole));
	assert_int_equal(log_counted(cut.log).lines, log_counted(whole.log).lines);
	heard_close(&whole);
	heard_close(&cut);
	free(text);
}

static void pieces_of_any_size_give_the_same(void **state)
{
	static const char folder[] = "tests/fixtures/logs";
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	unsigned n = 0;

	(void)state;
	random_seed("pieces_of_any_size_give_the_same");
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char path[512];

		if (!str_ends(str_of(entry->d_name), STR(".log")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		compare_pieces(path, 1);
		compare_pieces(path, 300);
		n++;
	}
	closedir(dir);
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_gives_the_message_alone),
		cmocka_unit_test(what_programs_say_is_not_the_kernel),
		cmocka_unit_test(a_stamp_without_a_year_is_the_last_such_moment),
		cmocka_unit_test(stamps_without_a_zone_are_local),
		cmocka_unit_test(dmesg_tells_the_time_since_the_line_before),
		cmocka_unit_test(records_have_keys_escapes_and_numbers),
		cmocka_unit_test(what_is_no_text_is_skipped_and_counted),
		cmocka_unit_test(long_lines_are_cut_and_the_next_one_is_whole),
		cmocka_unit_test(an_empty_log_says_nothing),
		cmocka_unit_test(pieces_of_any_size_give_the_same),
	};

	return RUN_TESTS(tests);
}
