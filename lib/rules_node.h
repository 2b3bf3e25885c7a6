/*
 * Where a node stands in the text of its file; what rules.c (the file) and
 * rules_node.c (the values in it) share.  All bytes belong to the rules.
 */
#ifndef CDP_RULES_NODE_H
#define CDP_RULES_NODE_H

#include "json.h"
#include "rules.h"

/* The text of the value, with every newline made a blank. */
struct js_val node_bytes(const struct node *);
/* The place of a member's name. */
struct place node_key_place(const struct node *object, const char *name);

#endif
