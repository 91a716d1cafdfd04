/* A directory that stands in for a host: hostile trees stay harmless. */
#include "test.h"

#include "tree.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "host/host.h"

struct bench {
	char dir[64];
	struct arena a;
	struct host *host;
};

static int open_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	*state = b;
	tree_make(b->dir);
	return arena_open(&b->a, 64 << 20);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	host_close(b->host);
	arena_close(&b->a);
	tree_remove(b->dir);
	free(b);
	return 0;
}

static int read_at(struct bench *b, const char *path, str *ret)
{
	if (!b->host)
		assert_int_equal(host_tree(b->dir, &b->host), 0);
	return host_read(b->host, &b->a, 0, path, NULL, ret);
}

static void a_file_is_read_whole_and_ends_in_a_nul(void **state)
{
	struct bench *b = *state;
	static char big[100000];
	str text = STR("-");

	memset(big, 'x', sizeof(big));
	tree_text(b->dir, "proc/a", "one\ntwo\n");
	tree_text(b->dir, "proc/empty", "");
	tree_write(b->dir, "proc/big", big, sizeof(big));
	tree_write(b->dir, "proc/nul", "a\0b", 3);
	assert_int_equal(read_at(b, "proc/a", &text), 0);
	assert_str(text, "one\ntwo\n");
	assert_int_equal(text.p[text.n], 0);
	assert_int_equal(read_at(b, "proc/empty", &text), 0);
	assert_int_equal(text.n, 0);
	assert_int_equal(read_at(b, "proc/big", &text), 0);
	assert_int_equal(text.n, sizeof(big));
	assert_int_equal(read_at(b, "proc/nul", &text), 0);
	assert_int_equal(text.n, 3);
}

static void what_is_no_file_is_refused_and_leaves_the_output_alone(void **state)
{
	struct bench *b = *state;
	char path[128];
	str text = STR("-");

	snprintf(path, sizeof(path), "%s/fifo", b->dir);
	assert_int_equal(mkfifo(path, 0666), 0);
	tree_text(b->dir, "dir/x", "");
	alarm(5);
	assert_int_equal(read_at(b, "fifo", &text), -EINVAL);
	assert_int_equal(read_at(b, "dir", &text), -EISDIR);
	assert_int_equal(read_at(b, "absent", &text), -ENOENT);
	assert_int_equal(read_at(b, "dir/x/below", &text), -ENOTDIR);
	assert_int_equal(host_list(b->host, &b->a, 0, "dir/x", &text), -ENOTDIR);
	assert_int_equal(host_list(b->host, &b->a, 0, "fifo", &text), -ENOTDIR);
	assert_str(text, "-");
	alarm(0);
}

static void a_device_is_refused(void **state)
{
	struct bench *b = *state;
	char path[128];
	str text = STR("-");

	snprintf(path, sizeof(path), "%s/zero", b->dir);
	if (mknod(path, S_IFCHR | 0666, makedev(1, 5)) < 0)
		cannot_run("a_device_is_refused", "not allowed to make a device node");
	assert_int_equal(read_at(b, "zero", &text), -EINVAL);
	assert_str(text, "-");
}

static void links_stay_inside_the_tree(void **state)
{
	struct bench *b = *state;
	str text = STR("-");

	tree_text(b->dir, "etc/inside", "inside\n");
	tree_link(b->dir, "absolute", "/etc/inside");
	tree_link(b->dir, "outside", "/etc/passwd");
	tree_link(b->dir, "upwards", "../../../../../../etc/passwd");
	tree_link(b->dir, "magic", "/proc/self/root/etc/passwd");
	assert_int_equal(read_at(b, "absolute", &text), 0);
	assert_str(text, "inside\n");
	text = STR("-");
	assert_int_equal(read_at(b, "outside", &text), -ENOENT);
	assert_int_equal(read_at(b, "upwards", &text), -ENOENT);
	assert_int_equal(read_at(b, "magic", &text), -ENOENT);
	assert_int_equal(read_at(b, "../../../../etc/passwd", &text), -ENOENT);
	assert_str(text, "-");
}

