/* The chain of explain as a tree: the root first, what follows from it below it. */
#include <math.h>

#include "base/own.h"
#include "show/explain_parts.h"
#include "show/explain_words.h"
#include "show/wrap.h"

enum { BRANCH = 3, DEEPEST = 8, LINKS_SHOWN = 48, PREFIX = 2 + BRANCH * DEEPEST + 16 };

struct tree {
	FILE *out;
	const struct report *r;
	const struct node **told;
	size_t n_told, links;
	char prefix[PREFIX]; /* the branches that go on at the left */
	size_t n_prefix;
};

static bool was_told(const struct tree *tree, const struct node *n)
{
	for (size_t i = 0; i < tree->n_told; i++)
		if (tree->told[i] == n)
			return true;
	return false;
}

static size_t count_effects(const struct report *r, const struct node *n)
{
	size_t count = 0;

	for (size_t i = 0; i < r->n_links; i++)
		count += r->links[i].from == n;
	return count;
}

/* "2", "0.4", "0.015": to the millisecond and no further than needed. */
static const char *seconds_format(double s, char out[static 32])
{
	size_t n = (size_t)snprintf(out, 32, "%.3f", s);

	if (fabs(s) >= 1e9)
		return strcpy(out, "?");
	while (out[n - 1] == '0')
		out[--n] = '\0';
	if (out[n - 1] == '.')
		out[n - 1] = '\0';
	return strcmp(out, "-0") == 0 ? strcpy(out, "0") : out;
}

static void print_lag(FILE *to, const struct link *link)
{
	char min[32], max[32];

	if (!isfinite(link->lag_min_s) && !isfinite(link->lag_max_s))
		fputs("after an unknown time", to);
	else if (!isfinite(link->lag_max_s))
		fprintf(to, "after %s s or more", seconds_format(link->lag_min_s, min));
	else if (!isfinite(link->lag_min_s))
		fprintf(to, "after at most %s s", seconds_format(link->lag_max_s, max));
	else if (strcmp(seconds_format(link->lag_min_s, min),
			 seconds_format(link->lag_max_s, max)) == 0)
		fprintf(to, "after %s s", min);
	else
		fprintf(to, "after %s..%s s", min, max);
}

/* The values before and after, or how often which line was written; a root's stands above. */
static void print_story(FILE *to, const struct report *r, const struct node *n)
{
	print_node_change(to, "  ", n);
	for (size_t i = 0; i < r->n_roots; i++)
		if (r->roots[i].node == n)
			return;
	print_node_text(to, n->count ? ": " : "  ", n);
}

static void print_node(
	struct tree *tree, const struct node *n, const char *first, const char *rest, bool again)
{
	char moment[MOMENT_TEXT];
	struct text t;
	FILE *to = text_open(&t);

	if (!again)
		fprintf(to, "%s  ", moment_format(tree->r, n->began, moment));
	print_node_place(to, tree->r, n);
	if (again)
		fputs(" (see above)", to);
	else
		print_story(to, tree->r, n);
	text_fold(&t, tree->out, first, rest);
}

/* How one came to the other. Where the tree is too deep to be drawn, from where as well. */
static void print_reason(struct tree *tree, const struct link *link, bool flat, const char *rest)
{
	struct text t;
	FILE *to = text_open(&t);

	if (tree->r->has_time)
		print_lag(to, link);
	else
		fputs("after an unknown time", to);
	if (flat) {
		fputs(" of ", to);
		print_node_place(to, tree->r, link->from);
	}
	if (link->rule && link->rule->because) {
		fputs(": ", to);
		print_ascii(to, str_of(link->rule->because));
	}
	text_fold(&t, tree->out, rest, rest);
}

static void print_effects(struct tree *tree, const struct node *n, unsigned depth);

static void print_link(struct tree *tree, const struct link *link, unsigned depth, bool last)
{
	char first[PREFIX + 8], rest[PREFIX + 8];
	bool again = was_told(tree, link->to), flat = depth >= DEEPEST;
	size_t n_prefix = tree->n_prefix;

	snprintf(first, sizeof(first), "%s%s", tree->prefix, last || flat ? "`- " : "|- ");
	if (!flat) {
		memcpy(tree->prefix + n_prefix, last ? "   " : "|  ", BRANCH + 1);
		tree->n_prefix += BRANCH;
	}
	snprintf(rest, sizeof(rest), "%s%s", tree->prefix,
		again || !count_effects(tree->r, link->to) || flat ? "    " : "|   ");
	print_node(tree, link->to, first, rest, again);
	print_reason(tree, link, flat, rest);
	tree->links++;
	if (!again) {
		tree->told[tree->n_told++] = link->to;
		print_effects(tree, link->to, depth + 1);
	}
	tree->n_prefix = n_prefix;
	tree->prefix[n_prefix] = '\0';
}

/* The best path first. */
static void print_effects(struct tree *tree, const struct node *n, unsigned depth)
{
	size_t left = count_effects(tree->r, n);

	for (int on_path = 1; on_path >= 0 && left; on_path--)
		for (size_t i = 0; i < tree->r->n_links; i++) {
			const struct link *link = &tree->r->links[i];

			if (link->from != n || link->on_path != on_path)
				continue;
			left--;
			if (tree->links < LINKS_SHOWN)
				print_link(tree, link, depth, left == 0);
		}
}

static void print_tree(struct tree *tree, const struct node *n)
{
	if (was_told(tree, n) || tree->links >= LINKS_SHOWN || !count_effects(tree->r, n))
		return;
	print_node(tree, n, "  ", "      ", false);
	tree->told[tree->n_told++] = n;
	print_effects(tree, n, 0);
}

void print_chain(FILE *out, const struct report *r)
{
	struct tree tree = { .out = out, .r = r, .prefix = "  ", .n_prefix = 2 };
	OWN_MEMORY const struct node **told = NULL;

	if (r->n_links == 0)
		return;
	/* each is told once: the head of a tree, or where a link ends */
	told = own_alloc(2 * r->n_links + r->n_roots, sizeof(*told));
	tree.told = told;
	fputs("\nCHAIN\n", out);
	for (size_t i = 0; i < r->n_roots; i++)
		print_tree(&tree, r->roots[i].node);
	/* what hangs on no root: causes stand before their effects */
	for (size_t i = 0; i < r->n_links; i++)
		print_tree(&tree, r->links[i].from);
	if (tree.links < r->n_links)
		fprintf(out, "  and %zu further links (--format json has all)\n",
			r->n_links - tree.links);
}
