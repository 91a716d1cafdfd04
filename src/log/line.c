/* What stands before the message of a line: stamp, level, host, who says it. */
#include "log/line.h"

static const char *const levels[] = { "emerg", "alert", "crit", "err", "warn", "notice", "info",
	"debug" };

static bool take(str *text, str what)
{
	if (!str_starts(*text, what))
		return false;
	*text = str_from(*text, what.n);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits(str s)
{
	size_t n = 0;

	while (n < s.n && is_digit(s.p[n]))
		n++;
	return n;
}

bool line_is_kernel(str ident)
{
	return str_is(ident, "kernel") || str_is(ident, "systemd-oomd") || str_is(ident, "systemd");
}

/* "kernel:", "systemd-oomd[612]:"; *ret_numbered: a process number stood there. */
static bool take_ident(str *text, str *ret, bool *ret_numbered)
{
	str rest = *text;
	size_t n = 0;

	while (n < rest.n && n < 64 && rest.p[n] > ' ' && !strchr(":[]=,;", rest.p[n]))
		n++;
	*ret = (str){ rest.p, n };
	rest = str_from(rest, n);
	*ret_numbered = take(&rest, STR("["));
	if (*ret_numbered) {
		rest = str_from(rest, digits(rest));
		if (!take(&rest, STR("]")))
			return false;
	}
	if (n == 0 || !take(&rest, STR(":")) || (rest.n && rest.p[0] != ' '))
		return false;
	take(&rest, STR(" "));
	*text = rest;
	return true;
}

enum line_kind line_take_program(str *text)
{
	str rest = *text, ident;
	bool numbered;

	if (!take_ident(&rest, &ident, &numbered) || !numbered)
		return LINE_OF_KERNEL;
	*text = rest;
	return line_is_kernel(ident) ? LINE_OF_KERNEL : LINE_OF_OTHERS;
}

static int find_level(str name)
{
	for (int i = 0; i < 8; i++)
		if (str_is(name, levels[i]))
			return i;
	return str_is(name, "warning") ? 4 : str_is(name, "error") ? 3 : -1;
}

/* "kern.warn ", as busybox has it between host and name. */
static void take_facility(str *text, int *level)
{
	str word, rest, name;
	int found;

	if (!str_cut(*text, ' ', &word, &rest) || !str_cut(word, '.', NULL, &name))
		return;
	found = find_level(name);
	if (found < 0)
		return;
	*level = found;
	*text = rest;
}

/* Who says it, after the stamp: "host kernel: ", "kernel: ", or nobody. */
static enum line_kind take_speaker(struct log_line *l, bool host_needed)
{
	str rest = l->text, ident;
	bool numbered;

	if (!host_needed && take_ident(&rest, &ident, &numbered) && line_is_kernel(ident)) {
		l->text = rest;
		return LINE_OF_KERNEL;
	}
	rest = l->text;
	if (!str_cut(rest, ' ', &ident, &rest) || ident.n == 0 || str_ends(ident, STR(":")))
		return LINE_OF_KERNEL;
	take_facility(&rest, &l->level);
	if (!take_ident(&rest, &ident, &numbered))
		return LINE_OF_KERNEL;
	if (line_is_kernel(ident)) {
		l->text = rest;
		return LINE_OF_KERNEL;
	}
	/* "pcieport 0000:00:02.0: " is no host and no program: only a process number tells one */
	return numbered ? LINE_OF_OTHERS : LINE_OF_KERNEL;
}

/* "[T123]", "[    C3] ": who printed it, with CONFIG_PRINTK_CALLER. */
static void take_caller(str *text)
{
	str rest = *text;

	take(&rest, STR(" "));
	if (!take(&rest, STR("[")))
		return;
	while (take(&rest, STR(" ")))
		;
	if (!take(&rest, STR("T")) && !take(&rest, STR("C")))
		return;
	if (digits(rest) == 0)
		return;
	rest = str_from(rest, digits(rest));
	if (take(&rest, STR("]")))
		*text = rest;
}

/* What stands in the brackets of dmesg, its options -T, -d and -H among them. */
static bool take_bracketed(struct line_reader *r, str *text, struct log_line *l)
{
	str rest = str_from(*text, 1), probe;
	int64_t ns;

	if (stamp_seconds(&rest, &ns)) {
		l->stamp = MONO_STAMP;
		l->at_ns = ns;
	} else if (stamp_ctime(&r->clock, &rest, &ns) || stamp_reltime(&r->clock, &rest, &ns)) {
		l->stamp = WALL_STAMP;
		l->at_ns = ns;
	} else {
		while (take(&rest, STR(" ")))
			;
		if (!take(&rest, STR("+")) || !stamp_seconds(&rest, &ns) || r->stamp == NO_STAMP ||
			__builtin_add_overflow(r->at_ns, ns, &l->at_ns))
			return false;
		l->stamp = r->stamp;
	}
	probe = rest;
	while (take(&probe, STR(" ")))
		;
	if (take(&probe, STR("<")) && str_cut(probe, '>', NULL, &probe))
		rest = probe;
	if (!take(&rest, STR("]")))
		return false;
	take_caller(&rest);
	*text = rest;
	return true;
}

/* "[   12.345678] text"; false when the bracket holds no stamp. */
static bool read_dmesg(struct line_reader *r, str text, struct log_line *l, enum line_kind *ret)
{
	struct log_line stamped = *l;

	if (!take_bracketed(r, &text, &stamped))
		return false;
	*l = stamped;
	take(&text, STR(" "));
	l->text = text;
	/* journalctl -o short-monotonic has host and name here, dmesg the message */
	*ret = take_speaker(l, true);
	return true;
}

/* "kern  :warn  : [   12.345678] text": dmesg -x. */
static void take_decoded(str *text, int *level)
{
	str rest = *text, name;

	if (rest.n < 7 || !strchr("kuds", rest.p[0]))
		return;
	if (!take(&rest, STR("kern  :")) && !take(&rest, STR("user  :")) &&
		!take(&rest, STR("daemon:")) && !take(&rest, STR("syslog:")))
		return;
	if (!str_cut(rest, ':', &name, &rest) || name.n > 7 || !take(&rest, STR(" ")) ||
		find_level(str_trim(name)) < 0)
		return;
	*level = find_level(str_trim(name));
	*text = rest;
}

/* "<6>", and the version that RFC 5424 has behind it. */
static bool take_priority(str *text, int *level, bool *ret_rfc5424)
{
	str rest = *text, number;
	uint64_t value;

	*ret_rfc5424 = false;
	if (!take(&rest, STR("<")) || !str_cut(rest, '>', &number, &rest) || number.n > 4 ||
		str_u64(number, &value) < 0)
		return false;
	*level = (int)(value & 7);
	*ret_rfc5424 = take(&rest, STR("1 "));
	*text = rest;
	return true;
}

/* "host kernel - - - text", after the stamp; structured data stands in brackets. */
static enum line_kind read_rfc5424(struct log_line *l)
{
	str rest = l->text, ident, word;

	if (!str_next_word(&rest, &word) || !str_next_word(&rest, &ident) ||
		!str_next_word(&rest, &word) || !str_next_word(&rest, &word))
		return LINE_OF_KERNEL;
	rest = str_trim(rest);
	if (!take(&rest, STR("- ")) && take(&rest, STR("[")))
		while (str_cut(rest, ']', NULL, &rest) && take(&rest, STR("[")))
			;
	take(&rest, STR(" "));
	take(&rest, STR("\xef\xbb\xbf"));
	l->text = rest;
	return line_is_kernel(ident) ? LINE_OF_KERNEL : LINE_OF_OTHERS;
}

/* "1763750400.123456 host kernel: text": journalctl -o short-unix. */
static bool take_unix(str *text, int64_t *ret_ns)
{
	str rest = *text;

	if (digits(rest) < 9 || !stamp_seconds(&rest, ret_ns) || !take(&rest, STR(" ")))
		return false;
	*text = rest;
	return true;
}

static bool take_wall(struct line_reader *r, str *text, int64_t *ret_ns)
{
	struct stamp_clock *c = &r->clock;

	if (text->n < 8)
		return false;
	if (is_digit(text->p[0]))
		return stamp_iso(c, text, ret_ns) || take_unix(text, ret_ns);
	return stamp_syslog(c, text, ret_ns) || stamp_full(c, text, ret_ns);
}

str line_unstamped(str text)
{
	str rest = text;
	int64_t ignored;

	if (!take(&rest, STR("[")) || !stamp_seconds(&rest, &ignored) || !take(&rest, STR("]")))
		return text;
	take_caller(&rest);
	take(&rest, STR(" "));
	return rest;
}

static enum line_kind read_stamped(bool rfc5424, struct log_line *l)
{
	enum line_kind kind = rfc5424 ? read_rfc5424(l) : take_speaker(l, false);

	l->stamp = WALL_STAMP;
	l->text = line_unstamped(l->text);
	return kind;
}

static enum line_kind read_plain(struct line_reader *r, str line, struct log_line *l)
{
	bool rfc5424 = false;
	enum line_kind kind;

	take_decoded(&line, &l->level);
	take_priority(&line, &l->level, &rfc5424);
	l->text = line;
	if (line.n && line.p[0] == '[' && read_dmesg(r, line, l, &kind))
		return kind;
	if (take_wall(r, &l->text, &l->at_ns))
		return read_stamped(rfc5424, l);
	take(&l->text, STR("kernel: "));
	l->text = line_unstamped(l->text);
	return LINE_OF_KERNEL;
}

/* Text holds no NUL and few other control characters. */
static bool is_text(str line)
{
	size_t controls = 0;

	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];

		controls += c < ' ' ? c == 0 ? line.n : c != '\t' && c != '\r' && c != 0x1b : 0;
	}
	return controls * 8 <= line.n;
}

enum line_kind line_read(struct line_reader *reader, str line, struct log_line *ret)
{
	enum line_kind kind;

	/* after a crash a file may begin its next line with the NULs of a block never written */
	while (line.n && line.p[0] == '\0')
		line = str_from(line, 1);
	take(&line, STR("\x1e"));
	if (!is_text(line))
		return LINE_DAMAGED;
	if (line.n && line.p[0] == '{') {
		kind = line_read_json(reader, line, ret);
	} else {
		kind = read_plain(reader, line, ret);
		if (ret->stamp != NO_STAMP) {
			reader->stamp = ret->stamp;
			reader->at_ns = ret->at_ns;
		}
	}
	return kind;
}