static void a_loop_of_links_is_eloop(void **state)
{
	struct bench *b = *state;
	str text = STR("-");

	tree_link(b->dir, "a", "b");
	tree_link(b->dir, "b", "a");
	tree_link(b->dir, "sys/self", "/sys/self");
	assert_int_equal(read_at(b, "a", &text), -ELOOP);
	assert_int_equal(read_at(b, "sys/self/x", &text), -ELOOP);
	assert_int_equal(host_list(b->host, &b->a, 0, "sys/self", &text), -ELOOP);
	assert_str(text, "-");
}

static void a_file_that_is_too_long_is_efbig(void **state)
{
	struct bench *b = *state;
	char path[128];
	str text = STR("-");

	tree_text(b->dir, "long", "");
	snprintf(path, sizeof(path), "%s/long", b->dir);
	assert_int_equal(truncate(path, (off_t)HOST_MAX_FILE + 1), 0);
	assert_int_equal(read_at(b, "long", &text), -EFBIG);
	assert_str(text, "-");
	assert_int_equal(truncate(path, HOST_MAX_FILE - 1), 0);
	assert_int_equal(read_at(b, "long", &text), 0);
}

static void names_with_spaces_quotes_and_odd_bytes_are_names(void **state)
{
	static const char *const names[] = { "with space", "quo\"te", "it's", "back\\slash",
		"\xff\xfe", "-dash", "$(x)" };
	struct bench *b = *state;
	str text, line;
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char path[128];

		snprintf(path, sizeof(path), "sys/%s", names[i]);
		tree_text(b->dir, path, names[i]);
		assert_int_equal(read_at(b, path, &text), 0);
		assert_str(text, names[i]);
	}
	tree_text(b->dir, "sys/two\nlines", "");
	assert_int_equal(host_list(b->host, &b->a, 0, "sys", &text), 0);
	while (str_next_line(&text, &line)) {
		bool known = false;

		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			known |= str_is(line, names[i]);
		assert_true(
			known); /* the name with a line end in it is left out, never two names */
		n++;
	}
	assert_int_equal(n, sizeof(names) / sizeof(*names));
}

static void lists_are_sorted_and_mark_directories(void **state)
{
	struct bench *b = *state;
	str text;

	tree_text(b->dir, "sys/b/x", "");
	tree_text(b->dir, "sys/a", "");
	tree_text(b->dir, "sys/c", "");
	tree_link(b->dir, "sys/d", "b");
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_int_equal(host_list(b->host, &b->a, 0, "sys", &text), 0);
	assert_str(text, "a\nb/\nc\nd\n");
	assert_int_equal(host_list(b->host, &b->a, 0, "sys/d", &text), 0);
	assert_str(text, "x\n");
}

static void links_are_read_not_followed(void **state)
{
	struct bench *b = *state;
	str text = STR("-");

	tree_link(b->dir, "sys/driver", "../../bus/pci/drivers/e1000e");
	tree_text(b->dir, "sys/file", "");
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_int_equal(host_link(b->host, &b->a, 0, "sys/driver", &text), 0);
	assert_str(text, "../../bus/pci/drivers/e1000e");
	text = STR("-");
	assert_int_equal(host_link(b->host, &b->a, 0, "sys/file", &text), -ENOENT);
	assert_int_equal(host_link(b->host, &b->a, 0, "sys/none", &text), -ENOENT);
	assert_str(text, "-");
}

static void recorded_errors_and_lists_are_replayed(void **state)
{
	struct bench *b = *state;
	str text = STR("-");

	tree_text(b->dir, "proc/there", "1\n");
	tree_text(b->dir, "sys/x", "1\n");
	tree_text(b->dir, "manifest.json",
		"{\"files\": {\"proc/there\": {\"errno\": \"EIO\"}, \"sys/dir\": {\"errno\": "
		"\"EACCES\"},"
		" \"proc/new\": {\"errno\": \"ENEWERTHANWE\"}, \"proc/odd\": 7}, \"lists\": "
		"{\"sys\": [\"y\", \"z/\", 7]}}");
	assert_int_equal(read_at(b, "proc/there", &text), -EIO);
	assert_int_equal(read_at(b, "proc/new", &text), -EIO);
	assert_int_equal(host_list(b->host, &b->a, 0, "sys/dir", &text), -EACCES);
	assert_int_equal(host_link(b->host, &b->a, 0, "sys/dir", &text), -EACCES);
	assert_int_equal(read_at(b, "proc/odd", &text), -ENOENT);
	assert_str(text, "-");
	assert_int_equal(host_list(b->host, &b->a, 0, "sys", &text), 0);
	assert_str(text, "y\nz/\n");
}

