/* A host with several nodes and processes, made by a test and read several times. */
#pragma once

#include <stdarg.h>

#include "run_bench.h"

static void again(struct bench *b)
{
	usleep(5000);
	assert_int_equal(run_tick(b->run, &b->frame), 0);
}

static void start_run(struct bench *b, const struct collector *const *list, size_t n)
{
	/* nobody is slowed, however slow the machine is */
	const struct run_options options = { .once = true, .budget_ns = INT64_C(1) << 60 };

	assert_int_equal(run_open(b->host, &b->session, list, n, &options, &b->run), 0);
	again(b);
}

/* -1: nobody says it. */
static int64_t value(const struct bench *b, const char *signal, const char *entity, unsigned sub)
{
	const struct block *block = ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, str_of(entity)),
		catalog_find(&b->session.catalog, str_of(signal)));

	return block && block_has(block, sub) ? block->values[sub] : -1;
}

static void put(const struct bench *b, const char *text, const char *path, ...)
{
	char file[256];
	va_list all;

	va_start(all, path);
	vsnprintf(file, sizeof(file), path, all);
	va_end(all);
	tree_text(b->dir, file, text);
}

static void link_to(const struct bench *b, const char *target, const char *path, ...)
{
	char file[256], whole[400];
	va_list all;

	va_start(all, path);
	vsnprintf(file, sizeof(file), path, all);
	va_end(all);
	snprintf(whole, sizeof(whole), "%s/%s", b->dir, file);
	unlink(whole);
	tree_link(b->dir, file, target);
}

static void node(const struct bench *b, unsigned number, const char *cpus, const char *distance)
{
	put(b, cpus, "sys/devices/system/node/node%u/cpulist", number);
	put(b, distance, "sys/devices/system/node/node%u/distance", number);
}

static void function(const struct bench *b, const char *address, const char *class, const char *at)
{
	char target[128];

	put(b, class, "sys/devices/pci0000:00/%s/class", address);
	put(b, at, "sys/devices/pci0000:00/%s/numa_node", address);
	snprintf(target, sizeof(target), "../../../devices/pci0000:00/%s", address);
	link_to(b, target, "sys/bus/pci/devices/%s", address);
}

/* As /proc/PID/stat of it says, too. */
static void thread_stat(
	char text[static 512], unsigned tid, const char *comm, unsigned cpu, unsigned ticks)
{
	snprintf(text, 512,
		"%u (%s) S 1 1 1 0 -1 4194304 0 0 0 0 %u %u 0 0 20 0 1 0 50 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 %u 0 0 0 0 0 0\n",
		tid, comm, ticks / 2, ticks - ticks / 2, cpu);
}

static void thread(const struct bench *b, unsigned pid, unsigned tid, const char *comm,
	const char *allowed, unsigned cpu, unsigned ticks)
{
	char text[512];

	thread_stat(text, tid, comm, cpu, ticks);
	put(b, text, "proc/%u/task/%u/stat", pid, tid);
	snprintf(text, sizeof(text), "Name:\t%s\nCpus_allowed:\tff\nCpus_allowed_list:\t%s\n", comm,
		allowed);
	put(b, text, "proc/%u/task/%u/status", pid, tid);
}
