/* Any bytes as a timestamp, a duration and a zone's name: what is accepted
 * must be in range and come back from its own text. */
#include <stdlib.h>
#include <string.h>

#include "when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data;
	const struct zone *z = zone_find("America/New_York", 16);
	char text[WHEN_TEXT];
	struct duration d;
	int64_t t, again;

	if (when_parse_in(p, n, z, &t)) {
		if (t < WHEN_MIN || t > WHEN_MAX)
			abort();
		when_text(t, text);
		if (!when_parse(text, WHEN_TEXT, &again) || again != t)
			abort();
		when_midnight(t, z, 1);
	}
	if (duration_parse(p, n, &d) && (d.ms < 0 || d.months < 0))
		abort();
	zone_find(p, n);
	return 0;
}
