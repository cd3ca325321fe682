/* The log. */
#include "phone/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "phone/text.h"

#define LINE_MOST 1000

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_IS_ERROR] = {"error: ", LOG_ERR},
	[LOG_IS_WARNING] = {"warning: ", LOG_WARNING},
	[LOG_IS_NOTICE] = {"", LOG_NOTICE},
	[LOG_IS_DETAIL] = {"", LOG_DEBUG},
};

void log_init(struct log *log, enum log_level most, const char *syslog)
{
	*log = (struct log){
		.most = most,
		.descriptor = syslog != NULL ? -1 : STDERR_FILENO,
		.syslog = syslog,
		.self = log,
	};
}

void log_release(struct log *log)
{
	if (log->syslog != NULL && log->descriptor >= 0)
		close(log->descriptor);
	log->descriptor = -1;
}

/* False, and nobody waited: it does not take the line now. */
static bool put(const struct log *log, enum log_level level, const char *text)
{
	struct pollfd writable = {.fd = log->descriptor, .events = POLLOUT};
	char line[2 * LINE_MOST];
	int length = snprintf(line, sizeof(line), "uxmd: %s%s\n", levels[level].name, text);

	/* A pipe that is writable takes PIPE_BUF bytes (pipe(7)), which are more than a line. One
	 * write, so that lines of several processes do not mix. */
	return poll(&writable, 1, 0) == 1 && write(log->descriptor, line, (size_t)length) == length;
}

/* Whoever serves syslog may be started anew, and then has another socket. */
static bool reach_syslog(struct log *log)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	log_release(log);
	if (strlen(log->syslog) >= sizeof(to.sun_path))
		return false;
	memcpy(to.sun_path, log->syslog, strlen(log->syslog) + 1);
	log->descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (log->descriptor < 0)
		return false;
	if (connect(log->descriptor, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return true;
	log_release(log);
	return false;
}

/* As syslog(3) does it, which waits for a reader that is slow: RFC 3164, sections 4.1.1 to 4.1.3,
 * without the host's name. */
static bool put_syslog(struct log *log, enum log_level level, const char *text)
{
	char line[2 * LINE_MOST];
	char when[32] = "";
	time_t now = time(NULL);
	struct tm parts;
	int length;

	if (localtime_r(&now, &parts) != NULL)
		(void)strftime(when, sizeof(when), "%b %e %H:%M:%S ", &parts);
	length = snprintf(line, sizeof(line), "<%d>%suxmd[%d]: %s",
			  LOG_DAEMON | levels[level].priority, when, (int)getpid(), text);
	if (log->descriptor >= 0 && send(log->descriptor, line, (size_t)length, 0) == length)
		return true;
	if (log->descriptor >= 0 && (errno == EAGAIN || errno == ENOBUFS))
		return false;
	return reach_syslog(log) && send(log->descriptor, line, (size_t)length, 0) == length;
}

static bool put_line(struct log *log, enum log_level level, const char *text)
{
	return log->syslog != NULL ? put_syslog(log, level, text) : put(log, level, text);
}

void log_line(const struct log *log, enum log_level level, const char *format, ...)
{
	char text[2 * LINE_MOST];
	char clean[LINE_MOST];
	va_list arguments;
	struct log *self;

	if (log == NULL || level > log->most)
		return;
	self = log->self;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_take(clean, sizeof(clean), text);
	if (self->lost > 0) {
		snprintf(text, sizeof(text),
			 "%lu lines of the log were lost: nobody took them in time.", self->lost);
		if (put_line(self, LOG_IS_WARNING, text))
			self->lost = 0;
	}
	if (!put_line(self, level, clean))
		self->lost++;
}
