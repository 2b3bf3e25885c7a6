/*
 * What the files of this room share: terms, values, the set, a run.  A term is
 * a node of an expression's tree; equal terms of one set share one canonical
 * term (`same`), which alone is evaluated.  The set's arena owns terms, paths
 * and texts; a run owns everything that changes while lines go by.
 */
#ifndef CDP_EXPR_ROOM_H
#define CDP_EXPR_ROOM_H

#include <setjmp.h>

#include "../intern.h"
#include "../mem.h"
#include "../pattern.h"
#include "expr.h"

#define DAY_MS 86400000
#define MAX_DEPTH 400 /* of a tree: bounds every recursion */
#define MAX_ITEMS 8   /* array forms inside one another */
#define MAX_STEPS 16  /* of a sequence */

/* ---- values ---- */

struct val {
	uint8_t type; /* enum expr_type */
	bool truth;
	bool exact;
	int8_t slope; /* of a time or span: ms it moves per ms of now */
	union {
		struct dec dec;
		double number;
		int64_t time;
		struct duration span;
		struct {
			const char *p;
			size_t len;
		};
	};
};

static inline struct val
val_null(void)
{
	return (struct val){.type = EXPR_NULL};
}

static inline struct val
val_bool(bool truth)
{
	return (struct val){.type = EXPR_BOOL, .truth = truth};
}

static inline struct val
val_dec(struct dec d)
{
	return (struct val){.type = EXPR_NUMBER, .exact = true, .dec = d};
}

static inline struct val
val_int(int64_t i)
{
	return val_dec(dec_of(i));
}

static inline struct val
val_time(int64_t t)
{
	return (struct val){.type = EXPR_TIME, .time = t};
}

static inline struct val
val_text(const char *p, size_t n)
{
	struct val v = {.type = EXPR_TEXT};

	v.p = p;
	v.len = n;
	return v;
}

struct val val_double(double); /* NaN and infinity: null */
double val_number(const struct val *);
/* A number from its JSON text. */
struct val val_parse_number(const char *p, size_t n);
bool val_whole(const struct val *, int64_t least, int64_t most, int64_t *out);
bool val_truth(const struct val *);
bool val_equal(const struct val *, const struct val *);
/* -1, 0, 1; 2 where the two have no order. */
int val_order(const struct val *, const struct val *);
/* A total order for min and max: numbers, times, spans, texts; false for
 * values that take no part. */
bool val_ranks(const struct val *);
int val_rank(const struct val *, const struct val *);
uint64_t val_hash(const struct val *); /* equal values, equal hashes */
/* An instant from a time or a text that is one. */
bool val_instant(const struct val *, const struct zone *, int64_t *t);
struct val val_arith(
    int op, const struct val *, const struct val *, const struct zone *);
struct val val_neg(const struct val *);
void val_span_text(struct duration, struct buf *);
struct expr_value val_public(const struct val *);
struct val val_private(const struct expr_value *);

/* ---- terms ---- */

enum op {
	OP_LITERAL,
	OP_NOW,
	OP_PATH,
	OP_NOT,
	OP_AND,
	OP_OR,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_IN,
	OP_BETWEEN,
	OP_MATCH,
	OP_CONTAINS,
	OP_STARTS,
	OP_ENDS,
	OP_HAS,
	OP_MISSING,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_MOD,
	OP_NEG,
	OP_CALL,     /* kind: which function */
	OP_OVER,     /* kind; kid: condition, value, window */
	OP_EACH,     /* kind; kid: list, body */
	OP_SEQUENCE, /* kid: window, then condition and limit of each step;
			kind 1: the last step is one that must not follow */
	OP_LISTED,   /* kid: value; list */
	OP_MEANS,    /* a phrase; kid: what it means, condition, window */
	OP_WINDOW,   /* kind; span or count; kid: from, to */
	OP_FILTER,   /* canonical only; kid: condition.  A list of events. */
	OP_SERIES,   /* canonical only; kid: condition, value */
	OP_RESUMED,  /* span; kid: condition, window */
};

enum over {
	OVER_COUNT,
	OVER_EXISTS,
	OVER_SUM,
	OVER_AVG,
	OVER_MIN,
	OVER_MAX,
	OVER_FIRST,
	OVER_LAST,
	OVER_DISTINCT,
	OVER_ANY, /* array forms only */
	OVER_ALL,
};

enum window { WINDOW_LAST, WINDOW_CALENDAR, WINDOW_BOUNDS };
enum unit { UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR };
enum phrase { PHRASE_FIRST_TIME, PHRASE_STOPPED, PHRASE_OBSERVED };

enum where { AT_PROFILE, AT_EVENT, AT_ITEM, AT_ROW, AT_STEP };

