/*
 * Links against the rules read literally: every link of every set tried in
 * its order, groups found by relabelling, limits counted anew each time.
 */
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "draw.h"
#include "link.h"

#define WORLDS 300
#define VALUES 7 /* of each of three namespaces */
#define IDS (3 * VALUES)
#define SETS 40

static const char rules[] =
    "{\"id_namespace\":\"6ba7b811-9dad-11d1-80b4-00c04fd430c8\","
    "\"namespaces\":{\"a\":{\"priority\":1,\"max\":1},"
    "\"b\":{\"priority\":2,\"max\":2},\"c\":{\"priority\":3}},"
    "\"cannot\":[[\"a:0\",\"c:1\"],[\"b:2\",\"b:3\"]]}";

struct set {
	int id[3], n; /* space * VALUES + value, the strongest first */
	int64_t time;
};

struct
try {
	int strong, weak;
	int64_t time;
};

static uint64_t key;
static uint64_t drawn;

static int
below(int n)
{
	return (int)(draw_next(key, drawn++) % (uint64_t)n);
}

/* Every set holds at most one id of a namespace, so who is the strongest is
 * clear. */
static void
invent(struct set *sets)
{
	int i, space;

	for (i = 0; i < SETS; i++) {
		sets[i].n = 0;
		sets[i].time = 1000 + below(50);
		for (space = 0; space < 3; space++)
			if (below(3) > 0)
				sets[i].id[sets[i].n++] =
				    space * VALUES + below(VALUES);
	}
}

static int
by_turn(const void *a, const void *b)
{
	const struct try *x = a, *y = b;

	if (x->weak / VALUES != y->weak / VALUES)
		return x->weak / VALUES - y->weak / VALUES;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->weak != y->weak)
		return x->weak - y->weak;
	return x->strong - y->strong;
}

static bool
allowed(const int *group, int a, int b)
{
	static const int cannot[][2] = {
	    {0, 2 * VALUES + 1}, {VALUES + 2, VALUES + 3}};
	int n[3] = {0, 0, 0}, i, x, y;

	for (i = 0; i < IDS; i++)
		if (group[i] == a || group[i] == b)
			n[i / VALUES]++;
	for (i = 0; i < 2; i++) {
		x = group[cannot[i][0]];
		y = group[cannot[i][1]];
		if ((x == a && y == b) || (x == b && y == a))
			return false;
	}
	return n[0] <= 1 && n[1] <= 2;
}

static void
link_literally(const struct set *sets, int *group)
{
	struct try try[2 * SETS];
	int i, k, a, b, n = 0;

	for (i = 0; i < IDS; i++)
		group[i] = i;
	for (i = 0; i < SETS; i++)
		for (k = 1; k < sets[i].n; k++)
			try[n++] = (struct try){
			    sets[i].id[0], sets[i].id[k], sets[i].time};
	qsort(try, (size_t)n, sizeof *try, by_turn);
	for (i = 0; i < n; i++) {
		a = group[try[i].strong];
		b = group[try[i].weak];
		if (a == b || !allowed(group, a, b))
			continue;
		for (k = 0; k < IDS; k++)
			if (group[k] == b)
				group[k] = a;
	}
}

static uint32_t
number(struct evidence *ev, int id)
{
	char space[2] = {(char)('a' + id / VALUES), '\0'};
	char value[2] = {(char)('0' + id % VALUES), '\0'};

	return evidence_id(ev, evidence_space(ev, space, 1), value, 1);
}

static struct links *
link_really(const struct guards *g, struct evidence *ev, const struct set *sets,
    uint32_t *ids)
{
	struct links *l = links_new(g, ev);
	uint32_t code[SETS], members[3];
	int i, k;

	for (i = 0; i < IDS; i++)
		ids[i] = number(ev, i);
	for (i = 0; i < SETS; i++) {
		for (k = 0; k < sets[i].n; k++)
			members[k] = ids[sets[i].id[k]];
		code[i] = evidence_code(ev, members, (size_t)sets[i].n);
	}
	links_learn(l);
	evidence_begin(ev);
	for (i = 0; i < SETS; i++)
		if (sets[i].n > 0)
			evidence_saw(
			    ev, evidence_set(ev, code[i]), sets[i].time);
	links_solve(l);
	return l;
}

/* Equal partitions; only ids that some set holds are asked about. */
static void
compare(struct links *l, const uint32_t *ids, const int *group)
{
	int i, k;

	for (i = 0; i < IDS; i++)
		for (k = 0; k < i; k++) {
			if (l->first[ids[i]] == EVIDENCE_NEVER ||
			    l->first[ids[k]] == EVIDENCE_NEVER)
				continue;
			assert_int_equal(group[i] == group[k],
			    links_root(l, ids[i]) == links_root(l, ids[k]));
		}
}

static struct guards *
read_rules(void)
{
	char path[] = "/tmp/link_test.XXXXXX";
	struct guards *g;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, rules, strlen(rules)), strlen(rules));
	close(fd);
	g = guards_read(path);
	unlink(path);
	return g;
}

static void
links_as_written(void **state)
{
	struct guards *g = read_rules();
	struct set sets[SETS];
	struct evidence *ev;
	struct links *l;
	uint32_t ids[IDS];
	int group[IDS], world;
	size_t refused = 0;

	(void)state;
	for (world = 0; world < WORLDS; world++) {
		key = (uint64_t)world;
		drawn = 0;
		invent(sets);
		link_literally(sets, group);
		ev = evidence_new(0);
		l = link_really(g, ev, sets, ids);
		compare(l, ids, group);
		refused += l->nrefused;
		links_free(l);
		evidence_free(ev);
	}
	assert_true(refused > WORLDS);
	guards_free(g);
}

static void
anchors_are_the_earliest(void **state)
{
	struct guards *g = read_rules();
	struct evidence *ev = evidence_new(0);
	struct links *l = links_new(g, ev);
	uint32_t x = number(ev, 0), y = number(ev, VALUES),
		 z = number(ev, 2 * VALUES), set[2];
	uint32_t one, two;

	(void)state;
	set[0] = x;
	set[1] = y;
	one = evidence_code(ev, set, 2);
	set[0] = y;
	set[1] = z;
	two = evidence_code(ev, set, 2);
	links_learn(l);
	evidence_begin(ev);
	evidence_saw(ev, evidence_set(ev, one), 20);
	evidence_saw(ev, evidence_set(ev, two), 10);
	links_solve(l);
	assert_int_equal(l->n, 1);
	/* y and z both came first: the stronger namespace decides */
	assert_int_equal(l->customer[0].anchor, y);
	links_free(l);
	evidence_free(ev);
	guards_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(links_as_written),
	    cmocka_unit_test(anchors_are_the_earliest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
