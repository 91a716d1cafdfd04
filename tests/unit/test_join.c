/* Messages of several lines, what the kernel suppressed, and whom events are about. */
#include "heard.h"

#define PORT "pcieport 0000:00:1c.0: "
#define DEV "e1000e 0000:01:00.0: "
#define SOURCE PORT "AER: Correctable error message received from 0000:01:00.0\n"
#define DETAIL DEV "PCIe Bus Error: severity=Correctable, type=Physical Layer, (Receiver ID)\n"
#define STATUS DEV "  device [8086:10d3] error status/mask=00000001/0000e000\n"
#define BIT DEV "   [ 0] RxErr                  (First)\n"
#define COR "pcie.log.aer.correctable pci:0000:01:00.0 warning "

static void the_lines_of_an_aer_report_are_one_event(void **state)
{
	(void)state;
	assert_texts(STR("[    1.000000] " SOURCE "[    1.000016] " DETAIL "[    1.000032] " STATUS
			 "[    1.000048] " BIT),
		"mono:1.000000 " COR "1 " PORT
		"AER: Correctable error message received from 0000:01:00.0|" DEV
		"PCIe Bus Error: severity=Correctable, type=Physical Layer, (Receiver ID)|" DEV
		"  device [8086:10d3] error status/mask=00000001/0000e000|" DEV
		"   [ 0] RxErr                  (First)\n");
	/* without stamps as well */
	assert_events(STR(SOURCE DETAIL STATUS BIT), "- " COR "1\n");
	/* and of each of two */
	assert_events(
		STR("[    1.000000] " SOURCE "[    1.000016] " DETAIL "[    1.000032] " STATUS
		    "[    1.000100] " SOURCE "[    1.000116] " DETAIL "[    1.000132] " STATUS),
		"mono:1.000000 " COR "1\nmono:1.000100 " COR "1\n");
}

static void half_a_report_is_an_event_too(void **state)
{
	(void)state;
	assert_events(STR("[    1.000000] " SOURCE), "mono:1.000000 " COR "1\n");
	assert_events(
		STR("[    1.000016] " DETAIL "[    1.000032] " STATUS "[    9.000000] " SOURCE),
		"mono:1.000016 " COR "1\nmono:9.000000 " COR "1\n");
	/* details of a second device are its own */
	assert_events(STR("[    1.000000] " SOURCE "[    1.000016] " DETAIL
			  "[    1.000032] nvme 0000:02:00.0: PCIe Bus Error: severity=Correctable, "
			  "type=Physical Layer, (Receiver ID)\n"),
		"mono:1.000000 " COR "1\n"
		"mono:1.000032 pcie.log.aer.correctable pci:0000:02:00.0 warning 1\n");
	/* a second report of the same device, whose first half is missing */
	assert_events(
		STR("[    1.000000] " SOURCE "[    1.000016] " DETAIL "[    1.000100] " DETAIL),
		"mono:1.000000 " COR "1\nmono:1.000100 " COR "1\n");
	/* too late to be its own */
	assert_events(STR("[    1.000000] " SOURCE "[    3.000016] " DETAIL),
		"mono:1.000000 " COR "1\nmono:3.000016 " COR "1\n");
}

static void reports_of_two_cpus_may_be_interleaved(void **state)
{
	(void)state;
	assert_texts(
		STR("[    1.000000] " SOURCE
		    "[    1.000002] pcieport 0000:40:01.0: AER: Uncorrectable (Non-Fatal) error "
		    "message received from 0000:41:00.0\n"
		    "[    1.000016] " DETAIL
		    "[    1.000018] nvme 0000:41:00.0: PCIe Bus Error: severity=Uncorrectable "
		    "(Non-Fatal), type=Transaction Layer, (Requester ID)\n"
		    "[    1.000030] nvme 0000:41:00.0:   device [144d:a80a] error "
		    "status/mask=00004000/00000000\n"
		    "[    1.000032] " STATUS),
		"mono:1.000000 " COR "1 " PORT
		"AER: Correctable error message received from 0000:01:00.0|" DEV
		"PCIe Bus Error: severity=Correctable, type=Physical Layer, (Receiver ID)|" DEV
		"  device [8086:10d3] error status/mask=00000001/0000e000\n"
		"mono:1.000002 pcie.log.aer.nonfatal pci:0000:41:00.0 critical 1 "
		"pcieport 0000:40:01.0: AER: Uncorrectable (Non-Fatal) error message received from "
		"0000:41:00.0|nvme 0000:41:00.0: PCIe Bus Error: severity=Uncorrectable "
		"(Non-Fatal), type=Transaction Layer, (Requester ID)|nvme 0000:41:00.0:   device "
		"[144d:a80a] error status/mask=00004000/00000000\n");
}