struct path {
	enum where where;
	int level; /* of AT_ITEM: which array form; of AT_STEP: which step */
	int n;
	struct js_step *step;
	int slot;
	const char *name;  /* of AT_ROW: the steps joined by dots */
	struct path *next; /* in the set's list */
};

/* What a term's value depends on. */
enum {
	ON_NOW = 1,
	ON_EVENT = 2,
	ON_STEP = 4,
	ON_PROFILE = 8,
	ON_ROW = 16,
	ON_ITEMS = 0xff00, /* a bit for each level of array forms */
};
#define ON_ITEM(level) ((uint16_t)(0x80u << (level)))
#define TYPE(t) (1u << (t))
#define TYPE_ANY 0x7fu
#define TYPE_MAY_BE(mask, t) (((mask)&TYPE(t)) != 0)

/* A node of a tree. */
struct term {
	uint8_t op;
	uint8_t kind;  /* enum over, window, phrase, or function number */
	uint8_t types; /* the types it may have */
	bool local;    /* a time literal in wall time, recipient's zone */
	uint16_t on;   /* what it depends on */
	uint8_t unit;  /* of a calendar window */
	bool clock;    /* now - 7d: the same for every line */
	int n;
	int memo;             /* number in a run's memo, or -1 */
	int column;           /* ... in its columns, or -1 */
	int id;               /* of a window, list or aggregate in a run; -1 */
	struct term **sub;    /* the kids' canonical terms */
	struct term *near[3]; /* room for sub */
	struct path *path;
	struct term *list_of; /* of an aggregate: its filter or series */
	struct val lit;       /* literal; a window's or phrase's span */
	struct term **kid;    /* NULL: a part that was left out */
	struct term *same, *before;
	int64_t count; /* of a calendar window; an array form's level */
	struct pattern *pattern;
	struct list_file *list;
	int depth;
	uint32_t from, to; /* bytes of the text */
	/* of canonical terms */
	int uses;
	int nnames;
	uint32_t *names;     /* of a filter: the events that can match */
	struct term *rest;   /* what is left of the condition */
	struct term **steps; /* of a sequence: filters */
	struct code *code;   /* what is evaluated */
};

/*
 * A canonical term as evaluation reads it: one cache line, and those of an
 * expression one behind the other.
 */
struct code {
	uint8_t op, kind, unit;
	bool local;
	uint16_t on;
	uint16_t n;
	int32_t memo, id, column;
	bool clock;
	const struct code **sub; /* of OP_OVER: only the window */
	const struct code *near[2];
	union {
		const struct val *lit;
		const struct path *path;
		const struct code *list_of;
		const struct code **steps;
		const struct filter *filter;
		const struct pattern *pattern;
		const struct list_file *list;
	};
	union {
		int64_t count;
		const struct val *span;
	};
};

struct filter {
	const uint32_t *names;
	int nnames;
	bool posting; /* exactly the events of one name */
	const struct code *rest;
};

/* ---- the set ---- */

struct expression {
	char *text;
	size_t len;
	struct term *root; /* the tree */
	struct code *code;
	enum expr_ground ground;
	const char **events;
	bool reads_profile, reads_events;
	bool condition; /* stands where one is expected */
};

struct expr_set {
	struct expr_settings settings;
	struct arena arena, codes;
	struct expression *all;
	size_t n, cap;
	struct term **table; /* canonical terms, hashed */
	size_t ntable, nterms;
	struct term *last; /* made last: patterns are freed along it */
	struct path *paths;
	struct path **rows; /* AT_ROW, in order of slot */
	size_t nrows, rowcap;
	struct list_file *lists;
	struct intern *names; /* events that filters ask for */
	uint64_t name_lengths;
	int nmemo, ncolumn, nwindow, nlist, nover, nsequence;
	bool plan_made, uses_events, uses_times;
	int name_column, time_column;
	int zone_slot, who_slot;
	struct need *needs;
	size_t nneeds, needcap;
	char why[512];
};

struct need { /* a member that a line must have */
	const char *member, *program;
	int slot;
};

/* ---- making terms: term.c ---- */

struct term *term_new(struct expr_set *, enum op, int kids);
/* Canonical term; fills depth, on, same. */
struct term *term_same(struct expr_set *, struct term *);
struct path *path_same(
    struct expr_set *, enum where, int level, const struct js_step *, int n);
void term_number(struct expr_set *, struct term *canonical);
/* One operator in the text, two terms: is not missing, not in, !~. */
static inline bool
term_is_opposite(const struct term *t)
{
	return t->op == OP_NOT && t->kid[0]->from == t->from &&
	       t->kid[0]->to == t->to;
}

/* ---- compiling: code.c ---- */

