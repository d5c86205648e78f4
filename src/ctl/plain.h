/*
 * plain - bytes from anywhere, made safe for a terminal, for JSON and for CSV.
 *
 * Owns     nothing
 * Threads  one
 * Blocks   as the stream written to
 * Units    bytes; columns of a terminal
 * Errors   those of the stream, which the end of the program asks for
 * Limits   none
 * Upholds  no control character of C0 or C1, nothing that turns the direction of writing, and no line end leaves as such;
 *          valid UTF-8 else stays; whatever is no UTF-8 is shown as \xNN
 */
#ifndef CTL_PLAIN_H
#define CTL_PLAIN_H

#include <stddef.h>
#include <stdio.h>

/* For people: \n \t \r, \xNN for other bytes that must not leave. Returns the columns it takes. */
size_t plain_write(FILE *out, const char *bytes, size_t len);
/* How many columns it would take. */
size_t plain_width(const char *bytes, size_t len);
/* A JSON string with its quotes; the bytes are UTF-8, or what is not is replaced by U+FFFD. */
void plain_json(FILE *out, const char *bytes, size_t len);
void plain_base64(FILE *out, const char *bytes, size_t len);
/* A field of CSV (RFC 4180), in quotes where it needs them, else exactly as it is. */
void plain_csv(FILE *out, const char *bytes, size_t len);

#endif
