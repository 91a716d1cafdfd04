/* Values of the model in JSON. */
#include "show/json.h"

#include <inttypes.h>

#include "base/own.h"
#include "show/command.h"

json_t *json_text(str text)
{
	json_t *string = json_stringn(text.n ? text.p : "", text.n);
	OWN_MEMORY char *escaped = NULL;
	size_t size = 0;
	OWN_FILE out = NULL;

	if (string)
		return string;
	out = open_memstream(&escaped, &size);
	if (!out)
		return json_string("?");
	print_escaped(out, text);
	fflush(out);
	return json_stringn(escaped, size);
}

json_t *json_value(const struct session *s, const struct signal *signal, int64_t value)
{
	char digits[24];

	if (signal->unit == TEXT)
		return json_text(names_get(&s->texts, (uint32_t)value));
	if (signal->kind == COUNTER && value < 0) {
		snprintf(digits, sizeof(digits), "%" PRIu64, (uint64_t)value);
		return json_string(digits);
	}
	return json_integer(value);
}

json_t *json_command(const char *command, str name)
{
	OWN_MEMORY char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return json_string(command);
	print_command(out, command, name);
	fclose(out);
	return json_text((str){ text, size });
}
