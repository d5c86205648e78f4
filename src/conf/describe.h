/*
 * describe - the key table, written out for people.
 *
 * Owns     nothing
 * Threads  any
 * Blocks   on the stream it writes to
 * Units    none
 * Errors   those of the stream, which the caller looks at
 * Limits   lines of at most 100 bytes
 * Upholds  every key of the table stands in both texts; the sample file loads, unedited
 */
#ifndef CONF_DESCRIBE_H
#define CONF_DESCRIBE_H

#include <stdio.h>

/* The sample file: etc/catchbasin.conf is this text. */
void describe_conf(FILE *out);
/* All keys in mdoc: the part of catchbasin.conf(5) between the marks "keys begin" and "keys end". */
void describe_man(FILE *out);

#endif
