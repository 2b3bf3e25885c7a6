#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "guard.h"
#include "mem.h"

#define WEAKEST 1000000

static const char *const members[] = {"id", "version", "timezone",
    "id_namespace", "ignore", "namespaces", "other", "must", "cannot",
    "retract", "traits", "gates", NULL};
static const char *const guard_members[] = {
    "priority", "max", "shared_after", "scope", "normalize", "ignore", NULL};

/* The number of a proxy path, new or known. */
static int
proxy(struct guards *g, const char *path)
{
	size_t i;

	for (i = 0; i < g->nproxy; i++)
		if (strcmp(g->proxy[i], path) == 0)
			return (int)i;
	g->proxy = mem_resize(g->proxy, g->nproxy + 1, sizeof *g->proxy);
	g->proxy[g->nproxy] = path;
	return (int)g->nproxy++;
}

static void
read_shared(struct guards *g, struct guard *to, const struct node *up)
{
	struct node at, values;

	if (!node_get(up, "shared_after", &at))
		return;
	if (json_is_integer(at.json)) {
		to->shared_ids = (uint32_t)node_int(&at, 1, UINT32_MAX);
		return;
	}
	node_only(&at, (const char *const[]){"ids", "values", "of", NULL});
	to->shared_ids =
	    (uint32_t)get_int(&at, "ids", 1, UINT32_MAX, to->shared_ids);
	if (!node_get(&at, "values", &values))
		return;
	to->shared_values = (uint32_t)node_int(&values, 1, UINT32_MAX);
	to->proxy = proxy(g, get_text(&at, "of", "traits.name"));
}

static unsigned
read_normal(const struct node *up, unsigned fallback)
{
	static const char *const words[] = {
	    "trim", "width", "lower", "upper", "digits", NULL};
	struct node list, at;
	unsigned normal = 0;
	size_t i;

	if (!node_get(up, "normalize", &list))
		return fallback;
	node_array(&list);
	for (i = 0; i < node_count(&list); i++) {
		at = node_at(&list, i);
		normal |= 1u << node_word(&at, words);
	}
	return normal;
}

static void
read_guard(struct guards *g, struct guard *to, const struct node *at,
    struct ignore *common)
{
	static const char *const scopes[] = {"optional", "required", NULL};
	struct node list;

	node_only(at, guard_members);
	to->priority =
	    (uint32_t)get_int(at, "priority", 1, WEAKEST, to->priority);
	to->max = (uint32_t)get_int(at, "max", 1, UINT32_MAX, to->max);
	read_shared(g, to, at);
	to->scoped = get_word(at, "scope", scopes, to->scoped) == 1;
	to->normal = read_normal(at, to->normal);
	to->ignore = node_get(at, "ignore", &list) ? ignore_read(&list, common)
						   : ignore_none(common);
}

static void
read_namespaces(struct guards *g, const struct node *root)
{
	struct node list, at, ignored;
	size_t i;

	g->common = node_get(root, "ignore", &ignored)
			? ignore_read(&ignored, NULL)
			: ignore_none(NULL);
	g->other = (struct guard){.name = "other namespaces",
	    .priority = WEAKEST,
	    .proxy = -1,
	    .ignore = g->common};
	if (node_get(root, "other", &at)) {
		read_guard(g, &g->other, &at, g->common);
		g->other.name = "other namespaces";
	}
	if (!node_get(root, "namespaces", &list))
		return;
	node_object(&list);
	g->n = node_count(&list);
	g->guard = mem_alloc(g->n, sizeof *g->guard);
	for (i = 0; i < g->n; i++) {
		at = node_nth(&list, i);
		node_object(&at);
		g->guard[i] = (struct guard){
		    .name = at.key, .priority = WEAKEST, .proxy = -1};
		read_guard(g, &g->guard[i], &at, g->common);
	}
}

static const char *
read_id(const struct node *at)
{
	const char *text = node_text(at), *colon = strchr(text, ':');

	if (colon == NULL || colon == text)
		node_die(at, "expected an identifier as namespace:value");
	return text;
}

static void
add_pair(struct guard_pairs *to, const struct node *at)
{
	struct node a, b;

	node_array(at);
	if (node_count(at) != 2)
		node_die(at, "expected two identifiers, namespace:value");
	a = node_at(at, 0);
	b = node_at(at, 1);
	to->pair = mem_resize(to->pair, to->n + 1, sizeof *to->pair);
	to->pair[to->n++] = (struct guard_pair){read_id(&a), read_id(&b)};
}

static void
read_pairs(struct guard_pairs *to, const struct node *root, const char *name)
{
	struct node list, at;
	size_t i;

	if (!node_get(root, name, &list))
		return;
	node_array(&list);
	for (i = 0; i < node_count(&list); i++) {
		at = node_at(&list, i);
		add_pair(to, &at);
	}
}

