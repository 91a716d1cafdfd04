/* What the service manager is told, heard on a socket of our own. */
#include "test.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cmd/notify.h"

static int manager = -1;

/* The kernel chooses an abstract name: five digits behind a zero byte. */
static int manager_opens(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(address);

	(void)state;
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(manager >= 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
	assert_int_equal(getsockname(manager, (struct sockaddr *)&address, &size), 0);
	address.sun_path[0] = '@';
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	return 0;
}

static int manager_closes(void **state)
{
	(void)state;
	close(manager);
	unsetenv("NOTIFY_SOCKET");
	return 0;
}

/* The next message; "" when there is none. */
static const char *heard(void)
{
	static char text[256];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void ask_for_life_signs(const char *pid, const char *usec)
{
	char own[32];

	snprintf(own, sizeof(own), "%d", getpid());
	setenv("WATCHDOG_PID", pid ? pid : own, 1);
	setenv("WATCHDOG_USEC", usec, 1);
}

static void each_step_is_one_message(void **state)
{
	(void)state;
	assert_int_equal(notify_ready("recording into /x"), 0);
	assert_string_equal(heard(), "READY=1\nSTATUS=recording into /x\n");
	assert_int_equal(notify_status("1 tick missed"), 0);
	assert_string_equal(heard(), "STATUS=1 tick missed\n");
	assert_int_equal(notify_stopping("writing the last ticks"), 0);
	assert_string_equal(heard(), "STOPPING=1\nSTATUS=writing the last ticks\n");
	assert_string_equal(heard(), "");
}

static void a_status_is_no_other_assignment(void **state)
{
	(void)state;
	assert_int_equal(notify_status("into /a\nMAINPID=1\nand on"), 0);
	assert_string_equal(heard(), "STATUS=into /a\n");
}

static void life_signs_come_three_times_in_the_limit(void **state)
{
	struct notify n;

	(void)state;
	ask_for_life_signs(NULL, "30000000");
	notify_open(&n);
	assert_true(n.every_ns == 10000000000);
	assert_int_equal(notify_alive(&n, 5000), 0);
	assert_string_equal(heard(), "WATCHDOG=1");
	assert_int_equal(notify_alive(&n, 5000 + n.every_ns - 1), 0);
	assert_string_equal(heard(), "");
	assert_int_equal(notify_alive(&n, 5000 + n.every_ns), 0);
	assert_string_equal(heard(), "WATCHDOG=1");
}

static void who_is_not_asked_gives_none(void **state)
{
	struct notify n;

	(void)state;
	notify_open(&n);
	assert_true(n.every_ns == 0);
	assert_int_equal(notify_alive(&n, 5000), 0);
	ask_for_life_signs(
		"1", "30000000"); /* asked of another process, as of the parent of ours */
	notify_open(&n);
	assert_true(n.every_ns == 0);
	assert_int_equal(notify_alive(&n, 5000), 0);
	assert_string_equal(heard(), "");
}

static void a_life_sign_that_failed_is_due_still(void **state)
{
	struct notify n;
	char name[108];

	(void)state;
	ask_for_life_signs(NULL, "30000000");
	notify_open(&n);
	snprintf(name, sizeof(name), "%s", getenv("NOTIFY_SOCKET"));
	setenv("NOTIFY_SOCKET", "@nobody listens to faultline's test here", 1);
	assert_int_equal(notify_alive(&n, 5000), -ECONNREFUSED);
	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(notify_alive(&n, 5001), 0);
	assert_string_equal(heard(), "WATCHDOG=1");
}

static void without_a_manager_all_succeeds(void **state)
{
	struct notify n = { .every_ns = 1 };

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_ready("a"), 0);
	assert_int_equal(notify_status("b"), 0);
	assert_int_equal(notify_stopping("c"), 0);
	assert_int_equal(notify_alive(&n, 5000), 0);
	assert_string_equal(heard(), "");
}

#define HEARD(test) cmocka_unit_test_setup_teardown(test, manager_opens, manager_closes)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEARD(each_step_is_one_message),
		HEARD(a_status_is_no_other_assignment),
		HEARD(life_signs_come_three_times_in_the_limit),
		HEARD(who_is_not_asked_gives_none),
		HEARD(a_life_sign_that_failed_is_due_still),
		HEARD(without_a_manager_all_succeeds),
	};

	return RUN_TESTS(tests);
}
