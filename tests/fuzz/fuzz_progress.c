/*
 * What is shown while an update runs, whatever the module, the server and the names say: each JSON
 * line is one object, in UTF-8, with the numbers that were told; and the terminal's line has room
 * in the terminal. Time and the terminal's width are the fuzzer's (wrapped by the linker).
 */
#include <cjson/cJSON.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/feed.h"
#include "tools/uxm/show.h"

#define STEPS_MOST  200u
#define TEXT_MOST   3000u
#define OUTPUT_MOST (STEPS_MOST * 8192u)

/* The linker's names for what stands in for a call. NOLINTBEGIN(bugprone-reserved-identifier) */
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_ioctl(int descriptor, unsigned long request, ...);

/* The wrapped calls have no other place for it. */
static struct {
	uint64_t now; /* milliseconds */
	unsigned short columns;
	int descriptor;
} world = {.descriptor = -1};

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	now->tv_sec = (time_t)(world.now / 1000);
	now->tv_nsec = (long)(world.now % 1000) * 1000000;
	return 0;
}

int __wrap_ioctl(int descriptor, unsigned long request, ...)
{
	va_list arguments;
	struct winsize *window = NULL;

	hold(descriptor == world.descriptor && request == TIOCGWINSZ, "the width is asked for");
	if (world.columns == UINT16_MAX)
		return -1;
	va_start(arguments, request);
	window = va_arg(arguments, struct winsize *);
	va_end(arguments);
	window->ws_col = world.columns;
	return 0;
}
/* NOLINTEND(bugprone-reserved-identifier) */

static void take_text(struct feed *feed, char *text, size_t room)
{
	size_t length = feed_number(feed) % room;

	feed_fill(feed, text, length);
	text[length] = '\0';
}

/* The bytes of the character that begins here (RFC 3629, section 4); 0 when it is none. */
static size_t utf8_length(const uint8_t *at, size_t left)
{
	size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
	uint32_t value = (uint32_t)(at[0] & (length == 1 ? 0x7F : 0x7F >> length));
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	if ((at[0] >= 0x80 && at[0] < 0xC2) || at[0] > 0xF4 || length > left)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xC0) != 0x80)
			return 0;
		value = value << 6 | (at[i] & 0x3F);
	}
	if (value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
		return 0;
	return length;
}

static void check_utf8(const char *line, size_t length)
{
	const uint8_t *at = (const uint8_t *)line;

	while (length > 0) {
		size_t one = utf8_length(at, length);

		hold(one > 0, "a line is UTF-8");
		at += one;
		length -= one;
	}
}

static double number_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	hold(cJSON_IsNumber(item), "a number is one");
	return item->valuedouble;
}

static void check_event(const cJSON *object)
{
	const cJSON *event = cJSON_GetObjectItemCaseSensitive(object, "event");

	hold(cJSON_IsString(event), "a line says what it is");
	if (strcmp(event->valuestring, "progress") == 0) {
		double percent = number_of(object, "percent");

		hold(percent >= 0 && percent <= 100, "percent are some");
		hold(number_of(object, "accepted") <= number_of(object, "size"),
		     "no more is accepted than there is");
		return;
	}
	hold(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(object, "text")), "there is a text");
	if (strcmp(event->valuestring, "result") == 0) {
		double code = number_of(object, "code");

		hold(code >= UXM_UPDATED && code <= UXM_NOT_PERMITTED, "a code is one");
	} else {
		hold(strcmp(event->valuestring, "note") == 0, "there are three kinds");
	}
}

static void check_json(char *output, size_t length)
{
	while (length > 0) {
		char *end = memchr(output, '\n', length);
		const char *stop = NULL;
		cJSON *object = NULL;

		hold(end != NULL, "each line has an end");
		*end = '\0';
		check_utf8(output, (size_t)(end - output));
		object = cJSON_ParseWithOpts(output, &stop, 1);
		hold(cJSON_IsObject(object) && stop == end, "a line is one object");
		check_event(object);
		cJSON_Delete(object);
		length -= (size_t)(end + 1 - output);
		output = end + 1;
	}
}

/* What stands between a carriage return and the end of line has room in the terminal. */
static void check_bar(const char *output, size_t length)
{
	size_t columns = world.columns == UINT16_MAX || world.columns == 0 ? 80 : world.columns;

	for (size_t i = 0; i < length; i++) {
		size_t shown = 0;

		if (output[i] != '\r')
			continue;
		for (i++; i < length && output[i] != '\033'; i++) {
			hold(output[i] >= ' ' && output[i] <= '~', "a bar is plain text");
			shown++;
		}
		hold(i < length && shown < columns, "it has room in its line");
	}
}

