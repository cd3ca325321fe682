/* What is remembered of updates by provisioning. */
#include <stdlib.h>
#include <string.h>

#include "phone/record_inside.h"
#include "phone/text.h"

/* By so many seconds the wall clock may differ from what is written down: it is slewed, and read in
 * whole seconds. */
#define CLOCK_SLACK 60

struct record *record_new(void)
{
	return calloc(1, sizeof(struct record));
}

static void free_module(struct record_module *module)
{
	if (module != NULL)
		free(module->url);
	free(module);
}

static void drop_module(struct record *record, size_t number)
{
	free_module(record->modules[number]);
	record->module_count--;
	memmove(&record->modules[number], &record->modules[number + 1],
		(record->module_count - number) * sizeof(struct record_module *));
}

static void drop_failure(struct record *record, size_t number)
{
	free(record->failures[number]);
	record->failure_count--;
	memmove(&record->failures[number], &record->failures[number + 1],
		(record->failure_count - number) * sizeof(struct record_failure *));
}

void record_clear(struct record *record)
{
	while (record->module_count > 0)
		drop_module(record, record->module_count - 1);
	while (record->failure_count > 0)
		drop_failure(record, record->failure_count - 1);
	record_phone_done(record);
}

void record_free(struct record *record)
{
	if (record != NULL)
		record_clear(record);
	free(record);
}

bool record_put_module(struct record *record, const struct record_module *module)
{
	struct record_module *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		return false;
	*copy = *module;
	copy->url = strdup(module->url);
	if (copy->url == NULL) {
		free(copy);
		return false;
	}
	if (record->module_count == RECORD_MODULES)
		drop_module(record, RECORD_MODULES - 1);
	memmove(&record->modules[1], &record->modules[0],
		record->module_count * sizeof(struct record_module *));
	record->modules[0] = copy;
	record->module_count++;
	return true;
}

bool record_put_failure(struct record *record, const struct record_failure *failure)
{
	struct record_failure *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		return false;
	*copy = *failure;
	if (record->failure_count == RECORD_FAILURES)
		drop_failure(record, RECORD_FAILURES - 1);
	memmove(&record->failures[1], &record->failures[0],
		record->failure_count * sizeof(struct record_failure *));
	record->failures[0] = copy;
	record->failure_count++;
	return true;
}

/* The number of this module's, or module_count. */
static size_t number_of_module(const struct record *record, const char *serial)
{
	size_t i = 0;

	while (i < record->module_count && strcmp(record->modules[i]->serial, serial) != 0)
		i++;
	return i;
}

/* The number of this one's, or failure_count. */
static size_t number_of_failure(const struct record *record, const char *url, const char *serial)
{
	size_t i = 0;

	while (i < record->failure_count && (strcmp(record->failures[i]->url, url) != 0 ||
					     strcmp(record->failures[i]->serial, serial) != 0))
		i++;
	return i;
}

const struct record_module *record_find(const struct record *record, const char *serial)
{
	if (serial[0] == '\0')
		return NULL;
	return record_module(record, number_of_module(record, serial));
}

const struct record_module *record_module(const struct record *record, size_t number)
{
	return number < record->module_count ? record->modules[number] : NULL;
}

bool record_done(struct record *record, const char *serial, const char *model, const char *url,
		 int64_t now)
{
	struct record_module module = {.when = now};
	size_t failed = number_of_failure(record, url, serial);
	size_t old = number_of_module(record, serial);

	if (failed < record->failure_count)
		drop_failure(record, failed);
	if (serial[0] == '\0')
		return true;
	if (strlen(serial) >= sizeof(module.serial) || strlen(url) >= JOURNAL_SOURCE)
		return false;
	memcpy(module.serial, serial, strlen(serial) + 1);
	text_take(module.model, sizeof(module.model), model);
	/* Only copied from. */
	module.url = strdup(url);
	if (module.url == NULL)
		return false;
	if (old < record->module_count)
		drop_module(record, old);
	if (!record_put_module(record, &module)) {
		free(module.url);
		return false;
	}
	free(module.url);
	return true;
}

