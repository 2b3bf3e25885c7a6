#include "synth/words.h"
#include "synth/world.h"

/* Questions about identifiers: far from those about visits. */
enum {
	ID_PREFIX = 1u << 20,
	ID_OPENID,
	ID_UNIONID = ID_OPENID + 8,
	ID_ANONYMOUS = ID_UNIONID + 8,
	ID_DEVICE = ID_ANONYMOUS + 8,
	ID_NAME,
	ID_GIVEN = ID_NAME + 8,
	ID_NICK,
	ID_CITY,
	ID_STORE
};

/* The same number of digits for everybody, and nobody's twice: n * factor
 * modulo a power of ten that the factor shares no divisor with. */
static uint64_t
scatter(uint64_t n, uint64_t factor, uint64_t modulo)
{
	__extension__ typedef unsigned __int128 wide;

	return (uint64_t)((wide)n * factor % modulo);
}

static void
add_digits(struct buf *b, uint64_t v, int n)
{
	char *p;

	buf_room(b, (size_t)n);
	p = b->p + b->len;
	for (int i = n - 1; i >= 0; i--, v /= 10)
		p[i] = (char)('0' + v % 10);
	b->len += (size_t)n;
}

static void
add_letters(struct buf *b, uint64_t key, unsigned question, int n)
{
	static const char set[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrs"
	    "tuvwxyz0123456789-_";

	for (int i = 0; i < n; i += 10) {
		uint64_t bits = draw_of(key, question++);

		for (int k = i; k < n && k < i + 10; k++, bits >>= 6)
			buf_byte(b, set[bits & 63]);
	}
}

static void
add_hex(struct buf *b, uint64_t bits, int n)
{
	for (int i = n - 1; i >= 0; i--)
		buf_byte(b, "0123456789abcdef"[bits >> 4 * i & 15]);
}

static void
add_uuid(struct buf *b, uint64_t hi, uint64_t lo)
{
	add_hex(b, hi >> 32, 8);
	buf_byte(b, '-');
	add_hex(b, hi >> 16, 4);
	buf_adds(b, "-4");
	add_hex(b, hi, 3);
	buf_byte(b, '-');
	buf_byte(b, "89ab"[lo >> 62]);
	add_hex(b, lo >> 48, 3);
	buf_byte(b, '-');
	add_hex(b, lo, 12);
}

void
person_phone(const struct person *p, int which, struct buf *b)
{
	static const char *const prefix[] = {"138", "139", "136", "158", "159",
	    "186", "188", "177", "133", "150"};

	buf_adds(b, prefix[draw_of(p->key, ID_PREFIX) % 10]);
	add_digits(b,
	    scatter(2 * p->number + (uint64_t)which + 1, 15485863, 100000000),
	    8);
}

void
person_nick(const struct person *p, struct buf *b)
{
	buf_adds(b, nicks[draw_of(p->key, ID_NICK) % nnicks]);
	add_digits(b, scatter(p->number, 179424673, 1000000000), 9);
}

void
person_youzan(const struct person *p, struct buf *b)
{
	buf_adds(b, "yz");
	add_digits(b, scatter(p->number, 9999999967, 100000000000000), 14);
}

void
person_openid(const struct person *p, struct buf *b)
{
	buf_adds(b, "oX");
	add_letters(b, p->key, ID_OPENID, 26);
}

void
person_unionid(const struct person *p, struct buf *b)
{
	buf_adds(b, "o6_bm");
	add_letters(b, p->key, ID_UNIONID, 23);
}

void
person_user(const struct person *p, struct buf *b)
{
	buf_byte(b, 'u');
	add_digits(b, scatter(p->number, 122949829, 1000000000), 9);
}

void
person_card(const struct person *p, struct buf *b)
{
	buf_adds(b, "VIP");
	add_digits(b, scatter(p->number, 141650963, 1000000000), 9);
}

void
person_email(const struct person *p, struct buf *b)
{
	add_digits(b, scatter(p->number, 160481219, 1000000000), 9);
	buf_adds(b, "@example.com");
}

void
person_anonymous(const struct person *p, int device, struct buf *b)
{
	unsigned q = ID_ANONYMOUS + 2 * (unsigned)device;

	add_uuid(b, draw_of(p->key, q), draw_of(p->key, q + 1));
}

void
person_device(const struct person *p, int device, struct buf *b)
{
	add_hex(b, draw_next(p->key ^ ID_DEVICE, (uint64_t)device), 16);
}

void
person_name(const struct person *p, struct buf *b)
{
	buf_adds(b, surnames[draw_of(p->key, ID_NAME) % nsurnames]);
	buf_adds(b, given_names[draw_of(p->key, ID_GIVEN) % ngiven_names]);
}

size_t
person_city(const struct person *p)
{
	return draw_of(p->key, ID_CITY) % ncities;
}

void
store_tablet(const struct world *w, uint64_t store, bool device, struct buf *b)
{
	uint64_t key = draw_next(w->key ^ ID_STORE, store);

	if (device)
		add_hex(b, key, 16);
	else
		add_uuid(b, key, draw_next(key, 1));
}
