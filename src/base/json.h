/*
 * json - the door to jansson: values that the control socket and --json speak.
 *
 * Owns     nothing: json_t is reference counted by its library
 * Threads  any, each value in one thread
 * Blocks   never
 * Units    none
 * Errors   as jansson's: NULL or -1
 * Limits   none
 * Upholds  jansson.h is included here and nowhere else
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#endif
