/*
 * Words that a regular expression requires. A sequence requires each of its parts, so the part with
 * the longest words is taken; an alternation requires one of its branches, so the words of all of
 * them are. What is not understood requires nothing.
 */
#include "log/literal.h"

size_t literals_shortest(const struct literals *set)
{
	size_t shortest = set->n ? LITERAL_BYTES : 0;

	for (size_t i = 0; i < set->n; i++)
		if (set->items[i].n < shortest)
			shortest = set->items[i].n;
	return shortest;
}

static void keep_better(struct literals *best, const struct literals *other)
{
	if (literals_shortest(other) > literals_shortest(best))
		*best = *other;
}

/* The run of plain characters that is being read. */
struct run {
	struct literal word;
	struct literals *best;
};

static void run_end(struct run *run)
{
	struct literals one = { .items[0] = run->word, .n = run->word.n > 0 };

	keep_better(run->best, &one);
	run->word.n = 0;
}

/* A long word is cut to its beginning: what follows is required too, but not needed. */
static void run_add(struct run *run, char c)
{
	if (run->word.n == LITERAL_BYTES)
		run_end(run);
	run->word.text[run->word.n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* How long the class at the front of `regex` is, both brackets included. */
static size_t class_length(str regex)
{
	size_t i = 1;

	if (i < regex.n && regex.p[i] == '^')
		i++;
	if (i < regex.n && regex.p[i] == ']')
		i++;
	while (i < regex.n && regex.p[i] != ']') {
		if (str_starts(str_from(regex, i), STR("[:"))) /* "[:alpha:]" */
			while (i < regex.n && regex.p[i] != ']')
				i++;
		i += i < regex.n && regex.p[i] == '\\' ? 2 : 1;
	}
	return i < regex.n ? i + 1 : regex.n;
}

static size_t group_length(str regex)
{
	size_t depth = 0;

	for (size_t i = 0; i < regex.n; i++) {
		if (regex.p[i] == '\\')
			i++;
		else if (regex.p[i] == '[')
			i += class_length(str_from(regex, i)) - 1;
		else if (regex.p[i] == '(')
			depth++;
		else if (regex.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return regex.n;
}

/* *ret_optional: what stands before it may be absent. */
static size_t quantifier_length(str regex, bool *ret_optional)
{
	size_t n = 0;

	*ret_optional = false;
	if (regex.n == 0 || !strchr("*+?{", regex.p[0]))
		return 0;
	*ret_optional = regex.p[0] == '*' || regex.p[0] == '?' || str_starts(regex, STR("{0")) ||
			str_starts(regex, STR("{,"));
	if (regex.p[0] == '{')
		while (n + 1 < regex.n && regex.p[n] != '}')
			n++;
	n++;
	return n < regex.n && (regex.p[n] == '+' || regex.p[n] == '?') ? n + 1 : n;
}

/* What stands in the group's parentheses; false when it requires nothing that we understand. */
static bool group_content(str group, str *ret)
{
	str inside = { group.p + 1, group.n - 2 }, name;

	if (group.n < 2 || group.p[group.n - 1] != ')' || str_starts(inside, STR("*")))
		return false;
	if (!str_starts(inside, STR("?"))) {
		*ret = inside;
		return true;
	}
	if (str_starts(inside, STR("?:")) || str_starts(inside, STR("?>")) ||
		str_starts(inside, STR("?|"))) {
		*ret = str_from(inside, 2);
		return true;
	}
	if (str_starts(inside, STR("?<=")) || str_starts(inside, STR("?<!")))
		return false;
	return str_starts(inside, STR("?<")) && str_cut(inside, '>', &name, ret);
}

/* An escape whose end we do not know takes the rest with it: it requires nothing. */
static size_t escape_length(str regex)
{
	char c = regex.n > 1 ? regex.p[1] : 'Q';
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

	if ((c >= '0' && c <= '9') || (letter && !strchr("dDwWsSbBhHvVtnrRNKAzZG", c)))
		return regex.n;
	return 2;
}

/* The characters of one part of a sequence, its quantifier not counted. */
static size_t part_length(str regex)
{
	if (regex.p[0] == '[')
		return class_length(regex);
	if (regex.p[0] == '(')
		return group_length(regex);
	return regex.p[0] == '\\' ? escape_length(regex) : 1;
}

static bool is_plain(str part, char *ret)
{
	char c = part.p[part.n - 1];

	*ret = c;
	if (part.n == 2 && part.p[0] == '\\')
		return !(
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
	return part.n == 1 && !strchr(".^$\\)[(", c);
}

static void add_sequence(str regex, struct literals *best)
{
	struct run run = { .best = best };

	while (regex.n) {
		str part = { regex.p, part_length(regex) }, inside;
		bool optional;
		size_t n = quantifier_length(str_from(regex, part.n), &optional);
		char c;

		if (is_plain(part, &c) && !optional)
			run_add(&run, c);
		if (n || !is_plain(part, &c))
			run_end(&run);
		if (part.p[0] == '(' && !optional && group_content(part, &inside)) {
			struct literals inner;

			literals_of(inside, &inner);
			keep_better(best, &inner);
		}
		regex = str_from(regex, part.n + n);
	}
	run_end(&run);
}

/* Cut the next branch of an alternation off; true when another one follows. */
static bool next_branch(str *rest, str *ret)
{
	size_t i = 0;
	bool more;

	while (i < rest->n && rest->p[i] != '|')
		i += part_length(str_from(*rest, i));
	more = i < rest->n;
	*ret = (str){ rest->p, more ? i : rest->n };
	*rest = str_from(*rest, i + 1);
	return more;
}

void literals_of(str regex, struct literals *ret)
{
	struct literals all = { .n = 0 };
	bool more = true;

	ret->n = 0;
	while (more) {
		struct literals one = { .n = 0 };
		str branch;

		more = next_branch(&regex, &branch);
		add_sequence(branch, &one);
		if (one.n == 0 || all.n + one.n > LITERALS)
			return;
		memcpy(all.items + all.n, one.items, one.n * sizeof(*one.items));
		all.n += one.n;
	}
	*ret = all;
}