static void a_damaged_manifest_is_said_and_an_odd_one_survived(void **state)
{
	struct bench *b = *state;
	str text;

	tree_text(b->dir, "sys/x", "1\n");
	tree_text(b->dir, "manifest.json", "{\"files\": ");
	assert_int_equal(host_tree(b->dir, &b->host), -EBADMSG);
	tree_text(b->dir, "manifest.json", "[]");
	assert_int_equal(host_tree(b->dir, &b->host), -EBADMSG);
	tree_text(b->dir, "manifest.json", "");
	assert_int_equal(host_tree(b->dir, &b->host), -EBADMSG);
	tree_text(b->dir, "manifest.json", "{\"files\": [1], \"lists\": \"x\"}");
	assert_int_equal(read_at(b, "sys/x", &text), 0);
	assert_int_equal(host_list(b->host, &b->a, 0, "sys", &text), 0);
}

static void namespaces_of_a_tree_have_names_and_files_of_their_own(void **state)
{
	struct bench *b = *state;
	str text;

	tree_text(b->dir, "proc/net/dev", "own");
	tree_text(b->dir, "netns/pod/proc/net/dev", "pod");
	tree_text(b->dir, "netns/4026531999/proc/net/dev", "nameless");
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_int_equal(host_namespaces(b->host), 1);
	host_find_namespaces(b->host, STR(""));
	assert_int_equal(host_namespaces(b->host), 3);
	assert_string_equal(host_namespace_name(b->host, 0), "");
	assert_string_equal(host_namespace_name(b->host, 1), "4026531999");
	assert_string_equal(host_namespace_name(b->host, 2), "pod");
	assert_string_equal(host_namespace_name(b->host, 3), "");
	assert_int_equal(host_read(b->host, &b->a, 0, "proc/net/dev", NULL, &text), 0);
	assert_str(text, "own");
	assert_int_equal(host_read(b->host, &b->a, 2, "proc/net/dev", NULL, &text), 0);
	assert_str(text, "pod");
}

static void too_many_namespaces_are_counted(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < HOST_MAX_NAMESPACES + 5; i++) {
		char path[64];

		snprintf(path, sizeof(path), "netns/n%d/x", i);
		tree_text(b->dir, path, "");
	}
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	host_find_namespaces(b->host, STR(""));
	assert_int_equal(host_namespaces(b->host), HOST_MAX_NAMESPACES);
	assert_int_equal(host_namespaces_unseen(b->host), 6);
}

static void an_exchange_is_the_file_of_its_key(void **state)
{
	const struct host_question question = { .key = "rtnl/link" };
	struct bench *b = *state;
	str text = STR("-");

	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_int_equal(host_ask(b->host, &b->a, 0, &question, &text), -ENOENT);
	assert_str(text, "-");
	tree_text(b->dir, "ask/rtnl/link", "raw");
	assert_int_equal(host_ask(b->host, &b->a, 0, &question, &text), 0);
	assert_str(text, "raw");
}

static void a_tree_is_not_live_and_must_be_a_directory(void **state)
{
	struct bench *b = *state;
	char path[128];

	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_false(host_is_live(b->host));
	b->host = host_close(b->host);
	tree_text(b->dir, "file", "");
	snprintf(path, sizeof(path), "%s/file", b->dir);
	assert_int_equal(host_tree(path, &b->host), -ENOTDIR);
	assert_int_equal(host_tree("/nowhere/at/all", &b->host), -ENOENT);
	assert_null(b->host);
}

static void every_reason_is_in_words(void **state)
{
	(void)state;
	assert_string_equal(host_reason(-ENOENT), "absent");
	assert_string_equal(host_reason(-EACCES), "no permission");
	assert_string_equal(host_reason(EACCES), "no permission");
	for (int error = 0; error < 200; error++)
		assert_true(*host_reason(-error));
}