/* FNV-1a, of 32 bits, over a text with its final zero. */
static uint32_t mix(uint32_t hash, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	do
		hash = (hash ^ *at) * 16777619u;
	while (*at++ != '\0');
	return hash;
}

uint32_t record_fingerprint(const struct phone_settings *settings, const char *module_version,
			    const char *phone_version)
{
	static const enum phone_id bearing[] = {
		PHONE_UXM_ALLOW_OLDER, PHONE_UXM_KEYS,       PHONE_UXM_REQUIRE_SIGNATURE,
		PHONE_UXM_CA_FILE,     PHONE_UXM_MODULE_IDS,
	};
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof(bearing) / sizeof(bearing[0]); i++)
		hash = mix(hash, phone_settings_text(settings, bearing[i]));
	hash = mix(hash, module_version != NULL ? module_version : "");
	return mix(hash, phone_version != NULL ? phone_version : "");
}

const struct record_failure *record_failure(const struct record *record, const char *url,
					    const char *serial, uint32_t fingerprint)
{
	size_t number = number_of_failure(record, url, serial);
	const struct record_failure *failure =
		number < record->failure_count ? record->failures[number] : NULL;

	if (failure != NULL && failure->refused && failure->fingerprint != fingerprint)
		return NULL;
	return failure;
}

/* Seconds after that many tries, at the middle of chance's part. */
static int64_t pause_after(unsigned tries)
{
	int64_t pause = RECORD_PAUSE;

	for (unsigned i = 1; i < tries && pause < RECORD_PAUSE_MOST; i++)
		pause *= 4;
	return pause < RECORD_PAUSE_MOST ? pause : RECORD_PAUSE_MOST;
}

static int64_t drawn_pause(unsigned tries, uint32_t drawn)
{
	int64_t pause = pause_after(tries);

	return pause / 2 + (int64_t)drawn % (pause + 1);
}

static struct record_pause pause_of(int64_t seconds, int64_t now)
{
	return (struct record_pause){
		.next = now + seconds, .length = seconds, .again = now + seconds};
}

/* Before one whose end is not seen is tried again. */
static struct record_pause pause_unseen(unsigned tries, int64_t now)
{
	return pause_of(tries > 1 ? pause_after(tries - 1) : 0, now);
}

bool record_begin(struct record *record, const char *url, const char *serial, uint32_t fingerprint,
		  int64_t now)
{
	size_t number = number_of_failure(record, url, serial);
	struct record_failure fresh = {.tries = 0};
	struct record_failure *failure = &fresh;

	if (number < record->failure_count) {
		failure = record->failures[number];
		/* What it was refused for is another now. */
		if (failure->refused)
			failure->tries = 0;
	} else if (strlen(url) >= sizeof(fresh.url) || strlen(serial) >= sizeof(fresh.serial)) {
		return false;
	} else {
		memcpy(fresh.url, url, strlen(url) + 1);
		memcpy(fresh.serial, serial, strlen(serial) + 1);
	}
	if (failure->tries < RECORD_TRIES)
		failure->tries++;
	failure->refused = false;
	failure->fingerprint = fingerprint;
	failure->pause = pause_unseen(failure->tries, now);
	failure->result = UXM_INTERNAL;
	failure->text[0] = '\0';
	return failure != &fresh || record_put_failure(record, &fresh);
}

void record_withdraw(struct record *record, const char *url, const char *serial)
{
	size_t number = number_of_failure(record, url, serial);

	if (number == record->failure_count)
		return;
	record->failures[number]->tries--;
	record->failures[number]->pause = (struct record_pause){.next = 0};
	if (record->failures[number]->tries == 0)
		drop_failure(record, number);
}

