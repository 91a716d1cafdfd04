/* What an anonymous snap does not tell of threads and of what devices say of connections. */
#include "test.h"

#include "tree.h"

#include <linux/if_addr.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <rdma/rdma_netlink.h>
#include <sys/socket.h>

#include "host/copy.h"
#include "host/private.h"
#include "made_netlink.h"

static char dir[64], other[80];

static int set_up(void **state)
{
	(void)state;
	tree_make(dir);
	snprintf(other, sizeof(other), "%s-other", dir);
	tree_write(dir, "rows.tsv", "", 0);
	tree_write(dir, "proc/sys/kernel/hostname", "vm\n", 3);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tree_remove(dir);
	tree_remove(other);
	return 0;
}

static void put(const char *path, const char *text)
{
	tree_write(dir, path, text, strlen(text));
}

/* What the copy has at `path`. */
static size_t copied(const char *path, char *bytes, size_t room)
{
	char whole[160];
	FILE *file;
	size_t n;

	snprintf(whole, sizeof(whole), "%s/%s", other, path);
	file = fopen(whole, "re");
	assert_non_null(file);
	n = fread(bytes, 1, room, file);
	fclose(file);
	return n;
}

static void assert_copied(const char *path, const char *expected)
{
	char bytes[256] = "";

	copied(path, bytes, sizeof(bytes) - 1);
	assert_string_equal(bytes, expected);
}

static void threads_have_no_names(void **state)
{
	(void)state;
	put("proc/77/task/78/stat", "78 (acme (db) io) S 1 77 77 0 -1\n");
	put("proc/77/task/78/status",
		"Name:\tacme (db) io\nUmask:\t0022\nCpus_allowed_list:\t0-3\n");
	put("proc/77/task/79/stat", "79 (cut");
	assert_int_equal(host_anonymize(dir, other, NULL, 0), 0);
	assert_copied("proc/77/task/78/stat", "78 (xxxx (xx) xx) S 1 77 77 0 -1\n");
	assert_copied("proc/77/task/78/status",
		"Name:\txxxx (xx) xx\nUmask:\t0022\nCpus_allowed_list:\t0-3\n");
}

/* What is said of a process by its first thread's name is said of it in the copy as well. */
static void the_first_thread_is_called_as_its_process(void **state)
{
	char first[64] = "", process[64] = "";

	(void)state;
	put("rows.tsv", "app.task.cpu\ttask:77/acmedb\t-\t1\n");
	put("proc/77/stat", "77 (acmedb) S 1\n");
	put("proc/77/task/77/stat", "77 (acmedb) S 1\n");
	put("proc/77/task/177/stat", "177 (acmedb) S 1\n");
	assert_int_equal(host_anonymize(dir, other, NULL, 0), 0);
	copied("proc/77/stat", process, sizeof(process) - 1);
	copied("proc/77/task/77/stat", first, sizeof(first) - 1);
	assert_string_equal(first, process);
	assert_null(strstr(first, "acmedb"));
	assert_copied("proc/77/task/177/stat", "177 (xxxxxx) S 1\n");
}

/* The context of a queue pair has the addresses of its other end. */
static void contexts_of_queue_pairs_stay_here(void **state)
{
	static const char context[] = "fe80-secret-address";
	static struct made_reply reply;
	char bytes[512];
	size_t n;

	(void)state;
	made_begin(&reply, RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_RES_QP_GET_RAW), "", 0);
	made_put(&reply, RDMA_NLDEV_ATTR_RES_RAW, context, sizeof(context));
	made_u32(&reply, RDMA_NLDEV_ATTR_DEV_INDEX, 7);
	made_end(&reply);
	tree_write(dir, "ask/rdma/mlx5_0/raw", reply.p, reply.n);
	assert_int_equal(host_anonymize(dir, other, NULL, 0), 0);
	n = copied("ask/rdma/mlx5_0/raw", bytes, sizeof(bytes));
	assert_int_equal(n, reply.n);
	assert_null(memmem(bytes, n, "secret", 6));
	assert_memory_equal(bytes + n - 8, reply.p + reply.n - 8, 8);
}

