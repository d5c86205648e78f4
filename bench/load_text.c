/* Makes messages like those of RFC 5424, with connection and number in their last bytes. */
#include "config.h"

#include "load.h"

#include <stdio.h>
#include <string.h>

static void digits(char *to, int count, uint64_t value)
{
	while (count-- > 0) {
		to[count] = (char)('0' + value % 10);
		value /= 10;
	}
}

void text_make(char *to, size_t size, bool stamp, int c)
{
	static const char long_head[] = "<14>1 2026-11-22T12:00:00.000000Z bench load 1 - - ";
	static const char short_head[] = "<14>1 ";
	static const char filler[] = "the quick brown fox jumps over the lazy dog ";
	size_t tail = LOAD_TAIL + (stamp ? LOAD_STAMP : 0), room = size - tail;
	const char *head = room > sizeof(long_head) ? long_head : short_head;
	size_t len = strlen(head);

	memcpy(to, head, len);
	for (size_t i = len; i < room; i++)
		to[i] = i == room - 1 ? ' ' : filler[(i - len) % (sizeof(filler) - 1)];
	if (stamp)
		text_stamp(to, size, 0);
	text_connection(to, size, c);
	to[size - 10] = ' ';
	text_number(to, size, 0);
}

void text_connection(char *message, size_t size, int c)
{
	digits(message + size - LOAD_TAIL, 4, (uint64_t)c);
}

void text_number(char *message, size_t size, uint32_t number)
{
	digits(message + size - 9, 9, number);
}

void text_stamp(char *message, size_t size, int64_t at)
{
	char *to = message + size - LOAD_TAIL - LOAD_STAMP;

	digits(to, LOAD_STAMP - 1, (uint64_t)at);
	to[LOAD_STAMP - 1] = ' ';
}
