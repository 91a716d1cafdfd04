/* The two formats that name every part: records of /dev/kmsg, and journalctl -o json. */
#include <jansson.h>

#include "base/clock.h"
#include "log/line.h"

/* "6,203,296507,-": level and facility, number, microseconds, flags, and what newer kernels add. */
static bool take_field(str *rest, uint64_t *ret)
{
	str field;

	return str_cut(*rest, ',', &field, rest) && field.n <= 20 && str_u64(field, ret) == 0;
}

bool line_is_record(str line, uint64_t *ret_number)
{
	uint64_t priority, usec;
	str head;

	if (line.n == 0 || line.p[0] < '0' || line.p[0] > '9' || !str_cut(line, ';', &head, NULL))
		return false;
	return take_field(&head, &priority) && take_field(&head, ret_number) &&
	       take_field(&head, &usec) && usec < INT64_MAX / 1000 && priority < 2048;
}

bool line_is_key(str line)
{
	size_t n = 1;

	if (line.n < 3 || line.p[0] != ' ')
		return false;
	while (n < line.n && ((line.p[n] >= 'A' && line.p[n] <= 'Z') || line.p[n] == '_'))
		n++;
	return n > 1 && n < line.n && line.p[n] == '=';
}

static int hex_digit(char c)
{
	uint64_t value;

	return str_hex((str){ &c, 1 }, &value) == 0 ? (int)value : -1;
}

/* "\x0a" is how the kernel writes what is not printable ASCII, and the backslash itself. */
static str unescape(str text, char *out)
{
	size_t n = 0;

	if (!str_has(text, '\\'))
		return text;
	for (size_t i = 0; i < text.n && n < LINE_BYTES; n++) {
		int high = -1, low = -1;

		if (text.p[i] == '\\' && i + 3 < text.n && text.p[i + 1] == 'x') {
			high = hex_digit(text.p[i + 2]);
			low = hex_digit(text.p[i + 3]);
		}
		if (high >= 0 && low >= 0) {
			out[n] = (char)(high << 4 | low);
			i += 4;
		} else {
			out[n] = text.p[i++];
		}
	}
	return (str){ out, n };
}

enum line_kind line_read_record(struct line_reader *reader, str line, struct log_line *ret)
{
	uint64_t priority = 0, number, usec = 0;
	str head, text;

	str_cut(line, ';', &head, &text);
	take_field(&head, &priority);
	take_field(&head, &number);
	take_field(&head, &usec);
	ret->level = (int)(priority & 7);
	ret->stamp = MONO_STAMP;
	ret->at_ns = (int64_t)usec * 1000;
	ret->text = unescape(text, reader->unescaped);
	/* a facility: root wrote it into /dev/kmsg, systemd in early boot or a logger that forwards */
	return priority >> 3 ? line_take_program(&ret->text) : LINE_OF_KERNEL;
}

static str json_string_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_string(value) ? (str){ json_string_value(value), json_string_length(value) }
				     : (str){ "", 0 };
}

/* A message that is not UTF-8 is an array of its bytes. */
static str message_of(const json_t *object, char *out)
{
	const json_t *message = json_object_get(object, "MESSAGE");
	str text = json_string_of(object, "MESSAGE");
	size_t n = 0;

	if (!json_is_array(message)) {
		if (text.n > LINE_BYTES)
			text.n = LINE_BYTES;
		if (text.n)
			memcpy(out, text.p, text.n);
		return (str){ out, text.n };
	}
	for (; n < json_array_size(message) && n < LINE_BYTES; n++)
		out[n] = (char)json_integer_value(json_array_get(message, n));
	return (str){ out, n };
}

static bool micros_of(const json_t *object, const char *key, int64_t *ret_ns)
{
	uint64_t usec;

	if (str_u64(json_string_of(object, key), &usec) < 0 || usec > INT64_MAX / 1000)
		return false;
	*ret_ns = (int64_t)usec * 1000;
	return true;
}

static void read_stamp(const json_t *object, struct log_line *l)
{
	if (micros_of(object, "__REALTIME_TIMESTAMP", &l->at_ns))
		l->stamp = WALL_STAMP;
	else if (micros_of(object, "_SOURCE_MONOTONIC_TIMESTAMP", &l->at_ns) ||
		 micros_of(object, "__MONOTONIC_TIMESTAMP", &l->at_ns))
		l->stamp = MONO_STAMP;
}

/* The journal's strings end with the object: what is kept of it lies behind the message. */
static str keep(char *out, size_t *at, str text)
{
	str kept = { out + *at, text.n };

	if (text.n > LINE_BYTES - *at)
		return (str){ "", 0 };
	if (text.n)
		memcpy(out + *at, text.p, text.n);
	*at += text.n;
	return kept;
}

enum line_kind line_read_json(struct line_reader *reader, str line, struct log_line *ret)
{
	json_t *object = json_loadb(line.p, line.n, JSON_ALLOW_NUL, NULL);
	enum line_kind kind = LINE_OF_OTHERS;
	uint64_t priority;
	size_t used;
	str ident;

	if (!json_is_object(object)) {
		json_decref(object);
		ret->text = line;
		return LINE_OF_KERNEL;
	}
	ret->text = message_of(object, reader->unescaped);
	used = ret->text.n;
	ret->device = keep(reader->unescaped, &used, json_string_of(object, "_KERNEL_DEVICE"));
	if (str_u64(json_string_of(object, "PRIORITY"), &priority) == 0 && priority < 8)
		ret->level = (int)priority;
	read_stamp(object, ret);
	ident = json_string_of(object, "SYSLOG_IDENTIFIER");
	if (line_is_kernel(ident) || str_is(json_string_of(object, "_TRANSPORT"), "kernel"))
		kind = LINE_OF_KERNEL;
	json_decref(object);
	return kind;
}
