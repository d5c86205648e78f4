/*
 * hint - the known name that somebody who mistyped most likely meant.
 *
 * Owns     nothing
 * Threads  any
 * Blocks   never
 * Units    edits: one letter more, less or other, or two neighbours swapped; upper and lower case are the same
 * Errors   none
 * Limits   names longer than HINT_MAX bytes get no hint
 * Upholds  no hint rather than a far-fetched one: at most one edit in three letters
 */
#ifndef CONF_HINT_H
#define CONF_HINT_H

#define HINT_MAX 64

/* A search in progress; start with {.given = …}. Lends: best is one of the offered names, NULL if none is near. */
struct hint {
	const char *given;
	const char *best;
	unsigned edits;
};

/* Offers a known name; of equally near ones the first stays. */
void hint_offer(struct hint *h, const char *known);
/* Edits between two names; HINT_MAX + 1 if either is longer than HINT_MAX. */
unsigned hint_distance(const char *a, const char *b);

#endif