/* A module as usb/ and uxm/ let it through. */
static void make_found(struct feed *feed, struct uxm_found *found)
{
	char text[TEXT_MOST];

	snprintf(found->candidate.port_path, sizeof(found->candidate.port_path), "1-%u",
		 feed_byte(feed));
	take_text(feed, found->serial, sizeof(found->serial));
	for (char *at = found->serial; *at != '\0'; at++)
		*at = *at > ' ' && *at < 0x7F ? *at : '?';
	memcpy(found->identity.model, "D7C", 4);
	found->identity.largest_image = feed_number(feed);
	found->identity.hardware_level = (uint16_t)feed_number(feed);
	found->identity.running.part[0] = (uint16_t)feed_number(feed);
	if (feed_byte(feed) % 2 == 0)
		return;
	take_text(feed, text, sizeof(text));
	uxm_fail(&found->why, UXM_TRANSFER_FAILED, "It says '%s'.", text);
	found->io = UXM_IO_BROKEN;
}

static void tell_some(struct feed *feed, struct uxm_teller *teller, bool plain)
{
	char text[TEXT_MOST];

	switch (feed_byte(feed) % 8) {
	case 1:
		take_text(feed, text, sizeof(text));
		if (!plain)
			uxm_tell_note(teller, "A server says '%s'.", text);
		break;
	case 2:
		teller->progress.size = feed_number(feed) & ((UINT64_C(1) << 53) - 1);
		if (teller->progress.size < teller->progress.accepted)
			teller->progress.size = teller->progress.accepted;
		break;
	case 3:
		uxm_tell_step(teller, (enum uxm_step)(feed_byte(feed) % UXM_STEPS),
			      feed_byte(feed) % 101);
		break;
	case 5:
		world.now += feed_number(feed) % 1000000;
		break;
	default:
		world.now += 100;
		if (teller->progress.size > 0)
			uxm_tell_accepted(teller, feed_number(feed) % (teller->progress.size + 1));
		break;
	}
}

static void check_output(enum show_form form)
{
	off_t length = lseek(world.descriptor, 0, SEEK_CUR);
	char *output = malloc((size_t)length + 1);

	hold(output != NULL && length < OUTPUT_MOST, "the output is bounded");
	hold(pread(world.descriptor, output, (size_t)length, 0) == length, "it can be read");
	if (form == SHOW_JSON)
		check_json(output, (size_t)length);
	else
		check_utf8(output, (size_t)length);
	if (form == SHOW_BAR)
		check_bar(output, (size_t)length);
	free(output);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	struct feed feed = {.bytes = input, .left = length};
	struct uxm_update *update = calloc(1, sizeof(*update));
	enum show_form form = SHOW_JSON;
	struct uxm_failure why;
	struct show show;
	char text[TEXT_MOST];

	if (world.descriptor < 0)
		world.descriptor = memfd_create("output", MFD_CLOEXEC);
	hold(update != NULL && world.descriptor >= 0 && ftruncate(world.descriptor, 0) == 0 &&
		     lseek(world.descriptor, 0, SEEK_SET) == 0,
	     "there is memory");
	world.now = 1000;
	form = feed_byte(&feed) % 2 == 0 ? SHOW_JSON : SHOW_BAR;
	/* Widths are checked for the whole output, so there is one. */
	world.columns = form == SHOW_BAR ? (unsigned short)feed_number(&feed) : UINT16_MAX;
	show_init(&show, form, world.descriptor);
	update->teller.watch = show_watch(&show);
	update->teller.progress.step = UXM_STEPS;
	for (unsigned i = 0; i < STEPS_MOST && feed.left > 0; i++)
		tell_some(&feed, &update->teller, form == SHOW_BAR);
	make_found(&feed, &update->found);
	make_found(&feed, &update->returned);
	take_text(&feed, text, sizeof(text));
	uxm_fail(&why, (enum uxm_result)(feed_byte(&feed) % (UXM_NOT_PERMITTED + 1)),
		 "It ended: %s", text);
	show_result(&show, feed_byte(&feed) % 2 == 0 ? update : NULL, &why);
	check_output(form);
	free(update);
	return 0;
}
