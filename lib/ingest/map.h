/*
 * An ingest map, cdp-map(5), compiled: which columns become what.  The map
 * owns everything in it and is only read once map_read returns; columns are
 * fields, numbered in the order of their first mention.
 */
#ifndef CDP_INGEST_MAP_H
#define CDP_INGEST_MAP_H

#include "../expr/expr.h"
#include "../intern.h"
#include "../mem.h"
#include "../pattern.h"
#include "../rules.h"
#include "id.h"
#include "stamp.h"

enum map_format { FORMAT_CSV, FORMAT_TSV, FORMAT_JSON, FORMAT_NDJSON };

struct map_input {
	enum map_format format;
	const char *encoding; /* NULL: by the mark, else UTF-8 */
	char delimiter, quote;
	bool header;
	const char **column; /* names where there is no header, or NULL */
	size_t ncolumn;
	int64_t preamble; /* rows before the header; -1: until it is found */
	struct pattern *trailer; /* a row's first cell: the end; or NULL */
	const char **null;       /* texts that mean a missing value */
	size_t nnull;
	bool trim, unmangle; /* of every cell */
};

struct map_field {
	char *name;
	int lookup;         /* number of the lookup, -1: the row */
	const char *column; /* the name without the lookup's */
	struct place at;    /* where the map names it first */
	bool optional;      /* may be absent from the header */
};

enum value_type {
	VALUE_ANY, /* a JSON value as it is, a cell as text */
	VALUE_TEXT,
	VALUE_NUMBER,
	VALUE_MONEY,
	VALUE_BOOLEAN,
	VALUE_JSON,
	VALUE_TIME,
	VALUE_PARAMS /* GA4: [{"key":...,"value":{"string_value":...}}] */
};

struct map_words { /* "values": a text to a JSON text */
	struct intern *text;
	struct text *json;
};

/* Where a member's value comes from; .given is false for one that the map
 * does not have. */
struct map_value {
	bool given;
	char *name;
	size_t namelen;
	struct text key; /* "name": */
	bool join;       /* all fields, with | between */
	int *field;      /* the first that is not missing */
	size_t nfield;
	int expr;             /* or -1 */
	int sum;              /* number of an exact sum over a group, or -1 */
	bool count;           /* rows of the group */
	struct text constant; /* JSON text */
	struct text fallback; /* JSON text where it is missing */
	enum value_type type;
	struct stamp *stamp;
	struct map_words *words;
	bool required;
	bool spread; /* "*": the members of an object */
	/* identifiers */
	enum id_form form;
	const char *country;
	int scope;           /* field that holds the scope, or -1 */
	const char *label;   /* declared unfit: "rotating" */
	const char *id_name; /* spread ids: member that holds the namespace */
	const char *id_value;
	bool hashed;
	/* reasons, each "name: what is wrong" */
	const char *missing, *wrong, *lost;
};

struct map_values {
	struct map_value *v;
	size_t n, cap;
};

struct map_event {
	int where; /* expression, or -1 */
	struct map_value type, name, channel, message_id, version, time;
	struct map_value sent, received; /* clock skew */
	bool time_optional;              /* no time: the event did not happen */
	bool gap_forward;                /* else such a time is a fault */
	struct map_values ids, traits, properties, members;
	int *key;
	size_t nkey;
	const char *gap;
};

struct map_lookup {
	char *name, *file;
	const char *key; /* column in the file */
	int on;          /* field whose value is looked for */
	struct map_input input;
	bool must;    /* a key that is not found is a fault */
	int repeated; /* 0: a fault, 1: the first, 2: the last */
	const char *missing;
};

struct map_group {
	bool given, consecutive;
	int *by;
	size_t nby;
	const char *name; /* "products" */
	struct map_values each;
	int *sum; /* expressions */
	size_t nsum, sumcap;
};

struct map {
	struct rules *rules;
	struct map_input input;
	struct map_field *field;
	size_t nfield, fieldcap;
	struct expr_set *exprs;
	int nexpr;
	int *row_field; /* field of each of the expressions' paths */
	size_t nrow_field;
	int where; /* of rows, or -1 */
	const char *source, *country, *timezone;
	const char *rest; /* "properties" or "traits" take what is not named */
	bool keep_raw;
	struct map_event *event;
	size_t nevent;
	struct map_lookup *lookup;
	size_t nlookup;
	struct map_group group;
	struct arena arena; /* all texts and arrays of the map */
	void **owned;       /* and what has a free of its own */
	void (**disown)(void *);
	size_t nowned, ownedcap, disowncap;
};

struct map *map_read(const char *file);
void map_free(struct map *);
/* One sentence a rule on what the map means, for --check. */
void map_say(const struct map *, struct buf *);

/* ---- between the map's own files ---- */

int map_field(struct map *, const char *name, const struct place *);
int map_expr(struct map *, const struct node *);
int map_where(struct map *, const struct node *); /* a condition */
void map_read_input(struct map *, const struct node *up, struct map_input *);
void map_read_value(
    struct map *, const struct node *, const char *name, struct map_value *);
void map_read_id(
    struct map *, const struct node *, const char *name, struct map_value *);
void map_read_event(struct map *, const struct node *,
    const struct map_event *shared, struct map_event *);
struct map_value *map_add(struct map *, struct map_values *, const char *name);
void map_own(struct map *, void *, void (*disown)(void *));
void *map_copy(struct map *, const void *, size_t n);
const char *map_text(struct map *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
