/*
 * A row's fields to event lines, by the map.  A maker is one thread's; it
 * keeps its scratch memory from row to row and owns it.
 */
#ifndef CDP_INGEST_EVENT_H
#define CDP_INGEST_EVENT_H

#include "map.h"
#include "seen.h"

/* What gathered rows add to an event: the array and the exact sums. */
struct gathered {
	const struct buf *array; /* elements with commas between */
	const struct dec *sum;
	uint64_t count, size;
};

struct maker {
	const struct map *map;
	struct js_val *cell; /* by field; JS_MISSING where there is none */
	/* the whole row, hashed where there is no key */
	const struct js_val *whole;
	size_t nwhole;
	bool compact;        /* JSON cells have no blank between tokens */
	uint64_t ordinal;    /* among identical rows; 0: ask the twins */
	struct twins *twins; /* or NULL */
	const struct gathered *gathered;
	struct rest_value {      /* columns that the map does not name */
		struct text key; /* "name": */
		struct js_val value;
	} * rest;
	size_t nrest;
	const char *why;          /* of the last EVENT_BAD */
	int field;                /* that it is about, or -1 */
	uint64_t overlaps, unfit; /* counts of what was named */
	/* --hash */
	const char *key;
	size_t keylen;
	/* private */
	struct expr_run *run;
	struct js_val *row_cell;
	bool bound;
	struct arena arena; /* texts of the row */
	struct buf scratch, ids, raw, labels, sum, temp;
	struct id_slot *id;
	size_t nid, idcap;
	struct fixed *fixed; /* of each event */
	char time[WHEN_TEXT];
};

struct fixed {            /* what no row changes; len 0 where one does */
	struct buf head;  /* {"type":...,"event":... */
	struct buf event; /* the event's name alone */
	struct buf place; /* ,"channel":...,"source":... */
};

struct id_slot { /* offsets into maker.ids */
	const struct map_value *rule;
	size_t name, namelen, text, len;
	bool written;
};

enum event_got {
	EVENT_WROTE,
	EVENT_NONE, /* the map has none for this row */
	EVENT_BAD   /* why says why; nothing is appended */
};

void maker_init(struct maker *, const struct map *);
void maker_free(struct maker *);
/* A new row stands in cell. */
void maker_row(struct maker *);
/* The map's condition on rows. */
bool maker_wants(struct maker *);
/* Append event number i of the map, with its newline. */
enum event_got event_write(struct maker *, size_t i, struct buf *out);

/* ---- values ---- */

enum value_got { VALUE_NONE, VALUE_WROTE, VALUE_BAD };

/* The value as JSON text, appended. */
enum value_got value_json(
    struct maker *, const struct map_value *, struct buf *out);
/* Its text (a number's digits, a string's bytes); len 0 where it is missing.
 * Lives until the next row; *ok false: why is set. */
struct text value_cell(struct maker *, const struct js_val *);
struct text value_text(struct maker *, const struct map_value *, bool *ok);
/* An expression over the row. */
struct expr_value value_expr(struct maker *, int expr);
/* Members with commas between and before all but the first: "a":1,"b":2.
 * False: why is set. */
bool values_json(
    struct maker *, const struct map_values *, struct buf *out, bool *any);
/* A JSON text with the line ends between its tokens left out. */
void value_copy(struct buf *out, const char *p, size_t n);

/* Identifiers: "ids":{...}, then raw and unfit ones into the maker. */
bool ids_json(struct maker *, const struct map_values *, struct buf *out);

#endif