static void a_log_may_run_backwards(void **state)
{
	(void)state;
	assert_events(STR("[    9.000100] mlx5_core 0000:04:00.0 eth2: Link down\n"
			  "[    1.000048] " BIT "[    1.000032] " STATUS "[    1.000016] " DETAIL
			  "[    1.000000] " SOURCE),
		"mono:9.000100 nic.log.link.down netdev:eth2 warning 1\n"
		"mono:1.000016 " COR "1\n");
}

static void a_report_without_details_says_so(void **state)
{
	(void)state;
	assert_texts(STR("[    1.000000] " SOURCE "[    1.000016] " PORT
			 "AER: found no error details for 0000:01:00.0\n"),
		"mono:1.000000 " COR "1 " PORT
		"AER: Correctable error message received from 0000:01:00.0|" PORT
		"AER: found no error details for 0000:01:00.0\n");
}

static void the_port_that_tells_is_upstream(void **state)
{
	struct heard h;
	uint32_t device, port, netdev;

	(void)state;
	heard_open(&h, NOW_S, false);
	log_feed(h.log, STR(SOURCE "e1000e 0000:01:00.0 eth0: NIC Link is Down\n"));
	heard_text(&h);
	device = entity_parse(&h.session.entities, STR("pci:0000:01:00.0"));
	port = entity_parse(&h.session.entities, STR("pci:0000:00:1c.0"));
	netdev = entity_parse(&h.session.entities, STR("netdev:eth0"));
	assert_int_equal(relation_one(&h.session.relations, device, VIA_UPSTREAM), port);
	assert_int_equal(relation_one(&h.session.relations, netdev, VIA_PCI), device);
	assert_int_equal(relation_one(&h.session.relations, port, VIA_UPSTREAM), UINT32_MAX);
	heard_close(&h);
}

/* ---- what was not printed ---- */

static void suppressed_messages_count(void **state)
{
	struct heard h;

	(void)state;
	assert_events(STR("[    1.000000] " SOURCE "[    1.000016] " DETAIL
			  "[    6.100000] aer_ratelimit: 8156 callbacks suppressed\n"
			  "[    6.100001] " SOURCE),
		"mono:1.000000 " COR "8157\nmono:6.100001 " COR "1\n");
	/* another event has come since: then they are an event about the same */
	assert_events(STR("[    1.000000] " SOURCE
			  "[    4.000000] mlx5_core 0000:04:00.0 eth2: Link down\n"
			  "[    6.100000] aer_ratelimit: 8156 callbacks suppressed\n"),
		"mono:1.000000 " COR "1\n"
		"mono:4.000000 nic.log.link.down netdev:eth2 warning 1\n"
		"mono:6.100000 " COR "8156\n");
	/* whose they are is not known */
	heard_open(&h, NOW_S, true);
	log_feed(h.log, STR("[    1.000000] " SOURCE "[    2.0] audit: 5 callbacks suppressed\n"
			    "[    2.0] dmar_fault: 7 callbacks suppressed\n"
			    "[    2.0] dmar_fault: x callbacks suppressed\n"));
	assert_string_equal(heard_text(&h),
		"? mono:2.000000 -1 \"\" dmar_fault: x callbacks suppressed\n"
		"mono:1.000000 " COR "1\n");
	assert_int_equal(log_counted(h.log).suppressed, 12);
	heard_close(&h);
}

