/* Here a mistyped name meets the known ones. */
#include "conf/hint.h"

#include <ctype.h>
#include <string.h>

#include "base/attr.h"

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static int fold(const char *text, size_t i)
{
	return tolower((unsigned char)text[i]);
}

/* Optimal string alignment, three rows at a time. */
unsigned hint_distance(const char *a, const char *b)
{
	size_t alen = strlen(a), blen = strlen(b);
	unsigned rows[3][HINT_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2], *spare;

	if (alen > HINT_MAX || blen > HINT_MAX)
		return HINT_MAX + 1;
	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= blen; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= alen; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= blen; j++) {
			row[j] = least(least(above[j], row[j - 1]) + 1,
				       above[j - 1] + (fold(a, i - 1) != fold(b, j - 1)));
			if (i > 1 && j > 1 && fold(a, i - 1) == fold(b, j - 2) && fold(a, i - 2) == fold(b, j - 1))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[blen];
}

void hint_offer(struct hint *h, const char *known)
{
	unsigned edits = hint_distance(h->given, known);
	size_t given = strlen(h->given), len = strlen(known);

	if (len < given)
		len = given;
	if (edits > (len + 2) / 3 || edits >= len)
		return;
	if (h->best && edits >= h->edits)
		return;
	h->best = known;
	h->edits = edits;
}
