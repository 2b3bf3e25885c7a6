#include <stdlib.h>

#include "json/plan.h"
#include "mem.h"

static struct node *
node_new(int *slots)
{
	struct node *n = mem_alloc(1, sizeof(*n));

	n->slot = (*slots)++;
	n->noted = -1;
	return n;
}

static void
node_free(struct node *n)
{
	if (n->nmember > 0)
		for (size_t i = 0; i <= n->mask; i++)
			if (n->member[i].node != NULL) {
				free((char *)n->member[i].key.p);
				node_free(n->member[i].node);
			}
	for (size_t i = 0; i < n->nelement; i++)
		node_free(n->element[i].node);
	free(n->member);
	free(n->element);
	free(n);
}

static void
place(struct node *n, struct member m)
{
	size_t i = key_hash(&m.key) & n->mask;

	while (n->member[i].node != NULL)
		i = (i + 1) & n->mask;
	n->member[i] = m;
}

/* At most a quarter of the places are taken, so that most misses are seen at
 * the first look. */
static void
make_room(struct node *n)
{
	struct member *old = n->member;
	size_t places = n->member == NULL ? 0 : n->mask + 1;

	if (4 * (n->nmember + 1) <= places)
		return;
	n->mask = (places == 0 ? 8 : 2 * places) - 1;
	n->member = mem_alloc(n->mask + 1, sizeof(*n->member));
	for (size_t i = 0; i < places; i++)
		if (old[i].node != NULL)
			place(n, old[i]);
	free(old);
}

/* A copy of the bytes with room for key_of's words behind them. */
static struct key
key_copy(const char *p, size_t len)
{
	char *copy = mem_alloc(len + 8, 1);

	memcpy(copy, p, len);
	return key_of(copy, len);
}

static struct node *
member(struct node *n, const char *p, size_t len, int *slots)
{
	struct member m = {key_copy(p, len), NULL};
	struct node *old = n->nmember > 0 ? node_member(n, &m.key) : NULL;

	if (old != NULL) {
		free((char *)m.key.p);
		return old;
	}
	make_room(n);
	m.node = node_new(slots);
	place(n, m);
	n->nmember++;
	n->filter |= key_bit(len > 0 ? p : "\"", len);
	return m.node;
}

static struct node *
element(struct node *n, size_t index, int *slots)
{
	for (size_t i = 0; i < n->nelement; i++)
		if (n->element[i].index == index)
			return n->element[i].node;
	n->element =
	    mem_resize(n->element, n->nelement + 1, sizeof(*n->element));
	n->element[n->nelement] = (struct element){index, node_new(slots)};
	return n->element[n->nelement++].node;
}

static int
field(struct node *n, const struct js_step *step, int count, int *slots)
{
	for (int i = 0; i < count; i++)
		n = step[i].key != NULL
			? member(n, step[i].key, step[i].len, slots)
			: element(n, step[i].index, slots);
	return n->slot;
}

static struct node *
events(struct js_plan *plan)
{
	return member(plan->record, "events", 6, &plan->slots);
}

struct js_plan *
js_plan_new(void)
{
	struct js_plan *plan = mem_alloc(1, sizeof(*plan));

	plan->record = node_new(&plan->slots);
	plan->event = node_new(&plan->columns);
	events(plan)->events = events(plan)->span = true;
	return plan;
}

void
js_plan_free(struct js_plan *plan)
{
	if (plan == NULL)
		return;
	node_free(plan->record);
	node_free(plan->event);
	free(plan);
}

int
js_plan_field(struct js_plan *plan, const struct js_step *step, int n)
{
	return field(plan->record, step, n, &plan->slots);
}

int
js_plan_each(struct js_plan *plan, const struct js_step *step, int n)
{
	events(plan)->each = true;
	return field(plan->event, step, n, &plan->columns);
}

int
js_plan_column(const struct js_plan *plan, const char *key)
{
	struct key k = key_copy(key, strlen(key));
	struct node *n =
	    plan->event->nmember > 0 ? node_member(plan->event, &k) : NULL;

	free((char *)k.p);
	return n == NULL ? -1 : n->slot;
}

int
js_plan_member(struct js_plan *plan, const char *key)
{
	struct node *n = member(plan->record, key, strlen(key), &plan->slots);

	if (n->noted < 0)
		n->noted = plan->noted++;
	n->span = true;
	return n->noted;
}

int
js_steps(const char *dotted, struct js_step *step, int max)
{
	int n = 0;

	while (n < max) {
		size_t len = strcspn(dotted, ".");

		step[n++] = (struct js_step){dotted, len, 0};
		if (dotted[len] == '\0')
			break;
		dotted += len + 1;
	}
	return n;
}
