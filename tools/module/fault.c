/*
 * The table of faults, its parser, and the question whether one fires here.
 */
#include "tools/module/fault.h"

#include <string.h>

#define AT(point)     (1u << FAULT_AT_##point)
#define AT_ANY_MOMENT (AT(BYTE) | AT(BEGIN) | AT(COMMIT) | AT(VERIFY) | AT(INSTALL) | AT(DONE))

static const struct fault_kind kinds[FAULT_WHATS] = {
	{FAULT_UNPLUG, AT_ANY_MOMENT, "unplug", "leaves the bus and stays away until `plug`"},
	{FAULT_POWER_LOSS, AT_ANY_MOMENT, "power-loss",
	 "leaves the bus, loses its RAM, returns after the reboot time"},
	{FAULT_STALL, AT(BYTE), "stall", "the endpoint halts there once"},
	{FAULT_SILENCE, AT_ANY_MOMENT | AT(IDENTITY) | AT(STATUS), "silence",
	 "answers nothing from then on, until it is unplugged"},
	{FAULT_CORRUPT, AT(BYTE), "corrupt", "the byte arrives changed, once"},
	{FAULT_CORRUPT_FLASH, AT(BYTE), "corrupt-flash",
	 "the byte changes in flash, after its chunk was found intact"},
	{FAULT_DROP, AT(BYTE), "drop", "the chunk of that byte is acknowledged and lost"},
	{FAULT_REFUSE, AT(BEGIN), "refuse", "refuses one BEGIN"},
	{FAULT_FAIL, AT(VERIFY) | AT(INSTALL), "fail", "the step fails"},
	{FAULT_NEVER_RETURN, AT(REBOOT), "never-return", "stays away after the update"},
	{FAULT_OLD_VERSION, AT(REBOOT), "old-version", "returns with the old version"},
	{FAULT_OTHER_MODULE, AT(REBOOT), "other-module", "returns with another serial number"},
	{FAULT_OTHER_PORT, AT(REBOOT), "other-port", "returns in another port"},
};

static const char *const points[FAULT_POINTS] = {
	"OFFSET", "identity", "begin", "status", "commit", "verify", "install", "done", "reboot",
};

const struct fault_kind *fault_kind(enum fault_what what)
{
	return &kinds[what];
}

const char *fault_point_name(enum fault_point point)
{
	return points[point];
}

/* Decimal digits and nothing else, at most `most`. */
static bool read_number(const char *text, uint64_t most, uint64_t *number)
{
	uint64_t value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		uint64_t digit = (uint64_t)(*text - '0');
		if (value > (most - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

static bool read_where(const char *text, struct fault *fault)
{
	size_t length = strcspn(text, ":");
	uint64_t percent = 0;

	if (read_number(text, UINT64_MAX / 2, &fault->offset)) {
		fault->point = FAULT_AT_BYTE;
		return true;
	}
	for (unsigned point = FAULT_AT_BYTE + 1; point < FAULT_POINTS; point++) {
		if (strlen(points[point]) != length || memcmp(points[point], text, length) != 0)
			continue;
		fault->point = (enum fault_point)point;
		if (text[length] == '\0')
			return true;
		if (point != FAULT_AT_VERIFY && point != FAULT_AT_INSTALL)
			return false;
		if (!read_number(text + length + 1, 100, &percent))
			return false;
		fault->percent = (unsigned)percent;
		return true;
	}
	return false;
}

bool fault_parse(const char *text, struct fault *fault)
{
	size_t length = strcspn(text, "@");
	struct fault read = {.fired = false};

	if (text[length] != '@')
		return false;
	for (size_t i = 0; i < FAULT_WHATS; i++) {
		if (strlen(kinds[i].name) != length || memcmp(kinds[i].name, text, length) != 0)
			continue;
		read.what = kinds[i].what;
		if (!read_where(text + length + 1, &read))
			return false;
		if ((kinds[i].points & (1u << read.point)) == 0)
			return false;
		*fault = read;
		return true;
	}
	return false;
}

bool fault_add(struct fault_list *list, const struct fault *fault)
{
	if (list->count == FAULT_MOST)
		return false;
	list->fault[list->count++] = *fault;
	if (!fault->fired)
		list->waiting++;
	return true;
}

static void fire(struct fault_list *list, struct fault *fault)
{
	fault->fired = true;
	list->waiting--;
}

bool fault_fires(struct fault_list *list, enum fault_what what, enum fault_point point,
		 unsigned percent)
{
	if (list->waiting == 0)
		return false;
	for (size_t i = 0; i < list->count; i++) {
		struct fault *fault = &list->fault[i];
		if (fault->fired || fault->what != what || fault->point != point ||
		    fault->percent > percent)
			continue;
		fire(list, fault);
		return true;
	}
	return false;
}

bool fault_fires_in(struct fault_list *list, enum fault_what what, uint64_t offset, uint64_t length,
		    uint64_t *at)
{
	if (list->waiting == 0)
		return false;
	for (size_t i = 0; i < list->count; i++) {
		struct fault *fault = &list->fault[i];
		if (fault->fired || fault->what != what || fault->point != FAULT_AT_BYTE ||
		    fault->offset < offset || fault->offset - offset >= length)
			continue;
		fire(list, fault);
		*at = fault->offset;
		return true;
	}
	return false;
}

static bool interrupts(enum fault_what what)
{
	return what == FAULT_UNPLUG || what == FAULT_POWER_LOSS || what == FAULT_STALL ||
	       what == FAULT_SILENCE;
}

uint64_t fault_free_bytes(const struct fault_list *list, uint64_t offset, uint64_t length)
{
	if (list->waiting == 0)
		return length;
	for (size_t i = 0; i < list->count; i++) {
		const struct fault *fault = &list->fault[i];
		if (fault->fired || !interrupts(fault->what) || fault->point != FAULT_AT_BYTE ||
		    fault->offset < offset)
			continue;
		if (fault->offset - offset < length)
			length = fault->offset - offset;
	}
	return length;
}