static void no_count_is_larger_than_its_place(void **state)
{
	(void)state;
	assert_events(STR(SOURCE "aer_ratelimit: 4294967295 callbacks suppressed\n"
				 "aer_ratelimit: 18446744073709551615 callbacks suppressed\n"),
		"- " COR "4294967295\n");
}

#define SYSLOG "Nov 21 22:47:0"
#define DOWN "mlx5_core 0000:04:00.0 eth2: Link down"

static void repeated_messages_count(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	assert_events(STR(SYSLOG "0 h kernel: " DOWN "\n" SYSLOG
				 "1 h kernel: message repeated 3 times: [ " DOWN "]\n" SYSLOG
				 "2 h last message repeated 2 times\n"),
		"2026-11-21T22:47:00.000Z nic.log.link.down netdev:eth2 warning 6\n");
	/* with the kernel's stamp, and without the first */
	assert_events(
		STR(SYSLOG "1 h kernel: message repeated 3 times: [ [  12.345678] " DOWN "]\n"),
		"2026-11-21T22:47:01.000Z nic.log.link.down netdev:eth2 warning 3\n");
	/* of a line that is no event */
	assert_events(STR(SYSLOG "0 h kernel: " DOWN "\n" SYSLOG "1 h kernel: foo\n" SYSLOG
				 "2 h last message repeated 2 times\n"),
		"2026-11-21T22:47:00.000Z nic.log.link.down netdev:eth2 warning 1\n");
}

/* ---- stacks ---- */

#define LOCKUP "[    1.000000] watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [spin:4711]\n"

static void a_stack_belongs_to_its_message(void **state)
{
	(void)state;
	assert_texts(STR(LOCKUP "[    1.000001] Modules linked in: spin\n"
				"[    1.000002] CPU: 3 PID: 4711 Comm: spin\n"
				"[    1.000003] something else\n"
				"[    1.000004] Call Trace:\n"
				"[    1.000005]  <TASK>\n"
				"[    1.000006] mlx5_core 0000:04:00.0 eth2: renamed\n"
				"[    3.000000]  not any more\n"),
		"mono:1.000000 sched.log.soft_lockup cpu:3 critical 1 "
		"watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [spin:4711]|"
		"Modules linked in: spin|CPU: 3 PID: 4711 Comm: spin|Call Trace:| <TASK>\n");
}

static void a_long_stack_is_cut_and_still_no_unknown_line(void **state)
{
	struct heard h;
	size_t lines = 1;

	(void)state;
	heard_open(&h, NOW_S, true);
	h.whole = true;
	log_feed(h.log, STR(LOCKUP));
	for (unsigned i = 0; i < 500; i++)
		log_feed(h.log,
			STR("[    1.000002]  ? native_queued_spin_lock_slowpath+0x68/0x2d0\n"));
	for (const char *c = heard_text(&h); *c; c++)
		lines += *c == '|';
	assert_int_equal(lines, 40);
	assert_int_equal(log_counted(h.log).unknown, 0);
	heard_close(&h);
}

/* More events at the same moment than are held: all come out, in order. */
static void a_storm_comes_out_in_order(void **state)
{
	struct heard h;
	unsigned n = 0;

	(void)state;
	heard_open(&h, NOW_S, false);
	for (unsigned i = 0; i < 1000; i++) {
		char line[128];
		int length = snprintf(line, sizeof(line),
			"[    1.%06u] mlx5_core 0000:04:00.0 eth%u: Link down\n", i, i);

		log_feed(h.log, (str){ line, (size_t)length });
	}
	for (const char *line = heard_text(&h); *line; line = strchr(line, '\n') + 1, n++) {
		char expected[128];

		snprintf(expected, sizeof(expected), "mono:1.%06u nic.log.link.down netdev:eth%u ",
			n, n);
		assert_memory_equal(line, expected, strlen(expected));
	}
	assert_int_equal(n, 1000);
	assert_int_equal(log_counted(h.log).events, 1000);
	heard_close(&h);
}

/* ---- whom it is about ---- */

