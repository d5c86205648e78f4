/*
 * Says that a room could be linked whole with nothing but lower floors: where it cannot, this does not link.
 */
#include <stdio.h>

int main(void)
{
	printf("ok 1 - " FLOOR_ROOM " stands on lower floors only\n1..1\n");
	return 0;
}
