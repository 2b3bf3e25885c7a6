#include <inttypes.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "mem.h"
#include "output.h"
#include "reject.h"

#define SHOWN 10 /* messages; the rest is only counted */

struct reject_settings reject_settings;

const struct opt reject_options[] = {
    {0, "rejects", "FILE", "write records that are set apart to FILE", OPT_TEXT,
	&reject_settings.rejects},
    {0, "allow-rejects", "N|P%", "exit 3 only if more than N or P% are",
	OPT_TEXT, &reject_settings.allow},
    {0, "strict", NULL, "stop at the first record that would be set apart",
	OPT_FLAG, &reject_settings.strict},
    {0, "max-line", "SIZE", "set apart lines longer than SIZE", OPT_SIZE,
	&reject_settings.max_line},
    {'q', "quiet", NULL, "no message for each record set apart", OPT_FLAG,
	&reject_settings.quiet},
    {0, "stats", "FILE", "write the counts as JSON to FILE, else to stderr",
	OPT_MAYBE, &reject_settings.stats},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

struct tally {
	const char *reason;
	uint64_t n;
};

struct reject {
	pthread_mutex_t lock;
	struct output *file;
	struct buf line, scratch;
	struct tally *tally;
	size_t ntally, cap;
	uint64_t count, allowed;
	double share; /* --allow-rejects P%: P / 100; else negative */
	struct timespec began;
};

static void
parse_allow(struct reject *r, const char *text)
{
	char *end;
	double v;
	struct dec d;
	size_t n = strlen(text);
	bool percent =
	    n > 1 && strspn(text, "0123456789.") == n - 1 && text[n - 1] == '%';

	r->share = -1;
	if (percent && dec_parse(text, n - 1, &d) && (v = dec_double(d)) >= 0 &&
	    v <= 100) {
		r->share = v / 100;
		return;
	}
	r->allowed = strtoull(text, &end, 10);
	if (percent || n == 0 || *end != '\0' || *text < '0' || *text > '9')
		usage_error("--allow-rejects: %s is neither a number nor a "
			    "percentage",
		    err_quote(text, n));
}

struct reject *
reject_open(void)
{
	struct reject *r = mem_alloc(1, sizeof *r);

	parse_allow(r, reject_settings.allow ? reject_settings.allow : "0");
	pthread_mutex_init(&r->lock, NULL);
	if (reject_settings.rejects != NULL)
		r->file = output_open(reject_settings.rejects, false);
	clock_gettime(CLOCK_MONOTONIC, &r->began);
	return r;
}

uint64_t
reject_count(const struct reject *r)
{
	return r->count;
}

static void
tally(struct reject *r, const char *reason)
{
	size_t i;

	for (i = 0; i < r->ntally; i++)
		if (strcmp(r->tally[i].reason, reason) == 0)
			break;
	if (i == r->ntally) {
		r->tally =
		    mem_grow(r->tally, &r->cap, ++r->ntally, sizeof *r->tally);
		r->tally[i].reason = reason;
		r->tally[i].n = 0;
	}
	r->tally[i].n++;
}

/* name, or name_base64 where the bytes are not UTF-8. */
static void
add_bytes(struct reject *r, const char *name, const char *p, size_t n)
{
	struct js_error e;
	struct buf *s = &r->scratch;

	s->len = 0;
	buf_json(s, p, n);
	js_pad(s);
	if (js_valid(s->p, s->len, &e)) {
		buf_addf(&r->line, "\"%s\":", name);
		buf_add(&r->line, s->p, s->len);
		return;
	}
	s->len = 0;
	buf_room(s, n / 3 * 4 + 5);
	n = (size_t)EVP_EncodeBlock(
	    (unsigned char *)s->p, (const unsigned char *)p, (int)n);
	buf_addf(&r->line, "\"%s_base64\":\"", name);
	buf_add(&r->line, s->p, n);
	buf_byte(&r->line, '"');
}

static void
write_record(struct reject *r, const struct place *at, const char *reason,
    const char *raw, size_t n)
{
	r->line.len = 0;
	buf_byte(&r->line, '{');
	add_bytes(r, "file", at->file, strlen(at->file));
	buf_addf(&r->line, ",\"line\":%" PRIu64 ",\"col\":%" PRIu64, at->line,
	    at->col);
	buf_adds(&r->line, ",\"reason\":");
	buf_jsons(&r->line, reason);
	buf_byte(&r->line, ',');
	add_bytes(r, "raw", raw, n);
	buf_adds(&r->line, "}\n");
	output_write(r->file, r->line.p, r->line.len);
}

void
reject_record(struct reject *r, const struct place *at, const char *reason,
    const char *raw, size_t n)
{
	if (reject_settings.strict)
		die_at(at, "%s", reason);
	pthread_mutex_lock(&r->lock);
	if (r->count++ < SHOWN && !reject_settings.quiet)
		warning_at(at, "%s", reason);
	tally(r, reason);
	if (r->file != NULL)
		write_record(r, at, reason, raw, n);
	pthread_mutex_unlock(&r->lock);
}

/* ---- the end ---- */

static void
check_balance(const struct counts *c)
{
	uint64_t out = c->written + c->rejected + c->filtered + c->duplicate +
		       c->superseded;

	if (c->read != out)
		die("the counts do not balance (a bug): %" PRIu64 " read, but "
		    "%" PRIu64 " written + %" PRIu64 " rejected + %" PRIu64
		    " filtered + %" PRIu64 " duplicate + %" PRIu64
		    " superseded",
		    c->read, c->written, c->rejected, c->filtered, c->duplicate,
		    c->superseded);
}

static void
add_counts(struct buf *b, const struct counts *c)
{
	const struct {
		const char *name;
		uint64_t n;
	} rows[] = {
	    {"read", c->read},
	    {"written", c->written},
	    {"rejected", c->rejected},
	    {"filtered", c->filtered},
	    {"duplicate", c->duplicate},
	    {"superseded", c->superseded},
	    {"blank", c->blank},
	    {"bytes_in", c->bytes_in},
	    {"bytes_out", c->bytes_out},
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		buf_addf(b, ",\"%s\":%" PRIu64, rows[i].name, rows[i].n);
}

static int
by_reason(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	return strcmp(x->reason, y->reason);
}

static void
add_reasons(struct buf *b, struct reject *r)
{
	size_t i;

	if (r->ntally > 0)
		mem_sort(r->tally, r->ntally, sizeof *r->tally, by_reason);
	buf_adds(b, ",\"reasons\":{");
	for (i = 0; i < r->ntally; i++) {
		if (i > 0)
			buf_byte(b, ',');
		buf_jsons(b, r->tally[i].reason);
		buf_addf(b, ":%" PRIu64, r->tally[i].n);
	}
	buf_byte(b, '}');
}

static double
seconds_since(const struct timespec *began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - began->tv_sec) +
	       (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

static void
write_stats(struct reject *r, const struct counts *c, const char *more)
{
	struct buf b = {0};
	struct output *o;

	buf_addf(&b, "{\"program\":\"%s\"", err_name());
	add_counts(&b, c);
	add_reasons(&b, r);
	if (more != NULL)
		buf_adds(&b, more);
	buf_addf(&b, ",\"seconds\":%.3f}\n", seconds_since(&r->began));
	if (*reject_settings.stats == '\0')
		fwrite(b.p, 1, b.len, stderr);
	else {
		o = output_open(reject_settings.stats, false);
		output_write(o, b.p, b.len);
		output_close(o);
	}
	buf_free(&b);
}

static void
summarise(const struct reject *r)
{
	uint64_t shown = reject_settings.quiet ? 0 : SHOWN;

	if (r->count > shown)
		warning("%" PRIu64 " records set apart in all%s", r->count,
		    shown > 0 ? ", the first 10 are shown" : "");
}

int
reject_close(struct reject *r, const struct counts *c, const char *more)
{
	bool over;

	if (r->file != NULL)
		output_close(r->file);
	check_balance(c);
	summarise(r);
	if (reject_settings.stats != NULL)
		write_stats(r, c, more);
	over = r->share >= 0 ? (double)r->count > r->share * (double)c->read
			     : r->count > r->allowed;
	pthread_mutex_destroy(&r->lock);
	buf_free(&r->line);
	buf_free(&r->scratch);
	free(r->tally);
	free(r);
	return over ? REJECTED : OK;
}