static void an_event_has_its_device(void **state)
{
	static const struct {
		const char *line, *who;
	} cases[] = {
		{ "DMAR: [DMA Read NO_PASID] Request device [04:1f.7] fault addr 0x1 [fault reason "
		  "0x06] x",
			"pci:0000:04:1f.7" },
		{ "DMAR: [DMA Read NO_PASID] Request device [0001:0A:00.0] fault addr 0x1 [fault "
		  "reason 0x06] x",
			NULL }, /* the kernel writes lower case */
		{ "DMAR: [DMA Read NO_PASID] Request device [0001:0a:00.0] fault addr 0x1 [fault "
		  "reason 0x06] x",
			"pci:0001:0a:00.0" },
		{ "NVRM: Xid (PCI:0000:41:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off "
		  "the bus.",
			"gpu:0000:41:00.0" },
		{ "pcieport 0001:00:1c.0: AER: Corrected error received: id=04ff",
			"pci:0001:04:1f.7" },
		{ "mlx5_core 0000:04:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0015 "
		  "address=0xfffc0000 flags=0x0020]",
			"pci:0000:04:00.0" },
		{ "amdgpu 0000:03:00.0: amdgpu: ring gfx_0.0.0 timeout, signaled seq=1, emitted seq=2",
			"gpu:0000:03:00.0" },
		{ "swiotlb buffer is full (sz: 4096 bytes), total 1 (slots), used 1 (slots)",
			"host" },
		{ "3,1,1,-;swiotlb buffer is full (sz: 4096 bytes), total 1 (slots), used 1 (slots)\n"
		  " SUBSYSTEM=pci\n DEVICE=+pci:0000:05:00.0\n",
			"pci:0000:05:00.0" },
		{ "infiniband rxe0: set down", "rdma:rxe0" },
		{ "watchdog: BUG: soft lockup - CPU#03 stuck for 22s! [spin:4711]", "cpu:3" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct heard h;
		const char *text, *who;

		heard_open(&h, NOW_S, false);
		log_feed(h.log, str_of(cases[i].line));
		text = heard_text(&h);
		if (!cases[i].who) {
			assert_string_equal(text, "");
		} else {
			who = strchr(strchr(text, ' ') + 1, ' ') + 1;
			assert_memory_equal(who, cases[i].who, strlen(cases[i].who));
			assert_int_equal(who[strlen(cases[i].who)], ' ');
		}
		heard_close(&h);
	}
}

static void names_that_do_not_fit_are_the_host(void **state)
{
	struct heard h;
	unsigned n = 0;

	(void)state;
	heard_open(&h, NOW_S, false);
	for (unsigned i = 0; i < ENTITY_LIMIT + 10; i++) {
		char line[128];
		int length = snprintf(line, sizeof(line), "infiniband d%u: set down\n", i);

		log_feed(h.log, (str){ line, (size_t)length });
	}
	for (const char *at = heard_text(&h); (at = strstr(at, " host info 1\n")); at++)
		n++;
	assert_true(n >= 9);
	assert_true(h.session.entities.names.dropped >= n);
	heard_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lines_of_an_aer_report_are_one_event),
		cmocka_unit_test(half_a_report_is_an_event_too),
		cmocka_unit_test(reports_of_two_cpus_may_be_interleaved),
		cmocka_unit_test(a_log_may_run_backwards),
		cmocka_unit_test(a_report_without_details_says_so),
		cmocka_unit_test(the_port_that_tells_is_upstream),
		cmocka_unit_test(suppressed_messages_count),
		cmocka_unit_test(no_count_is_larger_than_its_place),
		cmocka_unit_test(repeated_messages_count),
		cmocka_unit_test(a_stack_belongs_to_its_message),
		cmocka_unit_test(a_long_stack_is_cut_and_still_no_unknown_line),
		cmocka_unit_test(a_storm_comes_out_in_order),
		cmocka_unit_test(an_event_has_its_device),
		cmocka_unit_test(names_that_do_not_fit_are_the_host),
	};

	return RUN_TESTS(tests);
}