/* messageIds, and pairs whose weaker identifier leaves the stronger. */
static void
read_retract(struct guards *g, const struct node *root)
{
	struct node list, at;
	const char *text;
	size_t i;

	g->retracted = intern_new();
	if (!node_get(root, "retract", &list))
		return;
	node_array(&list);
	for (i = 0; i < node_count(&list); i++) {
		at = node_at(&list, i);
		if (json_is_array(at.json)) {
			add_pair(&g->retract, &at);
			continue;
		}
		text = node_text(&at);
		intern_add(g->retracted, text, strlen(text));
	}
}

static void
read_sources(struct guard_trait *to, const struct node *at)
{
	struct node list = node_need(at, "source"), one;
	size_t i;

	node_only(at, (const char *const[]){"source", NULL});
	node_array(&list);
	to->keep = KEEP_SOURCE;
	to->nsource = node_count(&list);
	to->source = mem_alloc(to->nsource, sizeof *to->source);
	for (i = 0; i < to->nsource; i++) {
		one = node_at(&list, i);
		to->source[i] = node_text(&one);
	}
}

static void
read_traits(struct guards *g, const struct node *root)
{
	static const char *const words[] = {
	    "latest", "first", "frequent", NULL};
	struct node list, at;
	struct guard_trait *to;
	size_t i;

	if (!node_get(root, "traits", &list))
		return;
	node_object(&list);
	g->trait = mem_alloc(node_count(&list), sizeof *g->trait);
	for (i = 0; i < node_count(&list); i++) {
		at = node_nth(&list, i);
		to = strcmp(at.key, "*") == 0 ? &g->other_trait
					      : &g->trait[g->ntrait++];
		to->name = at.key;
		if (json_is_object(at.json))
			read_sources(to, &at);
		else
			to->keep = (enum keep)node_word(&at, words);
	}
}

static void
read_gates(struct guards *g, const struct node *root)
{
	struct node at;

	g->gates = (struct guard_gates){-1, -1, -1, -1, -1};
	if (!node_get(root, "gates", &at))
		return;
	node_only(&at, (const char *const[]){"largest", "largest_share",
			   "refused", "shared", "single_share", NULL});
	g->gates.largest = get_number(&at, "largest", -1);
	g->gates.largest_share = get_number(&at, "largest_share", -1);
	g->gates.refused = get_number(&at, "refused", -1);
	g->gates.shared = get_number(&at, "shared", -1);
	g->gates.single_share = get_number(&at, "single_share", -1);
}

static void
read_space(struct guards *g, const struct node *root)
{
	struct node at = node_need(root, "id_namespace");
	const char *text = node_text(&at);

	if (!uuid_parse(text, strlen(text), g->space))
		node_die(&at, "id_namespace is not a UUID, expected 36 "
			      "characters such as one from uuidgen(1)");
}

struct guards *
guards_read(const char *file)
{
	struct guards *g = mem_alloc(1, sizeof *g);
	struct node root;

	g->rules = rules_read(file != NULL ? file : "preset:identity");
	root = rules_root(g->rules);
	node_object(&root);
	node_only(&root, members);
	read_space(g, &root);
	read_namespaces(g, &root);
	read_pairs(&g->must, &root, "must");
	read_pairs(&g->cannot, &root, "cannot");
	read_retract(g, &root);
	read_traits(g, &root);
	read_gates(g, &root);
	return g;
}

const struct guard *
guards_find(const struct guards *g, const char *p, size_t n)
{
	const char *at = memchr(p, '@', n);
	size_t i;

	if (at != NULL)
		n = (size_t)(at - p);
	for (i = 0; i < g->n; i++)
		if (strncmp(g->guard[i].name, p, n) == 0 &&
		    g->guard[i].name[n] == '\0')
			return &g->guard[i];
	return &g->other;
}

const struct guard_trait *
guards_trait(const struct guards *g, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < g->ntrait; i++)
		if (strlen(g->trait[i].name) == n &&
		    memcmp(g->trait[i].name, p, n) == 0)
			return &g->trait[i];
	return &g->other_trait;
}

void
guards_free(struct guards *g)
{
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < g->n; i++)
		ignore_free(g->guard[i].ignore);
	for (i = 0; i < g->ntrait; i++)
		free(g->trait[i].source);
	if (g->other.ignore != g->common)
		ignore_free(g->other.ignore);
	ignore_free(g->common);
	free(g->other_trait.source);
	intern_free(g->retracted);
	free(g->guard);
	free(g->proxy);
	free(g->must.pair);
	free(g->cannot.pair);
	free(g->retract.pair);
	free(g->trait);
	rules_free(g->rules);
	free(g);
}

void
guards_join_proxies(struct guards *g, struct guards *also)
{
	size_t i;

	for (i = 0; i < also->n; i++)
		if (also->guard[i].proxy >= 0)
			also->guard[i].proxy =
			    proxy(g, also->proxy[also->guard[i].proxy]);
	if (also->other.proxy >= 0)
		also->other.proxy = proxy(g, also->proxy[also->other.proxy]);
	also->nproxy = g->nproxy;
	also->proxy =
	    mem_resize(also->proxy, also->nproxy, sizeof *also->proxy);
	for (i = 0; i < g->nproxy; i++)
		also->proxy[i] = g->proxy[i];
}
