/*
 * The log: one line an event, on standard error or to syslog.
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

struct log {
	enum log_level most; /* what is less weighty is left out */
	int descriptor;      /* where the lines go, -1: to syslog */
};

/*
 * A log to standard error, or, when `to_syslog`, to syslog(3) as "uxmd". The weightiest level that
 * is left out is the one after `most`.
 */
void log_init(struct log *log, enum log_level most, bool to_syslog);

/*
 * Writes one line. Control characters and what is no UTF-8 become '?', and what is longer than 1000
 * bytes is cut. Callers give URLs as text_url_shown has them, and never secrets. A NULL log is one
 * that nobody reads.
 */
void log_line(const struct log *log, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
