/*
 * Lines from standard input.
 */
#include "tools/module/order.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void order_parse(const char *text, struct order_line *line)
{
	static const struct {
		const char *word;
		enum order order;
	} words[] = {
		{"unplug", ORDER_UNPLUG},
		{"plug", ORDER_PLUG},
		{"power-loss", ORDER_POWER_LOSS},
		{"quit", ORDER_QUIT},
	};
	size_t length;

	line->order = ORDER_NONE;
	line->serial[0] = '\0';
	text += strspn(text, " \t\r");
	length = strcspn(text, " \t\r");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) == length && memcmp(words[i].word, text, length) == 0)
			line->order = words[i].order;
	}
	text += length;
	text += strspn(text, " \t\r");
	length = strcspn(text, " \t\r");
	if (length >= sizeof(line->serial)) {
		line->order = ORDER_NONE;
		return;
	}
	memcpy(line->serial, text, length);
	line->serial[length] = '\0';
}

void order_open(struct order_reader *reader, int fd)
{
	*reader = (struct order_reader){.fd = fd};
}

int order_fd(const struct order_reader *reader)
{
	return reader->fd;
}

/* Takes the first line out of the buffer. */
static bool take_line(struct order_reader *reader, struct order_line *line)
{
	char *end = memchr(reader->text, '\n', reader->got);
	size_t used;

	if (end == NULL && reader->got < sizeof(reader->text))
		return false;
	if (end == NULL) {
		/* Too long to be an order. */
		reader->got = 0;
		*line = (struct order_line){.order = ORDER_NONE};
		return true;
	}
	*end = '\0';
	used = (size_t)(end - reader->text) + 1;
	order_parse(reader->text, line);
	memmove(reader->text, reader->text + used, reader->got - used);
	reader->got -= used;
	return true;
}

/* The descriptor may be somebody else's too, and is not made non-blocking: it is asked first. */
static bool has_more(int fd)
{
	struct pollfd poll_one = {.fd = fd, .events = POLLIN};

	return poll(&poll_one, 1, 0) == 1;
}

bool order_read(struct order_reader *reader, struct order_line *line)
{
	while (!take_line(reader, line)) {
		ssize_t some;

		if (reader->fd < 0 || !has_more(reader->fd))
			return false;
		some = read(reader->fd, reader->text + reader->got,
			    sizeof(reader->text) - reader->got);
		if (some < 0 && errno == EINTR)
			continue;
		if (some <= 0) {
			reader->fd = -1;
			return false;
		}
		reader->got += (size_t)some;
	}
	return true;
}
