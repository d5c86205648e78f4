/*
 * doctor - findings about the machine, and the looks that come to them.
 *
 * Owns     a list of findings
 * Threads  one
 * Blocks   as the disk: some fdatasync beside the store
 * Units    bytes, microseconds
 * Errors   what cannot be looked at is a finding, too
 * Limits   DOCTOR_TEXT bytes a text
 * Upholds  nothing is changed; whatever is made is gone before the next look
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "base/attr.h"
#include "base/json.h"
#include "conf/config.h"
#include "ctl/ctl.h"

#define DOCTOR_TEXT 400

enum doctor_verdict {
	DOCTOR_GOOD,
	DOCTOR_UNKNOWN, /* it could not be looked at from here */
	DOCTOR_LOOK,    /* it works; mending would make it better */
	DOCTOR_BAD,
};

struct doctor {
	const struct ctl *c;
	const struct config *config; /* NULL: it is not usable */
	json_t *status;              /* the running daemon's; NULL: there is none */
	json_t *findings;
};

/* Adds a finding about a subject; mend: the exact command, "" for none. */
void doctor_find(struct doctor *d, const char *subject, enum doctor_verdict v, const char *mend, const char *fmt, ...)
	PRINTF_LIKE(5, 6);

/* The running daemon's pid; 0: none. */
int doctor_pid(const struct doctor *d);

/* Limits of the kernel and of the process (doctor_limits.c). */
void doctor_limits(struct doctor *d);
/* Where the stores lie (doctor_disk.c). */
void doctor_disk(struct doctor *d);
/* Who holds the ports (doctor_ports.c). */
void doctor_ports(struct doctor *d);

#endif
