/*
 * pin - which other process holds a transaction open, so that the write-ahead log cannot start over.
 *
 * Owns     nothing: the descriptor is SQLite's own
 * Threads  one at a time
 * Blocks   never
 * Units    none
 * Errors   0: nobody is seen; it may be this process itself
 * Limits   PIN_TEXT bytes of words
 * Upholds  no descriptor of the -shm file is opened or closed: a close would drop the locks SQLite has on it
 */
#ifndef STORE_PIN_H
#define STORE_PIN_H

#include <stddef.h>
#include <sys/types.h>

#define PIN_TEXT 96

/* The descriptor this process has of that file, found in /proc; -1: none. It stays SQLite's. */
int pin_descriptor(const char *shm);
/* The process with a lock on one of the log's read marks, asked through a descriptor of the -shm file; 0: none but ourselves. */
pid_t pin_holder(int shm_fd);
/* "process 4711 (sqlite3) keeps a transaction open". pid 0: a reader, unnamed. Gives text. */
const char *pin_words(pid_t pid, char text[PIN_TEXT]);

#endif
