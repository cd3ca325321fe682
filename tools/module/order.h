/*
 * Orders to the running process, one a line: unplug, plug, power-loss, each with or without a
 * serial number, and quit.
 */
#ifndef MODULE_ORDER_H
#define MODULE_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "uxm/io.h"

enum order {
	ORDER_NONE = 0, /* not understood */
	ORDER_UNPLUG,
	ORDER_PLUG,
	ORDER_POWER_LOSS,
	ORDER_QUIT,
};

struct order_line {
	enum order order;
	char serial[UXM_SERIAL_TEXT]; /* empty: all modules */
};

struct order_reader {
	int fd; /* -1 after its end */
	size_t got;
	char text[256];
};

/* Reads one line, without its newline. */
void order_parse(const char *text, struct order_line *line);

/* Orders will come from this descriptor, which stays the caller's. */
void order_open(struct order_reader *reader, int fd);

/* What to poll; -1 after the end, which is not an order. */
int order_fd(const struct order_reader *reader);

/*
 * Reads the next order, after poll has said that there is something. Returns false when there is
 * no whole line (any more). A line that is longer than the buffer is not understood.
 */
bool order_read(struct order_reader *reader, struct order_line *line);

#endif
