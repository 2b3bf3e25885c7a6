/*
 * Identifiers: their normal form, and which texts must never be one.  Owns
 * nothing; results point into the text or into the caller's scratch.
 */
#ifndef CDP_INGEST_ID_H
#define CDP_INGEST_ID_H

#include "cell.h"

enum id_form { ID_AS_IS, ID_LOWER, ID_UPPER, ID_EMAIL, ID_PHONE, ID_DIGITS };
extern const char *const id_forms[]; /* by enum, then NULL */

enum id_got {
	ID_OK,
	ID_SCIENTIFIC, /* digits are lost: the row is to be set apart */
	ID_UNFIT       /* label says why: kept, but no key */
};

/*
 * The cell un-mangled and in its normal form.  country: the calling code's
 * country for phones without one ("CN"), or NULL.  *label is set for ID_UNFIT:
 * "masked", "encrypted", or "invalid" (no phone, no e-mail).
 */
enum id_got id_normal(enum id_form, const char *country, struct text cell,
    struct buf *scratch, struct text *out, const char **label);
/* Is a phone's country known ("CN", "US" ...)? */
bool id_country(const char *country);

#endif
