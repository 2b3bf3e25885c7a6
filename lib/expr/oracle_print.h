/*
 * A tree of oracle.h as text of the language.  Owns nothing.
 */
#ifndef CDP_EXPR_ORACLE_PRINT_H
#define CDP_EXPR_ORACLE_PRINT_H

#include "oracle_value.h"

static void print(const struct tree *, struct buf *, enum ground_kind);

static void
print_time(long long t, struct buf *b)
{
	char text[WHEN_TEXT];

	when_text(t, text);
	buf_byte(b, '@');
	buf_add(b, text, sizeof text);
}

static void
print_span(long long ms, long long months, struct buf *b)
{
	if (months > 0)
		buf_addf(b, "%lldmo", months);
	else
		buf_addf(b, "%llds", ms / 1000);
}

static void
print_window(const struct tree *t, struct buf *b)
{
	switch (t->window) {
	case W_NONE:
		break;
	case W_LAST:
		buf_adds(b, " last ");
		print_span(t->ms, t->months, b);
		break;
	case W_CALENDAR:
		buf_addf(b, " last %lld calendar %s", t->n, t->word);
		break;
	default:
		if (t->window == W_BETWEEN && t->from->k == K_TIME) {
			buf_adds(b, " between ");
			print(t->from, b, G_PROFILE);
			buf_adds(b, " and ");
			print(t->to, b, G_PROFILE);
			break;
		}
		if (t->from != NULL) {
			buf_adds(b, " since (");
			print(t->from, b, G_PROFILE);
			buf_adds(b, ")");
		}
		if (t->to != NULL) {
			buf_adds(b, " before (");
			print(t->to, b, G_PROFILE);
			buf_adds(b, ")");
		}
	}
}

static void
print_body(const struct tree *x, const struct tree *cond, struct buf *b,
    enum ground_kind g)
{
	if (x != NULL)
		print(x, b, g);
	if (cond != NULL) {
		buf_adds(b, x != NULL ? " where " : "");
		print(cond, b, g);
	}
	buf_adds(b, ")");
}

static void
print_sequence(const struct tree *t, struct buf *b)
{
	buf_adds(b, "sequence(");
	print(t->a, b, G_EVENT);
	buf_adds(b, ", ");
	print(t->b, b, G_EVENT);
	if (t->ms > 0) {
		buf_adds(b, " within ");
		print_span(t->ms, 0, b);
	}
	if (t->c != NULL) {
		buf_adds(b, t->without ? ", without " : ", ");
		print(t->c, b, G_EVENT);
		if (t->n > 0) {
			buf_adds(b, " within ");
			print_span(t->n, 0, b);
		}
	}
	buf_adds(b, ")");
	print_window(t->from, b);
}

static void
print_phrase(const struct tree *t, struct buf *b)
{
	static const char *const open[] = {
	    "stopped (", "resumed (", "first time ("};

	if (t->k == K_OBSERVED) {
		buf_adds(b, "observed_for ");
		print_span(t->n, 0, b);
		return;
	}
	buf_adds(b, open[t->k - K_STOPPED]);
	print(t->a, b, G_EVENT);
	buf_adds(b, t->k == K_STOPPED   ? ") for "
		    : t->k == K_RESUMED ? ") after "
					: ")");
	if (t->k != K_FIRST_TIME)
		print_span(t->n, 0, b);
	if (t->k != K_STOPPED)
		print_window(t, b);
}

static void
print_infix(
    const struct tree *t, const char *word, struct buf *b, enum ground_kind g)
{
	buf_adds(b, "((");
	print(t->a, b, g);
	buf_addf(b, ") %s ", word);
	if (t->k == K_IN)
		buf_adds(b, "(");
	print(t->b, b, g);
	if (t->c != NULL) {
		buf_adds(b, t->k == K_IN ? ", " : " and ");
		print(t->c, b, g);
	}
	buf_adds(b, t->k == K_IN ? "))" : ")");
}

static void
print_call(const struct tree *t, struct buf *b, enum ground_kind g)
{
	buf_addf(b, "%s(", t->word);
	print(t->a, b, g);
	if (t->b != NULL) {
		buf_adds(b, ", ");
		print(t->b, b, g);
	}
	if (t->c != NULL) {
		buf_adds(b, ", ");
		print(t->c, b, g);
	}
	buf_adds(b, ")");
}

static void
print_path(const struct tree *t, struct buf *b, enum ground_kind g)
{
	if (t->ground == G_STEP)
		buf_adds(b, "step1.");
	else if (t->ground == G_PROFILE && g != G_PROFILE)
		buf_adds(b, "profile.");
	buf_adds(b, t->word);
}

static void
print(const struct tree *t, struct buf *b, enum ground_kind g)
{
	static const char *const words[] = {[K_AND] = "and",
	    [K_OR] = "or",
	    [K_IN] = "in",
	    [K_BETWEEN] = "between",
	    [K_CONTAINS] = "contains",
	    [K_STARTS] = "starts with",
	    [K_ENDS] = "ends with",
	    [K_HAS] = "has",
	    [K_ADD] = "+",
	    [K_SUB] = "-",
	    [K_MUL] = "*"};

	switch (t->k) {
	case K_NUM:
		buf_addf(b, "%s%lld.%02lld", t->n < 0 ? "-" : "",
		    llabs(t->n) / 100, llabs(t->n) % 100);
		break;
	case K_TXT:
		buf_addf(b, "'%s'", t->word);
		break;
	case K_TIME:
		print_time(t->n, b);
		break;
	case K_SPAN:
		print_span(t->ms, t->months, b);
		break;
	case K_BOOL:
		buf_adds(b, t->n ? "true" : "false");
		break;
	case K_NULL:
		buf_adds(b, "null");
		break;
	case K_NOW:
		buf_adds(b, "now");
		break;
	case K_PATH:
		print_path(t, b, g);
		break;
	case K_NOT:
		buf_adds(b, "not (");
		print(t->a, b, g);
		buf_adds(b, ")");
		break;
	case K_CMP:
		print_infix(t, t->word, b, g);
		break;
	case K_MISSING:
		buf_adds(b, "(");
		print(t->a, b, g);
		buf_adds(b, " is missing)");
		break;
	case K_AGG:
		buf_addf(b, "%s(", t->c->word);
		print_body(t->b, t->a, b, G_EVENT);
		print_window(t, b);
		break;
	case K_EACH:
		buf_addf(b, "%s(", t->word);
		print(t->c, b, g);
		buf_adds(b, ": ");
		print_body(t->b, t->a, b, G_ITEM);
		break;
	case K_SEQ:
		print_sequence(t, b);
		break;
	case K_CALL:
		print_call(t, b, g);
		break;
	case K_STOPPED:
	case K_RESUMED:
	case K_FIRST_TIME:
	case K_OBSERVED:
		print_phrase(t, b);
		break;
	default:
		print_infix(t, words[t->k], b, g);
	}
}

#endif
