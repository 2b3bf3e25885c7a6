#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"

/*
 * A heap whose root is the last one in.  With N given it never holds more
 * than N; a share of the base is known at the end only, so all are held then.
 */

struct top *
top_new(const char *text, const struct place *at)
{
	struct top *t = mem_alloc(1, sizeof *t);
	char *end;

	t->text = mem_text(text, strlen(text));
	t->share = -1;
	if (parse_percent(text, &t->share))
		return t;
	t->most = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || t->most == 0)
		die_at(at, "%s is neither a number nor a share such as 20%%",
		    err_quote(text, strlen(text)));
	t->share = -1;
	return t;
}

void
top_free(struct top *t)
{
	if (t == NULL)
		return;
	free(t->heap);
	free(t->text);
	free(t);
}

/* Greater values first; among equals the lesser id. */
static int
compare(const struct rank *a, const struct rank *b)
{
	if (a->value != b->value)
		return a->value > b->value ? -1 : 1;
	return memcmp(a->id, b->id, sizeof a->id);
}

static void
swap(struct rank *a, struct rank *b)
{
	struct rank c = *a;

	*a = *b;
	*b = c;
}

static void
up(struct rank *heap, size_t i)
{
	for (; i > 0 && compare(&heap[i], &heap[(i - 1) / 2]) > 0;
	     i = (i - 1) / 2)
		swap(&heap[i], &heap[(i - 1) / 2]);
}

static void
down(struct rank *heap, size_t n)
{
	size_t i = 0, k;

	while ((k = 2 * i + 1) < n) {
		if (k + 1 < n && compare(&heap[k + 1], &heap[k]) > 0)
			k++;
		if (compare(&heap[i], &heap[k]) >= 0)
			break;
		swap(&heap[i], &heap[k]);
		i = k;
	}
}

static void
set_rank(struct rank *r, double value, const char *id, size_t n)
{
	memset(r, 0, sizeof *r);
	r->value = value;
	if (n > sizeof r->id)
		die("profile_id %s has more than %zu bytes", err_quote(id, n),
		    sizeof r->id);
	memcpy(r->id, id, n);
}

/* NaN: the line is of the base, but has no value to rank by. */
void
top_offer(struct top *t, double value, const char *id, size_t n)
{
	struct rank r;

	t->seen++;
	if (isnan(value))
		return;
	set_rank(&r, value, id, n);
	if (t->share < 0 && t->n == t->most) {
		if (compare(&r, t->heap) >= 0)
			return;
		t->heap[0] = r;
		down(t->heap, t->n);
		return;
	}
	t->heap = mem_grow(t->heap, &t->cap, t->n + 1, sizeof *t->heap);
	t->heap[t->n] = r;
	up(t->heap, t->n++);
}

/* A share of the base is rounded half up. */
void
top_close(struct top *t)
{
	uint64_t most = t->most;

	if (t->share >= 0)
		most = (uint64_t)floor(t->share * (double)t->seen + 0.5 + 1e-9);
	while (t->n > most) {
		t->heap[0] = t->heap[--t->n];
		down(t->heap, t->n);
	}
	if (t->n > 0)
		t->cut = t->heap[0];
	free(t->heap);
	t->heap = NULL;
	t->cap = 0;
}

bool
top_in(const struct top *t, double value, const char *id, size_t n)
{
	struct rank r;

	if (t->n == 0 || isnan(value))
		return false;
	set_rank(&r, value, id, n);
	return compare(&r, &t->cut) <= 0;
}
