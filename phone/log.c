/* The log. */
#include "phone/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "phone/text.h"

#define LINE_MOST 1000

void log_init(struct log *log, enum log_level most, bool to_syslog)
{
	log->most = most;
	log->descriptor = to_syslog ? -1 : STDERR_FILENO;
	if (to_syslog)
		openlog("uxmd", LOG_PID, LOG_DAEMON);
}

void log_line(const struct log *log, enum log_level level, const char *format, ...)
{
	static const struct {
		const char *name;
		int priority;
	} levels[] = {
		[LOG_IS_ERROR] = {"error: ", LOG_ERR},
		[LOG_IS_WARNING] = {"warning: ", LOG_WARNING},
		[LOG_IS_NOTICE] = {"", LOG_NOTICE},
		[LOG_IS_DETAIL] = {"", LOG_DEBUG},
	};
	char text[2 * LINE_MOST];
	char clean[LINE_MOST];
	va_list arguments;

	if (log == NULL || level > log->most)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_take(clean, sizeof(clean), text);
	if (log->descriptor < 0) {
		syslog(levels[level].priority, "%s", clean);
		return;
	}
	/* One write, so that lines of several processes do not mix. */
	snprintf(text, sizeof(text), "uxmd: %s%s\n", levels[level].name, clean);
	if (write(log->descriptor, text, strlen(text)) < 0)
		return;
}
