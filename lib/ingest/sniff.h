/*
 * A first map for files that nobody has seen: encoding, delimiter, preamble,
 * columns with their types, each guess with its reason.  Owns nothing.
 */
#ifndef CDP_INGEST_SNIFF_H
#define CDP_INGEST_SNIFF_H

/* Writes the map to output (NULL: stdout); the exit status. */
int sniff_files(char *const *files, int n, const char *output);

#endif