/* The kernel begins this dump, and says at its end only that there is no such protocol. */
static void a_dump_that_fails_at_its_end_is_no_answer(void **state)
{
	static const struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 about;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.about = { .sdiag_family = AF_INET, .sdiag_protocol = 250, .idiag_states = ~0U },
	};
	const struct host_question question = { "sock_diag/250", NETLINK_SOCK_DIAG, &request,
		sizeof(request) };
	struct bench *b = *state;
	str text = STR("as it was");
	int r;

	assert_int_equal(host_live(&b->host), 0);
	r = host_ask(b->host, &b->a, 0, &question, &text);
	if (r == -EPROTONOSUPPORT)
		cannot_run("a dump that fails", "this kernel has no sock_diag");
	assert_int_equal(r, -ENOENT);
	assert_str(text, "as it was");
}

/* The kernel gives up a path with ".." in it while anything anywhere is renamed. */
static void files_are_read_while_others_are_renamed(void **state)
{
	struct bench *b = *state;
	char here[96], there[96];
	unsigned refused = 0;
	pid_t child;
	str text;

	tree_text(b->dir, "sys/devices/0000:01:00.0/class", "0x020000\n");
	tree_link(b->dir, "sys/bus/pci/devices/0000:01:00.0", "../../../devices/0000:01:00.0");
	tree_text(b->dir, "other", "");
	snprintf(here, sizeof(here), "%s/other", b->dir);
	snprintf(there, sizeof(there), "%s/another", b->dir);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		alarm(60);
		for (;;)
			if (rename(here, there) < 0 || rename(there, here) < 0)
				_exit(1);
	}
	for (int i = 0; i < 20000; i++) {
		int r = read_at(b, "sys/bus/pci/devices/0000:01:00.0/class", &text);

		refused += r < 0;
		arena_release(&b->a, b->a.base);
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(refused, 0);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

/* The socket is kept between questions, and what one was refused is not the answer to the next. */
static void a_refused_question_is_no_hindrance_to_the_next(void **state)
{
	struct bench *b = *state;
	struct {
		struct nlmsghdr header;
		struct rtgenmsg family;
	} links = { { sizeof(links), RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 0, 0 },
		{ AF_UNSPEC } },
	  nothing = links;
	struct host_question good = { .key = "rtnl/link",
		.protocol = NETLINK_ROUTE,
		.request = &links,
		.request_size = sizeof(links) };
	struct host_question bad = { .key = "rtnl/nothing",
		.protocol = NETLINK_ROUTE,
		.request = &nothing,
		.request_size = sizeof(nothing) };
	struct host *live;
	str first, text;

	nothing.header.nlmsg_type = RTM_GETLINK + 400;
	assert_int_equal(host_live(&live), 0);
	assert_int_equal(host_ask(live, &b->a, 0, &good, &first), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(host_ask(live, &b->a, 0, &bad, &text), -EOPNOTSUPP);
		assert_int_equal(host_ask(live, &b->a, 0, &good, &text), 0);
		assert_int_equal(text.n, first.n);
	}
	host_close(live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(a_file_is_read_whole_and_ends_in_a_nul),
		WITH_BENCH(what_is_no_file_is_refused_and_leaves_the_output_alone),
		WITH_BENCH(a_device_is_refused),
		WITH_BENCH(links_stay_inside_the_tree),
		WITH_BENCH(files_are_read_while_others_are_renamed),
		WITH_BENCH(a_loop_of_links_is_eloop),
		WITH_BENCH(a_file_that_is_too_long_is_efbig),
		WITH_BENCH(names_with_spaces_quotes_and_odd_bytes_are_names),
		WITH_BENCH(lists_are_sorted_and_mark_directories),
		WITH_BENCH(links_are_read_not_followed),
		WITH_BENCH(recorded_errors_and_lists_are_replayed),
		WITH_BENCH(a_damaged_manifest_is_said_and_an_odd_one_survived),
		WITH_BENCH(namespaces_of_a_tree_have_names_and_files_of_their_own),
		WITH_BENCH(too_many_namespaces_are_counted),
		WITH_BENCH(an_exchange_is_the_file_of_its_key),
		WITH_BENCH(a_dump_that_fails_at_its_end_is_no_answer),
		WITH_BENCH(a_refused_question_is_no_hindrance_to_the_next),
		WITH_BENCH(a_tree_is_not_live_and_must_be_a_directory),
		WITH_BENCH(every_reason_is_in_words),
	};

	return RUN_TESTS(tests);
}
