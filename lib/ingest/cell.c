#include <string.h>
#include <strings.h>

#include "cell.h"

/* Length of the blank at p, or 0. */
static size_t
blank(const char *p, size_t n)
{
	static const struct text wide[] = {
	    {"\xc2\xa0", 2}, {"\xe3\x80\x80", 3}, {"\xef\xbb\xbf", 3}};
	size_t i;

	if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
		return 1;
	if ((unsigned char)*p < 0x80)
		return 0;
	for (i = 0; i < sizeof wide / sizeof *wide; i++)
		if (n >= wide[i].len && memcmp(p, wide[i].p, wide[i].len) == 0)
			return wide[i].len;
	return 0;
}

/* Blanks begin with ASCII, C2, E3 or EF and end with ASCII, A0, 80 or BF. */
static bool
solid(struct text t)
{
	unsigned char c = (unsigned char)t.p[0];
	unsigned char d = (unsigned char)t.p[t.len - 1];

	return c > ' ' && c != 0xc2 && c != 0xe3 && c != 0xef && d > ' ' &&
	       d != 0xa0 && d != 0x80 && d != 0xbf;
}

struct text
cell_trim(struct text t)
{
	size_t k, i;

	if (t.len > 0 && solid(t))
		return t;
	while (t.len > 0 && (k = blank(t.p, t.len)) > 0) {
		t.p += k;
		t.len -= k;
	}
	for (i = 1; i <= 3 && i <= t.len; i++)
		if (blank(t.p + t.len - i, i) == i) {
			t.len -= i;
			i = 0;
		}
	return t;
}

struct text
cell_bare(struct text t)
{
	t = cell_trim(t);
	if (t.len >= 3 && t.p[0] == '=' && t.p[1] == '"' &&
	    t.p[t.len - 1] == '"') {
		t.p += 2;
		t.len -= 3;
	} else if (t.len > 0 && (t.p[0] == '\'' || t.p[0] == '`')) {
		t.p++;
		t.len--;
	} else
		return t;
	return cell_trim(t);
}

/* The ASCII of the full-width character at p, or 0. */
static char
narrow(const unsigned char *p, size_t n)
{
	if (n < 3)
		return 0;
	if (p[0] == 0xe3 && p[1] == 0x80 && p[2] == 0x80)
		return ' ';
	if (p[0] != 0xef || (p[1] != 0xbc && p[1] != 0xbd))
		return 0;
	if (p[1] == 0xbc && p[2] >= 0x81)
		return (char)(p[2] - 0x81 + '!');
	if (p[1] == 0xbd && p[2] <= 0x9e)
		return (char)(p[2] - 0x80 + '`');
	return 0;
}

struct text
cell_narrow(struct text t, struct buf *scratch)
{
	size_t i, at = scratch->len;
	char c;

	for (i = 0; i < t.len; i++)
		if (((unsigned char)t.p[i] == 0xef ||
			(unsigned char)t.p[i] == 0xe3) &&
		    narrow((const unsigned char *)t.p + i, t.len - i) != 0)
			break;
	if (i == t.len)
		return t;
	buf_add(scratch, t.p, i);
	while (i < t.len) {
		c = narrow((const unsigned char *)t.p + i, t.len - i);
		buf_byte(scratch, c != 0 ? c : t.p[i]);
		i += c != 0 ? 3 : 1;
	}
	return text_of(scratch->p + at, scratch->len - at);
}

struct text
cell_name(struct text t, struct buf *scratch)
{
	return cell_trim(cell_narrow(t, scratch));
}

static size_t
digits(struct text t, size_t i)
{
	size_t from = i;

	while (i < t.len && t.p[i] >= '0' && t.p[i] <= '9')
		i++;
	return i - from;
}

bool
cell_is_number(struct text t)
{
	size_t i = t.len > 0 && t.p[0] == '-', k = digits(t, i);

	if (k == 0 || (k > 1 && t.p[i] == '0'))
		return false;
	i += k;
	if (i < t.len && t.p[i] == '.') {
		k = digits(t, i + 1);
		if (k == 0)
			return false;
		i += 1 + k;
	}
	if (i < t.len && (t.p[i] == 'e' || t.p[i] == 'E')) {
		i++;
		i += i < t.len && (t.p[i] == '+' || t.p[i] == '-');
		k = digits(t, i);
		if (k == 0)
			return false;
		i += k;
	}
	return i == t.len;
}

