#include <string.h>

#include "room.h"

#define STEPS 32

const char *const profile_members[] = {"profile_id", "ids", "shared_ids",
    "traits", "first_seen", "last_seen", "tags", "score", "rfm", "clv",
    "segments", "next_change_at", "journeys", NULL};
const char *const event_members[] = {"type", "event", "messageId", "timestamp",
    "channel", "ids", "properties", "traits", "source", "context", "version",
    "unfit_ids", "raw", NULL};

static struct js_step
name_step(const struct token *tok)
{
	return (struct js_step){.key = tok->p, .len = tok->len};
}

static struct js_step
index_step(struct parser *p)
{
	struct js_step s = {0};
	size_t i;

	lex_next(p);
	if (p->tok.kind != T_NUMBER || p->tok.len > 9)
		parse_fail(p, p->tok.from,
		    "a whole number, from 0, expected in the brackets");
	for (i = 0; i < p->tok.len; i++) {
		if (p->tok.p[i] < '0' || p->tok.p[i] > '9')
			parse_fail(p, p->tok.from,
			    "a whole number, from 0, expected in the "
			    "brackets");
		s.index = s.index * 10 + (size_t)(p->tok.p[i] - '0');
	}
	lex_next(p);
	parse_want(p, "]", "the number");
	return s;
}

static int
read_steps(struct parser *p, struct js_step *step)
{
	int n = 0;

	step[n++] = name_step(&p->tok);
	lex_next(p);
	for (;;) {
		if (!lex_is(&p->tok, ".") && !lex_is(&p->tok, "["))
			return n;
		if (n == STEPS - 1) /* one more for a tag's value */
			parse_fail(p, p->tok.from,
			    "a path of more than %d steps", STEPS - 1);
		if (lex_is(&p->tok, "[")) {
			step[n++] = index_step(p);
			continue;
		}
		lex_next(p);
		if (p->tok.kind != T_NAME && p->tok.kind != T_QUOTED)
			parse_fail(p, p->tok.from,
			    "a name expected after '.'; unusual names are "
			    "written in backquotes: tags.`2nd order`");
		step[n++] = name_step(&p->tok);
		lex_next(p);
	}
}

static bool
step_is(const struct js_step *s, const char *name)
{
	return s->key != NULL && s->len == strlen(name) &&
	       memcmp(s->key, name, s->len) == 0;
}

static bool
known(const struct js_step *s, const char *const *names)
{
	for (; *names != NULL; names++)
		if (step_is(s, *names))
			return true;
	return false;
}

/* True: no line has it unless people add it themselves. */
static bool
check_profile_member(
    struct parser *p, const struct js_step *s, size_t from, bool said)
{
	const char *near;

	if (known(s, profile_members) || s->key == NULL)
		return false;
	if (step_is(s, "events"))
		parse_fail(p, from,
		    "events are asked through aggregates, such "
		    "as count(event = \"Order Completed\")");
	if (!said && known(s, event_members))
		parse_fail(p, from,
		    "%s belongs to events; ask in an aggregate, such as "
		    "count(event = 'X') or last(%.*s)",
		    err_quote(s->key, s->len), (int)s->len, s->key);
	near = err_nearest(
	    arena_text(&p->set->arena, s->key, s->len), profile_members);
	if (near != NULL)
		parse_fail(p, from,
		    "a profile line has no member %s; did you mean %s?",
		    err_quote(s->key, s->len), near);
	return true;
}

static void
check_event_member(struct parser *p, const struct js_step *s, size_t from)
{
	const char *near;

	if (known(s, event_members) || s->key == NULL)
		return;
	if (known(s, profile_members))
		parse_fail(p, from,
		    "an event has no member %s; the profile's is "
		    "profile.%.*s",
		    err_quote(s->key, s->len), (int)s->len, s->key);
	near = err_nearest(
	    arena_text(&p->set->arena, s->key, s->len), event_members);
	if (near != NULL)
		parse_fail(p, from,
		    "an event has no member %s; did you mean %s?",
		    err_quote(s->key, s->len), near);
	parse_fail(p, from,
	    "an event has no member %s; expected properties.NAME for a "
	    "property, quotes round a text, backquotes round a member of your "
	    "own",
	    err_quote(s->key, s->len));
}

/* A tag's value stands in its member `value`. */
static int
tag_value(struct js_step *step, int n)
{
	if (n == 2 && step_is(&step[0], "tags") && step[1].key != NULL) {
		step[2] = (struct js_step){.key = "value", .len = 5};
		return 3;
	}
	return n;
}

static int
step_number(struct parser *p, const struct js_step *s, size_t from)
{
	int n = 0;
	size_t i;

	if (p->step == 0 || s->key == NULL || s->len < 5 || s->len > 6 ||
	    memcmp(s->key, "step", 4) != 0)
		return -1;
	for (i = 4; i < s->len; i++) {
		if (s->key[i] < '0' || s->key[i] > '9')
			return -1;
		n = n * 10 + (s->key[i] - '0');
	}
	if (n < 1 || n >= p->step)
		parse_fail(p, from,
		    "step %d of the sequence comes before none it can name; "
		    "only an earlier step can be read here",
		    n);
	return n - 1;
}

/* Words that choose the ground: profile. outer. item stepN. */
static const struct ground *
leading_word(struct parser *p, struct js_step **step, int *n, size_t from,
    struct ground *made)
{
	const struct ground *g = p->ground;
	int k;

	if (g->where != AT_ROW && step_is(*step, "profile")) {
		*made = (struct ground){.where = AT_PROFILE};
		g = made;
	} else if (g->up != NULL && step_is(*step, "outer")) {
		g = g->up;
	} else if ((k = step_number(p, *step, from)) >= 0) {
		*made = (struct ground){.where = AT_STEP, .level = k};
		g = made;
	} else {
		if (g->where == AT_ITEM && step_is(*step, "item")) {
			++*step;
			--*n;
		}
		return g;
	}
	++*step;
	if (--*n == 0)
		parse_fail(p, from, "'.' and a member expected after %s",
		    err_quote((*step)[-1].key, (*step)[-1].len));
	return g;
}

static bool
check_member(struct parser *p, const struct ground *g, const struct js_step *s,
    int n, size_t from, bool said)
{
	if (n == 0)
		return false;
	if (g->where == AT_PROFILE)
		return check_profile_member(p, s, from, said);
	if (g->where == AT_EVENT || g->where == AT_STEP)
		check_event_member(p, s, from);
	return false;
}

struct term *
parse_path(struct parser *p)
{
	struct js_step steps[STEPS], *step = steps;
	uint32_t from = p->tok.from;
	bool quoted = p->tok.kind == T_QUOTED, odd = false;
	struct ground made;
	const struct ground *g = p->ground;
	struct term *t;
	int n;

	parse_foreign(p, &p->tok, false);
	n = read_steps(p, step);
	if (!quoted)
		g = leading_word(p, &step, &n, from, &made);
	if (!quoted || g->where == AT_PROFILE)
		odd = check_member(p, g, step, n, from, g != p->ground);
	if (g->where == AT_PROFILE)
		n = tag_value(step, n);
	t = term_new(p->set, OP_PATH, 0);
	t->path = path_same(p->set, g->where, g->level, step, n);
	parse_done(p, t, from);
	if (odd && !quoted && p->odd == NULL)
		p->odd = t;
	return t;
}