void record_fail(struct record *record, const char *url, const char *serial, enum uxm_result result,
		 bool lasting, const char *text, int64_t now, uint32_t drawn)
{
	size_t number = number_of_failure(record, url, serial);
	struct record_failure *failure;

	if (number == record->failure_count)
		return;
	failure = record->failures[number];
	failure->refused = lasting || result == UXM_IMAGE_REFUSED;
	failure->pause = pause_of(drawn_pause(failure->tries, drawn), now);
	failure->result = result;
	text_take(failure->text, sizeof(failure->text), text);
}

const struct record_phone *record_phone(const struct record *record, const char *url)
{
	if (url[0] == '\0' || strcmp(record->phone.url, url) != 0)
		return NULL;
	return &record->phone;
}

bool record_phone_begin(struct record *record, const char *url, const char *version, int64_t now)
{
	struct record_phone *phone = &record->phone;

	if (strlen(url) >= sizeof(phone->url))
		return false;
	if (strcmp(phone->url, url) != 0) {
		record_phone_done(record);
		memcpy(phone->url, url, strlen(url) + 1);
	}
	text_take(phone->version, sizeof(phone->version), version);
	if (phone->tries < RECORD_TRIES)
		phone->tries++;
	phone->begun = true;
	phone->pause = pause_unseen(phone->tries, now);
	phone->text[0] = '\0';
	return true;
}

void record_phone_withdraw(struct record *record)
{
	struct record_phone *phone = &record->phone;

	phone->begun = false;
	phone->pause = (struct record_pause){.next = 0};
	if (phone->tries > 0)
		phone->tries--;
	if (phone->tries == 0)
		record_phone_done(record);
}

void record_phone_runs(struct record *record, const struct record_phone *before, int64_t now)
{
	record->phone = *before;
	if (before->begun)
		record->phone.pause = pause_of(pause_after(1), now);
}

void record_phone_fail(struct record *record, const char *text, int64_t now, uint32_t drawn)
{
	struct record_phone *phone = &record->phone;

	phone->begun = false;
	phone->pause = pause_of(drawn_pause(phone->tries, drawn), now);
	text_take(phone->text, sizeof(phone->text), text);
}

void record_phone_done(struct record *record)
{
	memset(&record->phone, 0, sizeof(record->phone));
}

/* Whether what is written down can be the end of the pause by the wall clock as it is now. */
static bool is_likely(const struct record_pause *pause, int64_t now)
{
	return pause->next >= RECORD_CLOCK_SET && pause->next - now <= pause->length;
}

/* The wall clock is asked once, and once more when what it said at first could not be right. */
static void see(struct record_pause *pause, int64_t now, uint64_t clock)
{
	bool likely = is_likely(pause, now);
	int64_t left = likely ? pause->next - now : pause->length;
	uint64_t until = clock + (left > 0 ? (uint64_t)left * 1000 : 0);

	if (!pause->seen || (pause->doubted && likely && until < pause->until))
		pause->until = until;
	pause->doubted = !likely && (!pause->seen || pause->doubted);
	pause->seen = true;
}

static bool take_clock(struct record_pause *pause, int64_t now, uint64_t clock)
{
	uint64_t left;
	int64_t again;

	if (pause->next == 0)
		return false;
	see(pause, now, clock);
	left = pause->until > clock ? (pause->until - clock + 999) / 1000 : 0;
	again = now + (int64_t)left;
	/* The clocks do not tick together; the sentences of before stay. */
	if (left == 0 || again > pause->again + 1 || again < pause->again - 1)
		pause->again = again;
	if (left == 0 || now < RECORD_CLOCK_SET || pause->again <= pause->next + CLOCK_SLACK)
		return false;
	pause->next = pause->again;
	return true;
}

bool record_clock(struct record *record, int64_t now, uint64_t clock)
{
	bool moved = take_clock(&record->phone.pause, now, clock);

	for (size_t i = 0; i < record->failure_count; i++)
		moved = take_clock(&record->failures[i]->pause, now, clock) || moved;
	return moved;
}
