/*
 * One table of options drives parsing, the help and the sentences.
 */
#include "tools/module/options.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/module/store.h"
#include "tools/module/usbip.h"

struct row {
	const char *name;
	const char *value; /* the value's name in the help */
	const char *wants; /* "--count wants ..." */
	const char *help;
	bool (*set)(const struct row *row, const char *text, struct options *options);
	size_t at; /* numbers: where in struct options, of how many bytes, least and most */
	size_t size;
	uint64_t least;
	uint64_t most;
};

static bool read_number(const char *text, int base, uint64_t least, uint64_t most, uint64_t *number)
{
	const char *digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";
	size_t length = strlen(text);
	unsigned long long value;

	/* strtoull itself takes blanks, signs and what is too large. */
	if (length == 0 || length > 19 || strspn(text, digits) != length)
		return false;
	value = strtoull(text, NULL, base);
	if (value < least || value > most)
		return false;
	*number = value;
	return true;
}

static bool set_in_base(const struct row *row, const char *text, int base, struct options *options)
{
	char *field = (char *)options + row->at;
	uint64_t number;

	if (!read_number(text, base, row->least, row->most, &number))
		return false;
	if (row->size == sizeof(uint64_t)) {
		memcpy(field, &number, sizeof(number));
	} else if (row->size == sizeof(uint32_t)) {
		uint32_t less = (uint32_t)number;
		memcpy(field, &less, sizeof(less));
	} else {
		uint16_t less = (uint16_t)number;
		memcpy(field, &less, sizeof(less));
	}
	return true;
}

static bool set_number(const struct row *row, const char *text, struct options *options)
{
	return set_in_base(row, text, 10, options);
}

static bool set_hex(const struct row *row, const char *text, struct options *options)
{
	return set_in_base(row, text, 16, options);
}

static bool set_model(const struct row *row, const char *text, struct options *options)
{
	size_t length = strlen(text);

	(void)row;
	if (length == 0 || length >= UXM_MODEL_TEXT ||
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != length)
		return false;
	memset(options->device.model, 0, sizeof(options->device.model));
	memcpy(options->device.model, text, length);
	return true;
}

static bool set_serial(const struct row *row, const char *text, struct options *options)
{
	size_t length = strlen(text);

	(void)row;
	/* It is also part of a file's name, and a word in commands. */
	if (length == 0 || length > OPTIONS_SERIAL_MOST ||
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") !=
		    length)
		return false;
	options->serial = text;
	return true;
}

static bool set_version(const struct row *row, const char *text, struct options *options)
{
	(void)row;
	return uxm_version_parse(text, strlen(text), &options->device.version);
}

static bool set_oldest(const struct row *row, const char *text, struct options *options)
{
	(void)row;
	return uxm_version_parse(text, strlen(text), &options->device.oldest);
}

static bool set_bus(const struct row *row, const char *text, struct options *options)
{
	static const char *const names[] = {
		[PACE_FULL] = "full",
		[PACE_HIGH] = "high",
		[PACE_SUPER] = "super",
		[PACE_NONE] = "none",
	};

	(void)row;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			options->bus = (enum pace_bus)i;
			return true;
		}
	}
	return false;
}

static bool set_flash(const struct row *row, const char *text, struct options *options)
{
	(void)row;
	options->flash = text;
	return *text != '\0';
}

static bool set_listen(const struct row *row, const char *text, struct options *options)
{
	struct in_addr address;

	(void)row;
	options->listen = text;
	return inet_pton(AF_INET, text, &address) == 1;
}

static bool set_fault(const struct row *row, const char *text, struct options *options)
{
	struct fault fault;

	(void)row;
	return fault_parse(text, &fault) && fault_add(&options->faults, &fault);
}

static bool set_key(const struct row *row, const char *text, struct options *options)
{
	struct uxm_keys *keys = &options->device.keys;
	char pem[UXM_KEY_PEM_MOST + 1];
	FILE *file;
	size_t length;

	(void)row;
	if (keys->count == UXM_KEYS_MOST)
		return false;
	file = fopen(text, "re");
	if (file == NULL)
		return false;
	/* What is too long for a key fills the last byte too, and is none. */
	length = fread(pem, 1, sizeof(pem), file);
	fclose(file);
	if (!uxm_key_read(pem, length, &keys->key[keys->count]))
		return false;
	keys->count++;
	return true;
}