bool
cell_is_scientific(struct text t)
{
	size_t i = digits(t, 0), k;

	if (i == 0)
		return false;
	if (i < t.len && t.p[i] == '.')
		i += 1 + digits(t, i + 1);
	if (i == t.len || (t.p[i] != 'E' && t.p[i] != 'e'))
		return false;
	i++;
	if (i < t.len && t.p[i] != '+')
		return false; /* 12E45 and 1e-5 may be codes */
	k = digits(t, i + 1);
	return k > 0 && i + 1 + k == t.len;
}

size_t
cell_whole(struct text t)
{
	size_t i = digits(t, 0), k;

	if (i == 0 || i == t.len || t.p[i] != '.')
		return 0;
	for (k = i + 1; k < t.len && t.p[k] == '0'; k++)
		;
	return k == t.len && k - i >= 2 && k - i <= 3 ? i : 0;
}

static struct text
cut(struct text t, size_t n)
{
	return text_of(t.p + n, t.len - n);
}

static struct text
cut_currency(struct text t)
{
	static const char *const signs[] = {"\xc2\xa5", "\xef\xbf\xa5", "$",
	    "\xe2\x82\xac", "\xc2\xa3", "CNY", "RMB", "USD"};
	size_t i, n;

	for (i = 0; i < sizeof signs / sizeof *signs; i++) {
		n = strlen(signs[i]);
		if (t.len > n && memcmp(t.p, signs[i], n) == 0)
			return cell_trim(cut(t, n));
	}
	return t;
}

/* 1,234,567: the digits without commas; false: the groups are wrong. */
static bool
add_groups(struct text *t, struct buf *out)
{
	size_t k = digits(*t, 0);
	bool grouped = k > 0 && k <= 3 && k < t->len && t->p[k] == ',';

	buf_add(out, t->p, k);
	*t = cut(*t, k);
	while (grouped && t->len > 0 && t->p[0] == ',') {
		if (digits(*t, 1) != 3)
			return false;
		buf_add(out, t->p + 1, 3);
		*t = cut(*t, 4);
	}
	return true;
}

static void
no_leading_zeros(struct buf *out, size_t from)
{
	size_t zeros = 0, n = out->len - from;

	if (n == 0) {
		buf_byte(out, '0');
		return;
	}
	while (zeros + 1 < n && out->p[from + zeros] == '0')
		zeros++;
	memmove(out->p + from, out->p + from + zeros, n - zeros);
	out->len -= zeros;
}

bool
cell_money(struct text t, struct buf *out)
{
	size_t start = out->len, from;
	bool minus;

	t = cell_trim(t);
	minus = t.len > 2 && t.p[0] == '(' && t.p[t.len - 1] == ')';
	if (minus)
		t = cell_trim(text_of(t.p + 1, t.len - 2));
	t = cut_currency(t);
	if (!minus && t.len > 1 && (t.p[0] == '-' || t.p[0] == '+')) {
		minus = t.p[0] == '-';
		t = cut_currency(cell_trim(cut(t, 1)));
	}
	if (minus)
		buf_byte(out, '-');
	from = out->len;
	if (!add_groups(&t, out) ||
	    (out->len == from && (t.len < 2 || t.p[0] != '.')))
		return false;
	no_leading_zeros(out, from);
	if (t.len > 1 && t.p[0] == '.' && digits(t, 1) == t.len - 1) {
		buf_add(out, t.p, t.len);
		t = cut(t, t.len);
	}
	return t.len == 0 && out->len > start;
}

int
cell_truth(struct text t)
{
	static const char *const words[] = {"0", "1", "false", "true", "no",
	    "yes", "n", "y", "off", "on", "否", "是"};
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == t.len &&
		    strncasecmp(words[i], t.p, t.len) == 0)
			return (int)(i % 2);
	return -1;
}
