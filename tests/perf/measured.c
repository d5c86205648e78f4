/* The one function whose instructions count, in a file of its own so that no compiler makes it part of another. */
#include "cost.h"

void measured(void (*part)(void *arg), void *arg)
{
	part(arg);
}
