#include <math.h>

#include "digest.h"
#include "draw.h"
#include "interval.h"
#include "test.h"

static void
same_hex(const unsigned char *md, const char *want)
{
	struct buf b = {0};

	digest_hex(md, DIGEST_SIZE, &b);
	buf_byte(&b, '\0');
	assert_string_equal(b.p, want);
	buf_free(&b);
}

/* FIPS 180-4's examples. */
static void
sha256(void **state)
{
	static const char long_one[] =
	    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	unsigned char md[DIGEST_SIZE];
	struct digest *d = digest_new();

	(void)state;
	digest_sha256("abc", 3, md);
	same_hex(md,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_add(d, long_one, 10);
	digest_add(d, long_one + 10, sizeof long_one - 11);
	digest_end(d, md);
	same_hex(md,
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* RFC 4231, test case 2. */
static void
hmac(void **state)
{
	unsigned char md[DIGEST_SIZE];

	(void)state;
	digest_hmac("Jefe", 4, "what do ya want for nothing?", 28, md);
	same_hex(md,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/* RFC 9562, appendix A.4. */
static void
uuid(void **state)
{
	static const char dns[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
	unsigned char space[16];
	char out[UUID_TEXT + 1];

	(void)state;
	assert_true(uuid_parse(dns, UUID_TEXT, space));
	uuid5(space, "www.example.com", 15, out);
	assert_string_equal(out, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
	assert_false(uuid_parse(dns, UUID_TEXT - 1, space));
	assert_false(
	    uuid_parse("6ba7b810-9dad-11d1-80b4_00c04fd430c8", 36, space));
	assert_false(
	    uuid_parse("6ba7b810-9dad-11d1-80b4-00c04fd430cg", 36, space));
}

/* SplitMix64 from seed 1234567: the published reference sequence.  The key is
 * what sha256sum prints of "salt\0who". */
static void
draws(void **state)
{
	(void)state;
	assert_true(draw_next(1234567, 0) == 6457827717110365317u);
	assert_true(draw_next(1234567, 1) == 3203168211198807973u);
	assert_true(draw_next(1234567, 2) == 9817491932198370423u);
	assert_true(draw_key("salt", 4, "who", 3) == 0x5b7a683a85b79af2u);
	assert_true(draw_unit(0) == 0.0);
	assert_true(draw_unit(UINT64_MAX) < 1.0);
}

/* Newton on the distribution function, from a logistic guess; the upper half
 * by symmetry, so that the tail keeps its digits. */
static double
normal_quantile(double p)
{
	double z, step;
	int i;

	if (p > 0.5)
		return -normal_quantile(1 - p);
	if (p <= 0)
		return -INFINITY;
	z = p < 0.02 ? -sqrt(-2 * log(p)) : log(p / (1 - p)) / 1.702;
	for (i = 0; i < 60; i++) {
		step = (normal_cdf(z) - p) * sqrt(2 * M_PI) * exp(z * z / 2);
		step = fmin(fmax(step, -1), 1);
		z -= step;
		if (fabs(step) <= 1e-15 * fmax(1, fabs(z)))
			break;
	}
	return z;
}

static void
normals(void **state)
{
	static const uint64_t bits[] = {0, 1ull << 11, 1ull << 20, 1ull << 36,
	    1ull << 52, 1ull << 60, 3ull << 61, 1ull << 63, UINT64_MAX - 4096,
	    UINT64_MAX};
	double z, p;
	size_t i;

	(void)state;
	/* R: qnorm(1e-10) */
	assert_true(fabs(normal_quantile(1e-10) + 6.361340902404056) < 1e-12);
	for (i = 0; i < 10000; i++) {
		uint64_t b = i < 10 ? bits[i] : draw_next(7, i);

		p = draw_unit(b) * (1 - 0x1p-53) + 0x1p-54;
		z = normal_quantile(p);
		assert_true(
		    fabs(draw_normal(b) - z) <= 1e-13 * fabs(z) + 1e-15);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sha256),
	    cmocka_unit_test(hmac),
	    cmocka_unit_test(uuid),
	    cmocka_unit_test(draws),
	    cmocka_unit_test(normals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
