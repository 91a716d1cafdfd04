/* How often each interrupt came to each CPU, and what it belongs to, from /proc/interrupts. */
#include <errno.h>

#include "collect/columns.h"

enum { COUNT, TOTAL, ACTION, CHIP };

/* clang-format off */
static const struct signal signals[] = {
	[COUNT]  = { "irq.count",       NULL, COUNTER, ONE,  IRQ, BY_CPU, CHEAP, "interrupts this CPU took", 32 },
	[TOTAL]  = { "irq.count.total", NULL, COUNTER, ONE,  IRQ, NONE,   CHEAP, "events that the kernel does not count by CPU (ERR, MIS)", 32 },
	[ACTION] = { "irq.action",      NULL, FACT,    TEXT, IRQ, NONE,   CHEAP, "who handles the interrupt, or what it means" },
	[CHIP]   = { "irq.chip",        NULL, FACT,    TEXT, IRQ, NONE,   CHEAP, "interrupt controller, the line's number there and how it is triggered" },
};
/* clang-format on */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool all_hex(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]) && (s.p[i] < 'a' || s.p[i] > 'f'))
			return false;
	return s.n > 0;
}

/* "0000:04:00.0" */
static bool is_function(str s)
{
	str domain, bus, device, number;

	return str_cut(s, ':', &domain, &s) && str_cut(s, ':', &bus, &s) &&
	       str_cut(s, '.', &device, &number) && domain.n >= 4 && bus.n == 2 && device.n == 2 &&
	       number.n == 1 && all_hex(domain) && all_hex(bus) && all_hex(device) &&
	       all_hex(number);
}

/*
 * The device: since 6.2 in the chip's name, "IR-PCI-MSIX-0000:04:00.0"; earlier only where the
 * driver says so, "mlx5_comp3@pci:0000:04:00.0". The collector irq_affinity knows more, but an old
 * capture may hold no sysfs.
 */
static bool find_function(str chip, str action, str *ret)
{
	if (str_cut_last(chip, '-', NULL, ret) && is_function(*ret))
		return true;
	if (!str_cut(action, '@', NULL, &action) || !str_starts(action, STR("pci:")))
		return false;
	*ret = str_from(action, 4);
	str_cut(*ret, ',', ret, NULL);
	return is_function(*ret);
}

/* "12" or "12-edge", not "30a20000.ethernet" */
static bool is_hwirq(str word)
{
	size_t digits = 0;

	while (digits < word.n && is_digit(word.p[digits]))
		digits++;
	return digits > 0 && (digits == word.n || word.p[digits] == '-');
}

static bool is_trigger(str word)
{
	return str_is(word, "Level") || str_is(word, "Edge");
}

static bool is_flow_name(str word)
{
	return word.p[0] == '-';
}

/*
 * kernel/irq/proc.c, show_interrupts(): the chip, the line's number there, "Level" or "Edge"
 * (arm64), "-name" directly behind whichever of them was last, and the handlers:
 * "PCI-MSIX-0000:00:02.0   1-edge      virtio1-req.0". Each part but the chip may be missing.
 */
static void split_chip(str rest, str *ret_name, str *ret_chip, str *ret_action)
{
	static bool (*const parts[])(str) = { is_hwirq, is_trigger, is_flow_name };
	str word, after;

	*ret_name = *ret_chip = *ret_action = str_trim(rest);
	if (!str_next_word(ret_action, ret_name))
		return;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		after = *ret_action;
		if (str_next_word(&after, &word) && parts[i](word))
			*ret_action = after;
	}
	ret_chip->n = (size_t)(ret_action->p - ret_chip->p);
	*ret_action = str_trim(*ret_action);
}

static void emit_texts(struct emit *out, uint32_t who, bool numbered, str rest)
{
	str chip = { "", 0 }, name = chip, action = chip, function;

	if (numbered)
		split_chip(rest, &name, &chip, &action);
	else
		action = str_trim(rest);
	if (chip.n)
		emit_text(out, CHIP, who, chip);
	if (action.n)
		emit_text(out, ACTION, who, action);
	if (numbered && find_function(name, action, &function))
		emit_relation(out, emit_global_entity(out, PCI, function), VIA_IRQ, who);
}

/* "ERR:          0" has one value and no text, on any number of CPUs. */
static bool is_single(str rest, uint64_t *ret)
{
	return str_next_u64(&rest, ret) == 0 && str_trim(rest).n == 0;
}

static int parse_line(struct emit *out, const struct cpu_columns *columns, str line)
{
	str name, rest;
	bool numbered;
	uint64_t total;
	uint32_t who;
	int r;

	if (!str_cut(line, ':', &name, &rest))
		return 0;
	name = str_trim(name);
	if (name.n == 0 || str_has(name, ' '))
		return 0;
	numbered = is_digit(name.p[0]);
	who = emit_global_entity(out, IRQ, name);
	if (!numbered && is_single(rest, &total)) {
		emit_at(out, TOTAL, who, 0, (int64_t)total);
		return 0;
	}
	r = cpu_columns_emit(out, emit_block(out, COUNT, who, columns->cells), columns, &rest);
	emit_texts(out, who, numbered, rest);
	return r;
}

static int parse(struct emit *out, unsigned text, str from)
{
	(void)text;
	return cpu_table_parse(out, from, parse_line);
}

static const struct text_source texts[] = {
	{ .path = "proc/interrupts", .who = "host" },
};

const struct collector interrupts_collector = {
	.name = "interrupts",
	.about = "how often each interrupt came to each CPU, and what it belongs to",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
