#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "err.h"
#include "forget.h"
#include "input.h"
#include "json.h"
#include "mem.h"
#include "when.h"

#define UNASKED (INT64_MIN + 1)

struct forgotten {
	struct buf key;
	struct intern *hash;
	int64_t *until; /* by hash */
	size_t cap;
	int64_t *asked; /* by id */
	size_t nasked, askedcap;
};

static void
read_key(const char *file, struct buf *key)
{
	char block[4096];
	ssize_t n = 0;
	int fd;

	if (file == NULL)
		usage_error(
		    "forgetting needs --key-file: the key of the hashes");
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s:", file);
	while ((n = read(fd, block, sizeof block)) > 0)
		buf_add(key, block, (size_t)n);
	if (n < 0)
		die("%s:", file);
	close(fd);
	if (key->len > 0 && key->p[key->len - 1] == '\n')
		key->len--;
	if (key->len == 0)
		die("%s: the key is empty", file);
}

static void
hash_id(const struct evidence *ev, uint32_t id, const struct buf *key,
    unsigned char out[DIGEST_SIZE])
{
	struct buf text = {0};

	evidence_text(ev, id, &text);
	digest_hmac(key->p, key->len, text.p, text.len, out);
	buf_free(&text);
}

static bool
unhex(const char *p, unsigned char out[DIGEST_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	const char *a, *b;
	int i;

	for (i = 0; i < DIGEST_SIZE; i++) {
		a = strchr(hex, p[2 * i] | 32);
		b = strchr(hex, p[2 * i + 1] | 32);
		if (a == NULL || b == NULL || *a == '\0' || *b == '\0')
			return false;
		out[i] = (unsigned char)((a - hex) << 4 | (b - hex));
	}
	return true;
}

static bool
take(struct forgotten *f, struct js_val hash, struct js_val until)
{
	unsigned char md[DIGEST_SIZE];
	uint32_t i, count;
	int64_t t;

	if (hash.type != JS_STRING || hash.len != 2 * DIGEST_SIZE + 2 ||
	    !unhex(hash.p + 1, md) || until.type != JS_STRING ||
	    !when_parse(until.p + 1, until.len - 2, &t))
		return false;
	count = intern_count(f->hash);
	i = intern_add(f->hash, (const char *)md, sizeof md);
	f->until = mem_grow(f->until, &f->cap, i + (size_t)1, sizeof *f->until);
	if (i == count || t > f->until[i])
		f->until[i] = t;
	return true;
}

static void
read_lines(struct forgotten *f, const char *file)
{
	char *const files[] = {(char *)(uintptr_t)file};
	struct input *in = input_open(files, 1, 0);
	struct input_line line;
	struct js_error e;
	struct js_val v;

	while (input_line(in, &line)) {
		if (line.len == 0)
			continue;
		if (!js_valid(line.p, line.len, &e))
			die_at(&line.at, "%s", e.why);
		v = (struct js_val){line.p, (uint32_t)line.len, JS_OBJECT, 0};
		if (*line.p != '{' ||
		    !take(f, js_member(v, "hash", 4), js_member(v, "until", 5)))
			die_at(&line.at,
			    "expected {\"hash\": 64 hexadecimal digits, "
			    "\"until\": a time}, as --forget writes it");
	}
	input_close(in);
}

struct forgotten *
forgotten_read(const char *file, const char *key_file)
{
	struct forgotten *f = mem_alloc(1, sizeof *f);

	read_key(key_file, &f->key);
	f->hash = intern_new();
	read_lines(f, file);
	return f;
}

int64_t
forgotten_until(struct forgotten *f, const struct evidence *ev, uint32_t id)
{
	unsigned char md[DIGEST_SIZE];
	uint32_t h;

	f->asked =
	    mem_grow(f->asked, &f->askedcap, (size_t)id + 1, sizeof *f->asked);
	for (; f->nasked <= id; f->nasked++)
		f->asked[f->nasked] = UNASKED;
	if (f->asked[id] != UNASKED)
		return f->asked[id];
	hash_id(ev, id, &f->key, md);
	h = intern_find(f->hash, (const char *)md, sizeof md);
	f->asked[id] = h == INTERN_NONE ? INT64_MIN : f->until[h];
	return f->asked[id];
}

void
forget_lines(const struct links *l, uint32_t rank, const char *key_file,
    int64_t until, struct buf *out)
{
	unsigned char md[DIGEST_SIZE];
	struct buf key = {0};
	uint32_t i;

	read_key(key_file, &key);
	for (i = l->start[rank]; i < l->start[rank + 1]; i++) {
		hash_id(l->ev, l->member[i], &key, md);
		buf_adds(out, "{\"hash\":\"");
		digest_hex(md, sizeof md, out);
		buf_adds(out, "\",\"until\":");
		when_json(until, out);
		buf_adds(out, "}\n");
	}
	buf_free(&key);
}