/* DFU 1.1 modules are not made here; "stream" is what every module speaks. */
static bool set_protocol(const struct row *row, const char *text, struct options *options)
{
	(void)row;
	(void)options;
	return strcmp(text, "stream") == 0;
}

#define FIELD(field) offsetof(struct options, field), sizeof(((struct options *)0)->field)
#define RATE         "a number of bytes per second, 0 for no limit"
#define MILLISECONDS "a number of milliseconds"

static const struct row rows[] = {
	{"--model", "MODEL", "one to seven capital letters and digits", "D7C", set_model, 0, 0, 0,
	 0},
	{"--serial", "SERIAL", "one to 100 letters, digits, '-', '_' or '.'",
	 "UXM0001; several modules: SERIAL-1, SERIAL-2, ...", set_serial, 0, 0, 0, 0},
	{"--version", "VERSION", "a version like 1.5.3", "that it runs: 1.5.3", set_version, 0, 0,
	 0, 0},
	{"--oldest-version", "VERSION", "a version like 1.0.0",
	 "that its hardware runs at least: 1.0.0", set_oldest, 0, 0, 0, 0},
	{"--hardware-level", "N", "a number from 0 to 65535", "1", set_number,
	 FIELD(device.hardware_level), 0, 65535},
	{"--count", "N", "a number from 1 to 16", "modules: 1", set_number, FIELD(count), 1,
	 OPTIONS_COUNT_MOST},
	{"--protocol", "stream", "\"stream\"", "what it speaks: stream", set_protocol, 0, 0, 0, 0},
	{"--bus", "full|high|super|none", "full, high, super or none",
	 "the bus's speed and pace: high; none: high speed without a pace", set_bus, 0, 0, 0, 0},
	{"--bus-rate", "BYTES_PER_S", RATE, "another pace", set_number, FIELD(bus_rate), 0,
	 PACE_RATE_MOST},
	{"--flash-rate", "BYTES_PER_S", RATE, "how fast the flash writes: 0, no limit", set_number,
	 FIELD(device.flash_rate), 0, PACE_RATE_MOST},
	{"--verify-rate", "BYTES_PER_S", RATE, "how fast it reads back: 50000000", set_number,
	 FIELD(device.verify_rate), 0, PACE_RATE_MOST},
	{"--install-time", "MS", MILLISECONDS, "500", set_number, FIELD(device.install_time), 0,
	 600000},
	{"--done-time", "MS", "a number of milliseconds up to 2000", "2000", set_number,
	 FIELD(device.done_time), 0, UXM_WIRE_DONE_TIME},
	{"--reboot-time", "MS", MILLISECONDS, "away from the bus: 1000", set_number,
	 FIELD(reboot_time), 0, 600000},
	{"--silence", "MS", MILLISECONDS, "longest silence that it announces: 5000", set_number,
	 FIELD(device.silence), 1, UINT32_MAX},
	{"--largest-image", "BYTES", "a number of bytes from 1 to 1073741824", "80000000",
	 set_number, FIELD(device.largest_image), 1, STORE_BANK_MOST},
	{"--largest-chunk", "BYTES", "a number of bytes from 4096 to 16777216", "262124",
	 set_number, FIELD(device.largest_chunk), UXM_WIRE_CHUNK_LEAST, 16777216},
	{"--key", "FILE", "a file with an Ed25519 key as PEM, at most 16 of them",
	 "takes only images that are signed by it; may be given several times", set_key, 0, 0, 0,
	 0},
	{"--flash", "FILE", "the name of a file",
	 "keeps record and banks in FILE, of several modules in FILE.SERIAL", set_flash, 0, 0, 0,
	 0},
	{"--vendor", "HEX", "a number from 0 to ffff", "1209", set_hex, FIELD(vendor), 0, 0xFFFF},
	{"--product", "HEX", "a number from 0 to ffff", "0001", set_hex, FIELD(product), 0, 0xFFFF},
	{"--port", "PORT", "a TCP port from 1 to 65535", "serve: 3240", set_number, FIELD(port), 1,
	 65535},
	{"--listen", "ADDRESS", "an IPv4 address", "serve: 127.0.0.1", set_listen, 0, 0, 0, 0},
	{"--fault", "WHAT@WHERE", "one of the faults that --help lists, at most 32 in all",
	 "may be given several times; see below", set_fault, 0, 0, 0, 0},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row *find_row(const char *name, size_t length)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strlen(rows[i].name) == length && memcmp(rows[i].name, name, length) == 0)
			return &rows[i];
	}
	return NULL;
}

