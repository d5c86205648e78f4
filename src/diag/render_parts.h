/*
 * render_parts - sentences that text, JSON and page have in common.
 *
 * Owns     nothing
 * Threads  one
 * Blocks   never
 * Units    bytes of text
 * Errors   none: a sentence that does not fit is cut
 * Limits   RENDER_SENTENCE bytes
 * Upholds  as render.h
 */
#ifndef DIAG_RENDER_PARTS_H
#define DIAG_RENDER_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "diag/picture.h"
#include "diag/render.h"

#define RENDER_SENTENCE 1024

/* "FAILS", "PASSES", "NO FAILURE FOUND", "REPLAYED": how it went, in a word or three. Lends: static. */
const char *render_headword(const struct render_input *in);
/* "as expected", ", and should pass", …, to follow the headword. Lends: static. */
const char *render_expectation(const struct render_input *in);
/* What happened, and how far the search went. */
void render_verdict(const struct render_input *in, char *ret_text, size_t size);
/* What a search was allowed to let happen: as it is complete for that, and for nothing more. */
void render_budget(const struct render_input *in, char *ret_text, size_t size);
/* Did what is shown end badly? */
bool render_failed(const struct render_input *in);
/* "good" or "bad", "" where the case does not say. Lends: static. */
const char *render_grade(const struct render_input *in, const struct explore_outcome *o);
/* All orders together. */
uint64_t render_orders(const struct render_input *in);
/* 154,241 */
const char *render_number(uint64_t n, char ret_text[32]);
/* All of a run as JSON; gives a reference, or NULL without memory. */
json_t *render_object(const struct render_input *in);

enum render_ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_GOOD, INK_BAD, INK_LANE };
/* What is printed next has this colour; INK_LANE + thread: that of its lane. Nothing where colour is false. */
void render_ink(FILE *out, bool colour, unsigned which);
/* How it went, in full, on lines of its own. */
void render_conclusion(FILE *out, const struct render_input *in, bool colour);
/* The rows of a timeline. */
void render_lanes(FILE *out, const struct picture *p, bool colour);
/* The lines of the page's style and program, made from src/diag/page at build time; up to a NULL. Lends: static. */
const char *const *render_page_style(void);
const char *const *render_page_program(void);

#endif