static void assert_link(const char *path, const char *expected)
{
	char whole[160], target[128] = "";

	snprintf(whole, sizeof(whole), "%s/%s", other, path);
	assert_true(readlink(whole, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, expected);
}

/* The task is called as what it has open is, which has to be found again. */
static void files_of_processes_stay_here(void **state)
{
	static const char rows[] = "app.task.cpu\ttask:77/socket\t-\t1\n"
				   "app.task.cpu\ttask:78/renderD128\t-\t1\n";

	(void)state;
	put("rows.tsv", rows);
	tree_link(dir, "proc/77/fd/0", "/home/acme/secret plans");
	tree_link(dir, "proc/77/fd/3", "socket:[8123]");
	tree_link(dir, "proc/77/fd/4", "/dev/dri/renderD128");
	tree_link(dir, "proc/77/fd/5", "/dev/nvidia3");
	tree_link(dir, "proc/77/fd/6", "/dev/nvidia3 (acme)");
	tree_link(dir, "proc/77/fd/7", "socket:[acme]");
	assert_int_equal(host_anonymize(dir, other, NULL, 0), 0);
	assert_link("proc/77/fd/0", "-");
	assert_link("proc/77/fd/3", "socket:[8123]");
	assert_link("proc/77/fd/4", "/dev/dri/renderD128");
	assert_link("proc/77/fd/5", "/dev/nvidia3");
	assert_link("proc/77/fd/6", "-");
	assert_link("proc/77/fd/7", "-");
	assert_false(private_is_open_file("proc/77/fdinfo/3"));
	assert_false(private_is_open_file("proc/self/fd/3"));
	assert_false(private_is_open_file("sys/class/net/eth0"));
}

static struct made_reply made;

static void put_connection(uint8_t family, const uint8_t here[16], const uint8_t there[16])
{
	struct inet_diag_msg about = {
		.idiag_family = family, .idiag_state = 1, .idiag_uid = 1000, .idiag_inode = 8123
	};

	about.id.idiag_sport = about.id.idiag_dport = 0x1234;
	memcpy(about.id.idiag_src, here, 16);
	memcpy(about.id.idiag_dst, there, 16);
	made_begin(&made, SOCK_DIAG_BY_FAMILY, &about, sizeof(about));
	made_put(&made, INET_DIAG_MD5SIG, "acme-secret-key", 16);
	made_u32(&made, INET_DIAG_INFO, 7);
	made_end(&made);
}

static struct inet_diag_msg connection_at(const char *bytes, size_t at)
{
	struct inet_diag_msg about;

	memcpy(&about, bytes + at + NLMSG_HDRLEN, sizeof(about));
	return about;
}

/* Which connections are over which interface stays so, and with whom does not. */
static void addresses_become_others(void **state)
{
	static const uint8_t here[16] = { 192, 168, 7, 1 }, there[16] = { 192, 168, 7, 2 },
			     lo[16] = { 127, 0, 0, 1 },
			     mapped[16] = { [10] = 0xff, 0xff, 192, 168, 7, 1 },
			     six[16] = { 0x20, 1, [15] = 9 };
	const struct ifaddrmsg about = { .ifa_family = AF_INET, .ifa_index = 2 };
	struct inet_diag_msg first, second, third;
	char own[256], bytes[1024];
	size_t n;

	(void)state;
	made.n = 0;
	made_begin(&made, RTM_NEWADDR, &about, sizeof(about));
	made_put(&made, IFA_LOCAL, here, 4);
	made_end(&made);
	made_done(&made);
	tree_write(dir, "ask/rtnl/address", made.p, made.n);
	made.n = 0;
	put_connection(AF_INET, here, there);
	n = made.n;
	put_connection(AF_INET6, mapped, six);
	put_connection(AF_INET, lo, lo);
	made_done(&made);
	private_extras(made.p, made.n);
	assert_null(memmem(made.p, made.n, "secret", 6));
	tree_write(dir, "ask/diag/tcp4", made.p, made.n);
	assert_int_equal(host_anonymize(dir, other, NULL, 0), 0);
	assert_true(copied("ask/rtnl/address", own, sizeof(own)) > 28);
	assert_int_equal(copied("ask/diag/tcp4", bytes, sizeof(bytes)), made.n);
	assert_null(memmem(bytes, made.n, here, 4));
	assert_null(memmem(bytes, made.n, there, 4));
	assert_null(memmem(bytes, made.n, six, 16));
	first = connection_at(bytes, 0);
	second = connection_at(bytes, n);
	third = connection_at(bytes, 2 * n);
	assert_memory_equal(first.id.idiag_src, own + 28, 4);
	assert_memory_equal(&second.id.idiag_src[3], own + 28, 4);
	assert_memory_not_equal(first.id.idiag_src, first.id.idiag_dst, 4);
	assert_memory_equal(third.id.idiag_src, lo, 4);
	assert_int_equal(first.id.idiag_sport | first.id.idiag_dport | first.idiag_uid, 0);
	assert_int_equal(first.idiag_inode, 8123);
	/* what was asked for is there */
	assert_int_equal(bytes[n - 4], 7);
}

/* A reply that was cut, or lies about its lengths, has nothing left where it does. */
static void odd_replies_tell_nothing(void **state)
{
	static const uint8_t here[16] = { 192, 168, 7, 1 };

	(void)state;
	made.n = 0;
	put_connection(AF_INET, here, here);
	for (size_t cut = 1; cut < made.n; cut++) {
		char bytes[512];

		memcpy(bytes, made.p, cut);
		private_extras(bytes, cut);
		private_connections(bytes, cut, 1);
		private_addresses(bytes, cut, 1);
		assert_null(memmem(bytes, cut, here, 4));
		assert_null(memmem(bytes, cut, "secret", 6));
	}
	made.p[NLMSG_HDRLEN + sizeof(struct inet_diag_msg)] =
		2; /* shorter than an attribute can be */
	private_extras(made.p, made.n);
	assert_null(memmem(made.p, made.n, "secret", 6));
}

/* Not even the program itself sees these names. */
static void live_links_of_processes(void **state)
{
	struct host *host;
	struct arena a;
	char path[64];
	str target;
	int fds[2], file = open("/dev/null", O_RDONLY);

	(void)state;
	assert_int_equal(host_live(&host), 0);
	assert_int_equal(arena_open(&a, 1 << 20), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	snprintf(path, sizeof(path), "proc/%d/fd/%d", getpid(), file);
	assert_int_equal(host_link(host, &a, 0, path, &target), 0);
	assert_str(target, "-");
	snprintf(path, sizeof(path), "proc/%d/fd/%d", getpid(), fds[0]);
	assert_int_equal(host_link(host, &a, 0, path, &target), 0);
	assert_true(str_starts(target, STR("socket:[")));
	close(file);
	close(fds[0]);
	close(fds[1]);
	arena_close(&a);
	host_close(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(threads_have_no_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_first_thread_is_called_as_its_process, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			contexts_of_queue_pairs_stay_here, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_of_processes_stay_here, set_up, tear_down),
		cmocka_unit_test_setup_teardown(addresses_become_others, set_up, tear_down),
		cmocka_unit_test(odd_replies_tell_nothing),
		cmocka_unit_test(live_links_of_processes),
	};

	return RUN_TESTS(tests);
}