/* "--name VALUE" or "--name=VALUE"; *index moves to the last word used. */
static bool read_option(int argc, char *const argv[], int *index, struct options *options,
			struct uxm_failure *why)
{
	const char *word = argv[*index];
	size_t length = strcspn(word, "=");
	const struct row *row = find_row(word, length);
	const char *value;

	if (row == NULL) {
		uxm_fail(why, UXM_USAGE, "There is no option \"%s\"; uxm-module --help lists them.",
			 word);
		return false;
	}
	if (word[length] == '=') {
		value = word + length + 1;
	} else if (*index + 1 < argc) {
		value = argv[++*index];
	} else {
		uxm_fail(why, UXM_USAGE, "%s wants %s behind it.", row->name, row->wants);
		return false;
	}
	if (!row->set(row, value, options)) {
		uxm_fail(why, UXM_USAGE, "%s wants %s, not \"%s\".", row->name, row->wants, value);
		return false;
	}
	return true;
}

static bool read_command(const char *word, enum options_command *command)
{
	if (strcmp(word, "serve") == 0) {
		*command = OPTIONS_SERVE;
	} else if (strcmp(word, "attach") == 0) {
		*command = OPTIONS_ATTACH;
	} else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		*command = OPTIONS_HELP;
	} else {
		return false;
	}
	return true;
}

bool options_read(int argc, char *const argv[], struct options *options, struct uxm_failure *why)
{
	struct options read = {
		.listen = "127.0.0.1",
		.count = 1,
		.bus = PACE_HIGH,
		.reboot_time = 1000,
		.vendor = 0x1209,
		.product = 0x0001,
		.port = USBIP_PORT,
	};

	device_defaults(&read.device);
	if (argc < 2 || !read_command(argv[1], &read.command)) {
		uxm_fail(why, UXM_USAGE,
			 "uxm-module wants \"serve\" or \"attach\" first; uxm-module --help "
			 "says more.");
		return false;
	}
	for (int i = 2; i < argc && read.command != OPTIONS_HELP; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			read.command = OPTIONS_HELP;
		} else if (!read_option(argc, argv, &i, &read, why)) {
			return false;
		}
	}
	*options = read;
	return true;
}

static void help_faults(FILE *to)
{
	fputs("\nFaults (each fires once; OFFSET is a byte of the payload, verify and install may\n"
	      "have :PERCENT behind them; a fault at begin or commit loses the answer, not the\n"
	      "request):\n",
	      to);
	for (unsigned what = 0; what < FAULT_WHATS; what++) {
		const struct fault_kind *kind = fault_kind((enum fault_what)what);
		const char *between = "";

		fprintf(to, "  %s@", kind->name);
		for (unsigned point = 0; point < FAULT_POINTS; point++) {
			if ((kind->points & (1u << point)) == 0)
				continue;
			fprintf(to, "%s%s", between, fault_point_name((enum fault_point)point));
			between = "|";
		}
		fprintf(to, "\n        %s\n", kind->help);
	}
}

void options_help(FILE *to)
{
	fputs("uxm-module serve|attach [OPTION]...\n\n"
	      "A virtual USB expansion module. `attach` plugs itself into this kernel's vhci_hcd\n"
	      "(as root); `serve` is a USB/IP server for `usbip attach`. Its screen is printed as\n"
	      "it changes.\n\nOptions, with what holds without them:\n",
	      to);
	for (size_t i = 0; i < ROWS; i++) {
		char option[64];
		snprintf(option, sizeof(option), "%s %s", rows[i].name, rows[i].value);
		fprintf(to, "  %-28s %s\n", option, rows[i].help);
	}
	help_faults(to);
	fputs("\nLines on standard input: unplug [SERIAL], plug [SERIAL], power-loss [SERIAL], "
	      "quit.\n",
	      to);
}

void options_serial(const struct options *options, uint32_t index, char serial[UXM_SERIAL_TEXT])
{
	if (options->serial == NULL) {
		snprintf(serial, UXM_SERIAL_TEXT, "UXM%04" PRIu32, index + 1);
	} else if (options->count > 1) {
		snprintf(serial, UXM_SERIAL_TEXT, "%s-%" PRIu32, options->serial, index + 1);
	} else {
		snprintf(serial, UXM_SERIAL_TEXT, "%s", options->serial);
	}
}
