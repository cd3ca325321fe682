/*
 * The log: one line an event, on standard error or to syslog. It never waits for its reader: lines
 * that are not taken at once are lost, and counted.
 */
#ifndef PHONE_LOG_H
#define PHONE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_IS_ERROR = 0, /* something that ought to work does not */
	LOG_IS_WARNING,   /* something is not as it should be, and goes on */
	LOG_IS_NOTICE,    /* a step of what was asked for */
	LOG_IS_DETAIL,    /* of use when something is looked for */
};

/* Where syslog listens (syslog(3)). */
#define LOG_SYSLOG "/dev/log"

struct log {
	enum log_level most; /* what is less weighty is left out */
	int descriptor;      /* where the lines go; of syslog -1 while it is not reached */
	const char *syslog;  /* the path of its socket, NULL: the lines do not go to syslog */
	unsigned long lost;  /* lines since the last that was taken */
	struct log *self;    /* the log itself, for what changes with a line: it is not copied */
};

/*
 * A log to standard error, or to the syslog that listens at the path `syslog` (not copied), as
 * "uxmd" of the facility daemon; it need not listen yet. The weightiest level that is left out is
 * the one after `most`.
 */
void log_init(struct log *log, enum log_level most, const char *syslog);
/* Closes what log_init and log_line have opened. */
void log_release(struct log *log);

/*
 * Writes one line. Control characters and what is no UTF-8 become '?', and what is longer than 1000
 * bytes is cut. When lines were lost before it, it is led by one that says how many. Callers give
 * URLs as text_url_shown has them, and never secrets. A NULL log is one that nobody reads.
 */
void log_line(const struct log *log, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