struct code *code_of(struct expr_set *, struct term *canonical);

/* ---- parsing: lex.c and parse*.c ---- */

enum token_kind {
	T_END,
	T_NUMBER,
	T_TEXT,
	T_SPAN,
	T_TIME,
	T_NAME,
	T_QUOTED, /* a name in backquotes */
	T_MARK,   /* punctuation */
};

struct token {
	enum token_kind kind;
	uint32_t from, to;
	const char *p; /* decoded */
	size_t len;
};

struct ground { /* what a bare path reads */
	enum where where;
	int level;
	const struct ground *up;
};

struct parser {
	struct expr_set *set;
	const char *text;
	size_t len, at;
	const char *dir; /* of the rule file, for list files */
	struct token tok, ahead;
	bool peeked, part;
	uint32_t last; /* end of the token taken last */
	enum expr_ground base;
	const struct ground *ground;
	int deep;
	int step; /* inside a sequence: the step being read, else 0 */
	const struct term *odd; /* reads a member that no profile line has */
	jmp_buf out;
	size_t col;
};

_Noreturn void parse_fail(struct parser *, size_t from, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void lex_next(struct parser *); /* to tok */
const struct token *lex_peek(struct parser *);
bool lex_is(const struct token *, const char *word); /* mark or bare name */
bool parse_take(struct parser *, const char *word);
void parse_want(struct parser *, const char *mark, const char *after);
/* Something else stands behind a whole expression; what was expected. */
_Noreturn void parse_expected(struct parser *, const char *what);
struct term *parse_or(struct parser *);
struct term *parse_sum(struct parser *); /* + and - and below */
struct term *parse_done(struct parser *, struct term *, uint32_t from);
struct term *parse_path(struct parser *);
struct term *parse_literal_span(struct parser *, const char *after);
/* An aggregate or array form named by the token, or NULL. */
struct term *parse_over(struct parser *);
struct term *parse_phrase(struct parser *); /* first time (...) ..., or NULL */
struct term *parse_window(struct parser *); /* last 30d, since ..., or NULL */
/* (condition) about the history, behind a name. */
struct term *parse_condition(struct parser *, const char *name);
struct term *parse_bounds(
    struct parser *, struct term *from, struct term *to, uint32_t start);
void parse_refuse_rows(struct parser *, uint32_t from, const char *name);
struct term *parse_call(struct parser *);
struct term *parse_listed(struct parser *, struct term *value);
bool is_reserved(const struct token *);
/* Dies where the name is a word of ours in other letters (AND), or, where an
 * operator is expected, one of another language (like). */
void parse_foreign(struct parser *, const struct token *, bool operators);
void need_zone(struct parser *, size_t from, const char *what);
extern const char *const profile_members[];
extern const char *const event_members[];

/* ---- checks: check.c ---- */

/* Fill types; dies through parse_fail on what can only be a mistake. */
void check_term(struct parser *, struct term *);
/* The types of operand i with which the term may have a value. */
uint8_t term_takes(const struct term *, int i);
void check_condition(struct parser *, const struct term *);
/* Why the term, of `text`, is no condition; false: it is one.  A number is
 * never false, so nobody means one. */
bool condition_fault(
    const struct term *, const char *text, char *out, size_t room);

/* Can the comparison never be true, whatever it is about?  range.c */
bool range_empty(const struct term *);
/* Does operand i of an `and` exclude those behind it? */
bool range_excludes(const struct term *, int i);

/* ---- functions: func.c ---- */

struct func {
	const char *name;
	int least, most; /* arguments; most -1: any number */
	uint8_t types;   /* of the value */
	uint8_t takes;   /* of the arguments */
	bool zone;       /* needs one */
	bool who;        /* needs a customer, not a row */
	bool moves;      /* sets the next instant itself */
	struct val (*call)(struct expr_run *, struct val *arg, int n);
	const char *says; /* for a sentence; %1 is the first argument */
};

enum { MOST_PLACES = 18, MOST_BUCKETS = 1000000000 };

extern const struct func funcs[];
int func_find(const char *name, size_t n); /* -1 */
const char *const *func_names(void);       /* aggregates too */
struct val func_call(struct expr_run *, const struct code *);

/* ---- list files: list.c ---- */

struct list_file {
	char *name;
	struct intern *lines;
	struct list_file *next;
};

struct list_file *list_open(struct parser *, const struct token *);
bool list_has(struct expr_run *, const struct list_file *, const struct val *);
void list_free(struct list_file *);

/* ---- a run ---- */

struct list { /* events that match, and a value of each */
	uint32_t *at;
	struct val *val; /* of a series */
	size_t n, cap, valcap;
	uint64_t stamp;
	int64_t next;
};

struct memo {
	uint64_t stamp;
	int64_t next;
	struct val val;
};

struct column { /* a field of events that several terms read */
	uint64_t stamp;
	struct val
	    *val; /* by event; its type is UNREAD until it is asked for */
	size_t cap;
};
#define UNREAD UINT8_MAX

struct bounds { /* a window at t */
	uint64_t stamp;
	size_t lo, hi;    /* events in [lo, hi) */
	int64_t from, to; /* from <= t_i < to, as instants */
	int8_t from_slope, to_slope;
	int64_t next;
	bool empty; /* a bound is null */
};

struct sweep {          /* an aggregate at the last t */
	uint64_t stamp; /* of the list it is about */
	size_t a, b;    /* what it holds, [a, b) of the list */
	struct dec sum;
	size_t numbers, inexact;
	bool overflow;
	uint32_t *queue; /* positions of extremes, or groups of equal values */
	size_t head, tail, queuecap;
	uint32_t *slots, *counts; /* groups of distinct values */
	size_t nslots, slotcap, countcap, groups, distinct;
};

struct expr_run {
	const struct expr_set *set;
	const struct js_line *line;
	const struct js_val *row;
	int64_t now, next;
	uint64_t line_stamp, time_stamp, stamps;
	uint64_t clock_stamp; /* of now, wanted and the zone, not the line */
	bool timed;           /* now holds the t of this line's last call */
	bool wanted;          /* next instants are worked out */
	const struct zone *zone;
	char zone_text[64];
	size_t zone_len;
	const struct zone *zone_named;
	size_t seen; /* events at or before now */
	uint64_t seen_stamp;
	size_t event;
	size_t step[MAX_STEPS];
	struct js_val item[MAX_ITEMS];
	int64_t *time; /* of events; INT64_MIN: not parsed yet */
	size_t timecap;
	uint64_t time_line;
	const char *stamp_text; /* the text last read as a time */
	int64_t stamp_time;
	uint64_t stamp_of;    /* the line's */
	struct list *posting; /* by name */
	size_t npostings;
	uint64_t posting_stamp;
	struct memo *memo;
	struct column *column;
	struct bounds *window;
	struct list *list;
	struct sweep *sweep;
	struct val *bag; /* values of an array form being gathered */
	size_t nbag, bagcap;
	struct arena texts; /* decoded texts of this line */
	struct buf scratch;
	struct pattern_run *patterns;
	char why[256];
};

void eval(struct expr_run *, const struct code *, struct val *);
/* Without a copy where the value stands somewhere already; else in *room. */
const struct val *eval_look(
    struct expr_run *, const struct code *, struct val *room);
bool eval_truth(struct expr_run *, const struct code *);
/* Set now; wanted: the next instant will be asked for. */
void run_at(struct expr_run *, int64_t t, bool wanted);
struct val run_val(struct expr_run *, struct js_val);
struct js_val run_field(struct expr_run *, const struct path *);
/* The lower of the two, for next instants. */
static inline void
next_at(struct expr_run *r, int64_t t)
{
	if (t <= r->now)
		t = r->now + 1;
	if (t < r->next)
		r->next = t;
}

/* ---- the history: history.c ---- */

int64_t event_time(struct expr_run *, size_t event);
size_t events_seen(struct expr_run *);
const struct list *list_of(struct expr_run *, const struct code *);
const struct bounds *bounds_of(struct expr_run *, const struct code *window);
/* Positions [a, b) of a list that lie in a window (NULL: all seen). */
void list_range(struct expr_run *, const struct list *,
    const struct code *window, size_t *a, size_t *b);
/* When the clock alone takes `leave` out of a window or brings `enter` in
 * (list positions; SIZE_MAX: none). */
void window_next(struct expr_run *, const struct code *window,
    const struct list *, size_t leave, size_t enter);
#define NO_EVENT SIZE_MAX

/* ---- aggregates and the like ---- */

void eval_over(struct expr_run *, const struct code *, struct val *);
void eval_each(struct expr_run *, const struct code *, struct val *);
void eval_sequence(struct expr_run *, const struct code *, struct val *);
void eval_resumed(struct expr_run *, const struct code *, struct val *);
struct val val_average(const struct val *sum, size_t n);
/* Sets r->next by the instants at which time - span, or a local hour, day
 * ... of a moving time stops being what it is. */
void next_by_calendar(struct expr_run *, const struct val *moving, bool hour);
void next_by_months(
    struct expr_run *, const struct val *time, const struct val *result);
void next_by_order(
    struct expr_run *, int op, const struct val *, const struct val *);
/* First instant after t at which the local hour or day is another. */
int64_t next_hour(int64_t t, const struct zone *);
int64_t next_day(int64_t t, const struct zone *);

#endif
