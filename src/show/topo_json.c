/* Where devices, their interrupts and CPUs sit, as JSON. */
#include "show/topo.h"

#include "base/clock.h"
#include "show/json.h"

/* NULL: not known. */
static json_t *json_cpus(const struct cpus *cpus)
{
	char *text = NULL;
	size_t size;
	FILE *to;
	json_t *ret;

	if (!cpus)
		return json_null();
	to = open_memstream(&text, &size);
	if (!to)
		return json_null();
	cpus_print(to, cpus);
	fclose(to);
	ret = json_string(text);
	free(text);
	return ret;
}

static json_t *text_or_null(str text)
{
	return text.n ? json_text(text) : json_null();
}

static json_t *json_names(const struct topology_device *d)
{
	json_t *names = json_array();

	for (unsigned i = 0; i < d->n_names; i++)
		json_array_append_new(names, json_text(d->names[i]));
	return names;
}

static json_t *json_interrupts(const struct topology_device *d)
{
	return json_pack("{s:i, s:i, s:o, s:o}", "lines", d->lines, "unread_lines", d->unread_lines,
		"cpus", json_cpus(d->unread_lines < d->lines ? d->irq_cpus : NULL), "outside_lines",
		d->local ? json_integer(d->outside_lines) : json_null());
}

static json_t *json_device(const struct topology_device *d)
{
	return json_pack("{s:o, s:s, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "address",
		json_text(d->address), "kind", device_kind_names[d->kind], "names", json_names(d),
		"more_names", d->more_names, "class", json_text(d->class), "driver",
		text_or_null(d->driver), "path", text_or_null(d->path), "node",
		d->node == NODE_UNREAD ? json_null() : json_integer(d->node), "local_cpus",
		json_cpus(d->local), "interrupts", json_interrupts(d));
}

static json_t *json_node(const struct topology *t, size_t i)
{
	json_t *distances = json_array();
	int64_t distance;

	for (size_t k = 0; k < t->n_nodes; k++)
		if (topology_distance(t, i, k, &distance))
			json_array_append_new(
				distances, json_pack("{s:i, s:I}", "node", t->nodes[k].number,
						   "distance", (json_int_t)distance));
	return json_pack("{s:i, s:o, s:o}", "node", t->nodes[i].number, "cpus",
		json_cpus(&t->nodes[i].cpus), "distances", distances);
}

/* Each pair once. */
static json_t *json_pairs(const struct topology *t)
{
	json_t *pairs = json_array();

	for (size_t a = 0; a < t->n; a++)
		for (size_t b = a + 1; b < t->n; b++)
			json_array_append_new(
				pairs, json_pack("{s:o, s:o, s:s, s:o}", "a",
					       json_text(t->devices[a].address), "b",
					       json_text(t->devices[b].address), "proximity",
					       proximity_names[topology_between(t, a, b)], "common",
					       text_or_null(topology_common(t, a, b))));
	return pairs;
}

static json_t *json_places(const struct topology *t)
{
	json_t *places = json_array();

	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->n_nodes; k++)
			json_array_append_new(
				places, json_pack("{s:o, s:i, s:s}", "device",
						json_text(t->devices[i].address), "node",
						t->nodes[k].number, "proximity",
						proximity_names[topology_to_node(t, i, k)]));
	return places;
}

static json_t *json_nearest_of(const struct topology *t, size_t gpu)
{
	struct topology_nearest nearest;
	json_t *nics = json_array();

	topology_nearest_nics(t, gpu, &nearest);
	for (unsigned i = 0; i < nearest.n; i++)
		json_array_append_new(nics, json_text(t->devices[nearest.nics[i]].address));
	return json_pack("{s:o, s:b, s:o, s:o, s:i, s:i}", "gpu",
		json_text(t->devices[gpu].address), "rdma", nearest.rdma, "proximity",
		nearest.n ? json_string(proximity_names[nearest.proximity]) : json_null(), "nics",
		nics, "more_nics", nearest.more, "unknown_nics", nearest.unknown);
}

/* One for each GPU; without a NIC its list is empty. */
static json_t *json_nearest(const struct topology *t)
{
	json_t *all = json_array();

	for (size_t i = 0; i < t->n; i++)
		if (topology_is_gpu(&t->devices[i]))
			json_array_append_new(all, json_nearest_of(t, i));
	return all;
}

void topo_json(FILE *out, const struct topo_answer *answer)
{
	const struct topology *t = answer->topology;
	json_t *devices = json_array(), *nodes = json_array(), *notes = json_array(), *whole;
	char time[CLOCK_TEXT];

	for (size_t i = 0; i < t->n; i++)
		json_array_append_new(devices, json_device(&t->devices[i]));
	for (size_t i = 0; i < t->n_nodes; i++)
		json_array_append_new(nodes, json_node(t, i));
	for (size_t i = 0; i < answer->n_notes; i++)
		json_array_append_new(notes, json_string(answer->notes[i]));
	whole = json_pack("{s:{s:s, s:i}, s:o, s:s?, s:o, s:o, s:o, s:o, s:o, s:{s:i, s:i}, s:o}",
		"schema", "name", "faultline.topo", "version", 1, "host",
		json_text(str_of(answer->host)), "time",
		answer->wall_ns ? clock_format(answer->wall_ns, time) : NULL, "nodes", nodes,
		"devices", devices, "pairs", json_pairs(t), "places", json_places(t),
		"nearest_nics", json_nearest(t), "left_out", "virtual_functions",
		t->virtual_functions, "devices", t->left_out, "not_read", notes);
	json_dumpf(whole, out, JSON_INDENT(1));
	fputc('\n', out);
	json_decref(whole);
}
