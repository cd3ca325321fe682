/*
 * The command line of `uxm-module`.
 */
#ifndef MODULE_OPTIONS_H
#define MODULE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/module/device.h"
#include "tools/module/pace.h"
#include "uxm/result.h"

/* Modules in one process. */
#define OPTIONS_COUNT_MOST  16
/* A serial number that is given; those of several modules and of another one are longer. */
#define OPTIONS_SERIAL_MOST 100

enum options_command {
	OPTIONS_SERVE,
	OPTIONS_ATTACH,
	OPTIONS_HELP,
};

struct options {
	enum options_command command;
	struct device_options device;
	const char *serial; /* NULL: UXM0001 and so on */
	const char *flash;  /* file, NULL: memory */
	const char *listen; /* IPv4 address */
	uint32_t count;
	enum pace_bus bus;
	uint64_t bus_rate;    /* bytes per second, 0: the bus's own */
	uint32_t reboot_time; /* milliseconds */
	uint16_t vendor;
	uint16_t product;
	uint16_t port; /* TCP */
	struct fault_list faults;
};

/*
 * Reads the command line. Returns false, with UXM_USAGE and one sentence that says what was wrong
 * and what to do, when it cannot be understood; *options is set only on success and points into
 * `argv`.
 */
bool options_read(int argc, char *const argv[], struct options *options, struct uxm_failure *why);

/* Prints what there is. */
void options_help(FILE *to);

/* The serial number of module `index`, counted from 0. */
void options_serial(const struct options *options, uint32_t index, char serial[UXM_SERIAL_TEXT]);

#endif
