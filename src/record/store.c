/* A store opened for reading, and what it says of itself. */
#include "record/read.h"

#include <errno.h>

#include "base/own.h"
#include "record/statement.h"

int store_open(const char *path, struct store **ret, char why[static STORE_WHY])
{
	struct store *s = own_alloc(1, sizeof(*s));
	int r = store_connect(path, STORE_READ, NULL, &s->db, why);

	if (r == 0)
		r = arena_open(&s->texts, 1 << 20);
	if (r < 0) {
		sqlite3_close_v2(s->db);
		free(s);
		return r;
	}
	s->squeezer = squeezer_open();
	*ret = s;
	return 0;
}

struct store *store_close(struct store *s)
{
	if (!s)
		return NULL;
	sqlite3_close_v2(s->db);
	squeezer_close(s->squeezer);
	arena_close(&s->texts);
	free(s);
	return NULL;
}

sqlite3 *store_db(struct store *s)
{
	return s->db;
}

const char *store_damage(const struct store *s)
{
	return s->damage;
}

void store_note_damage(struct store *s, const char *what)
{
	if (!s->damage && what)
		s->damage = what;
}

static const char *keep_text(struct store *s, str text)
{
	const char *kept = arena_copy(&s->texts, text).p;

	return kept ? kept : "?";
}

static int about_last_era(struct store *s, struct store_about *ret)
{
	struct statement era;
	int r = statement_open(s->db,
		"SELECT host, release, boot_id, every_ns FROM era WHERE id ="
		" (SELECT era FROM segment WHERE n_ticks > 0 ORDER BY id DESC LIMIT 1)",
		&era);

	if (r == 0 && (r = statement_next(&era)) == 1) {
		ret->host = keep_text(s, statement_text(&era, 0));
		ret->release = keep_text(s, statement_text(&era, 1));
		ret->boot_id = keep_text(s, statement_text(&era, 2));
		ret->every_ns = statement_int(&era, 3);
		r = 0;
	} else if (r == 0) {
		r = -ENODATA;
	}
	statement_close(&era);
	return r;
}

int store_about(struct store *s, struct store_about *ret)
{
	struct statement all;
	struct store_about a = { 0 };
	int r = about_last_era(s, &a);

	if (r < 0)
		return r;
	r = statement_open(s->db,
		"SELECT min(first_wall_ns), max(last_wall_ns), sum(n_ticks),"
		" (SELECT min(first_mono_ns) FROM segment JOIN era ON era.id = era WHERE boot_id = ?1 AND n_ticks > 0),"
		" (SELECT max(last_mono_ns) FROM segment JOIN era ON era.id = era WHERE boot_id = ?1 AND n_ticks > 0)"
		" FROM segment WHERE n_ticks > 0",
		&all);
	if (r == 0)
		r = statement_bind(&all, "t", str_of(a.boot_id));
	if (r == 0 && (r = statement_next(&all)) == 1) {
		a.first_wall_ns = statement_int(&all, 0);
		a.last_wall_ns = statement_int(&all, 1);
		a.n_ticks = (uint64_t)statement_int(&all, 2);
		a.first_mono_ns = statement_int(&all, 3);
		a.last_mono_ns = statement_int(&all, 4);
		*ret = a;
		r = 0;
	}
	statement_close(&all);
	return r;
}
