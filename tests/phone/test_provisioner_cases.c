/* The table fixtures/provisioning/cases: files, settings and modules, and what must come out. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clockwork.h"
#include "phone/provisioner_inside.h"
#include "tests/cmocka.h"

#define FOLDER    UXM_FIXTURES "/provisioning/"
#define SETTINGS  "http://example.org/settings.xml"
#define FIRMWARE  "http://example.org/firmware.xml"
#define CASES     128
#define FILE_MOST 65536
#define WORDS     3

static const char *const gates[] = {
	[GATE_NO_OFFER] = "no-offer",
	[GATE_POLICY] = "policy",
	[GATE_OWN] = "own",
	[GATE_SAME] = "same",
	[GATE_NO_MODULE] = "no-module",
	[GATE_SEVERAL] = "several",
	[GATE_NOT_READY] = "not-ready",
	[GATE_NAME] = "name",
	[GATE_RUNS] = "runs",
	[GATE_PHONE_VERSION] = "phone-version",
	[GATE_OLDER] = "older",
	[GATE_REFUSED] = "refused",
	[GATE_GIVEN_UP] = "given-up",
	[GATE_PAUSE] = "pause",
	[GATE_LATER] = "later",
	[GATE_ASK] = "ask",
	[GATE_OPEN] = "open",
};

/* A case that is being run. */
struct run {
	struct clockwork *work;
	struct record *record; /* of before */
	const char *name;
	char *bytes[2]; /* what is served, to be freed */
	bool has_settings;
	bool has_status; /* firmware_status is to be as it is set */
	bool has_update;
	bool has_phone_update;
	bool has_look;
	bool has_gate;
};

static char *read_file(const char *name, size_t *length)
{
	char path[512];
	struct stat about;
	int descriptor;
	char *bytes;

	snprintf(path, sizeof(path), FOLDER "%s", name);
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0)
		print_error("There is no %s.\n", path);
	assert_true(descriptor >= 0);
	assert_int_equal(fstat(descriptor, &about), 0);
	assert_true(about.st_size < FILE_MOST);
	bytes = calloc(1, FILE_MOST);
	assert_non_null(bytes);
	*length = (size_t)about.st_size;
	assert_int_equal(read(descriptor, bytes, FILE_MOST), *length);
	close(descriptor);
	return bytes;
}

static enum phone_id id_of(const char *name)
{
	enum phone_id id = PHONE_SETTINGS;

	if (!phone_setting_find(name, &id))
		print_error("There is no setting %s.\n", name);
	assert_true(id < PHONE_SETTINGS);
	return id;
}

/* The first words of a line, the last of `most` being all the rest, "" where there is none; returns
 * how many there are. */
static size_t split(char *line, const char *words[WORDS], size_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < WORDS; i++)
		words[i] = "";
	while (count < most && *line != '\0') {
		words[count++] = line;
		line += count < most ? strcspn(line, " ") : strlen(line);
		if (*line != '\0')
			*line++ = '\0';
	}
	return count;
}

static void serve(struct run *run, enum provision_kind kind, const char *file)
{
	size_t length;

	run->bytes[kind] = read_file(file, &length);
	clockwork_serve_bytes(run->work, kind == PROVISION_SETTINGS ? SETTINGS : FIRMWARE,
			      run->bytes[kind], length);
	if (kind == PROVISION_SETTINGS) {
		run->has_settings = true;
		clockwork_set(run->work, PHONE_SETTING_SERVER, SETTINGS);
		if (!run->has_status)
			clockwork_set(run->work, PHONE_FIRMWARE_STATUS, "");
	} else if (!run->has_settings) {
		clockwork_set(run->work, PHONE_FIRMWARE_STATUS, FIRMWARE);
	}
}

static void set(struct run *run, enum phone_id id, const char *value, bool own)
{
	struct uxm_failure why;

	if (id == PHONE_FIRMWARE_STATUS)
		run->has_status = true;
	if (!own) {
		clockwork_set(run->work, id, value);
		return;
	}
	assert_int_equal(
		phone_settings_restore(run->work->saved, id, value, PHONE_PERM_OWN, true, &why),
		UXM_UPDATED);
}

static void fail_before(struct run *run, const char *serial, const char *url, const char *tries)
{
	uint32_t fingerprint = record_fingerprint(run->work->saved, "1.5.3", "10.1.64.14");
	bool refused = tries[0] == '\0';
	unsigned long count = refused ? 1 : strtoul(tries, NULL, 10);

	for (unsigned long i = 0; i < count; i++) {
		assert_true(record_begin(run->record, url, serial, fingerprint,
					 CLOCKWORK_START - 3600));
		record_fail(run->record, url, serial,
			    refused ? UXM_IMAGE_REFUSED : UXM_FETCH_FAILED, false, "As before.",
			    CLOCKWORK_START - 3600, 0);
	}
}

/* A line of before; false if it is none. */
static bool take_before(struct run *run, const char *key, char *rest)
{
	const char *words[WORDS];

	if (strcmp(key, "settings") == 0) {
		serve(run, PROVISION_SETTINGS, rest);
	} else if (strcmp(key, "firmware") == 0) {
		serve(run, PROVISION_FIRMWARE, rest);
	} else if (strcmp(key, "set") == 0 || strcmp(key, "own") == 0) {
		(void)split(rest, words, 2);
		set(run, id_of(words[0]), words[1], strcmp(key, "own") == 0);
	} else if (strcmp(key, "module") == 0) {
		assert_int_equal(split(rest, words, 3), 3);
		clockwork_plug(run->work, words[1], words[0], words[2]);
	} else if (strcmp(key, "phone") == 0) {
		run->work->state.phone_version = rest;
	} else if (strcmp(key, "command") == 0) {
		run->work->has_phone_command = true;
	} else if (strcmp(key, "done") == 0) {
		assert_int_equal(split(rest, words, 2), 2);
		assert_true(record_done(run->record, words[0], "D7C", words[1], CLOCKWORK_START));
	} else if (strcmp(key, "failed") == 0 || strcmp(key, "refused") == 0) {
		(void)split(rest, words, 3);
		fail_before(run, words[0], words[1], words[2]);
	} else {
		return false;
	}
	return true;
}

static enum gate gate_of(const struct run *run)
{
	struct gate_question question = {
		.offer = found_offer(run->work->provisioner, PHONE_FIRMWARE_UXM),
		.settings = run->work->settings,
		.state = &run->work->state,
		.record = provisioner_record(run->work->provisioner),
		.now = CLOCKWORK_START,
	};
	struct gate_answer answer;

	if (run->work->updating)
		return GATE_OPEN;
	gate_judge(&question, &answer);
	return answer.gate;
}

/* A line of after: whether it is so. */
static bool holds(struct run *run, const char *key, char *rest)
{
	const struct state_provision *said = &run->work->state.provision;
	const char *words[WORDS];
	enum phone_id id;

	if (strcmp(key, "update") == 0) {
		run->has_update = true;
		return run->work->updates == 1 && strcmp(run->work->update, rest) == 0;
	}
	if (strcmp(key, "phone_update") == 0) {
		run->has_phone_update = true;
		return run->work->phones == 1 && strcmp(run->work->phone, rest) == 0;
	}
	if (strcmp(key, "gate") == 0) {
		run->has_gate = true;
		return strcmp(gates[gate_of(run)], rest) == 0;
	}
	if (strcmp(key, "says") == 0)
		return strstr(said->text, rest) != NULL;
	if (strcmp(key, "look") == 0) {
		run->has_look = true;
		return strstr(said->look, rest) != NULL;
	}
	(void)split(rest, words, 2);
	id = id_of(words[0]);
	if (strcmp(key, "is") == 0)
		return strcmp(phone_settings_text(run->work->saved, id), words[1]) == 0;
	assert_string_equal(key, "perm");
	return phone_settings_perm(run->work->saved, id) == phone_perm_parse(words[1]) &&
	       strcmp(phone_perm_text(phone_settings_perm(run->work->saved, id)),
		      strcmp(words[1], "RW") == 0 ? "" : words[1]) == 0;
}

static void begin(struct run *run)
{
	struct uxm_failure why;

	assert_true(record_save(run->record, folder_at(&run->work->folder, "record.json"), &why));
	clockwork_cut(run->work);
}

static void a_case_comes_out_as_the_table_says(void **state)
{
	char *text = *state;
	struct run run = {.record = record_new(), .name = text};
	struct state_list *list;
	bool begun = false;
	bool fine = true;
	void *made;
	char *rest = NULL;

	assert_non_null(run.record);
	assert_int_equal(clockwork_make(&made), 0);
	run.work = made;
	list = &run.work->state.list;
	list->count = 0;
	clockwork_set(run.work, PHONE_FIRMWARE_STATUS, "");
	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		size_t key = strcspn(line, " ");
		char *value = line + key + (line[key] != '\0' ? 1 : 0);
		char whole[512];

		snprintf(whole, sizeof(whole), "%s", line);
		if (line[0] == '#' || line == text)
			continue;
		line[key] = '\0';
		if (!begun && take_before(&run, line, value))
			continue;
		if (!begun)
			begin(&run);
		begun = true;
		if (holds(&run, line, value))
			continue;
		print_error("%s: it is not so: %s\n", run.name, whole);
		fine = false;
	}
	fine = fine && run.has_gate && run.has_update == (run.work->updates > 0) &&
	       run.has_phone_update == (run.work->phones > 0) &&
	       run.has_look == (run.work->state.provision.look[0] != '\0');
	if (!fine)
		print_error("%s: it says: %s (look: %s); gate %s, updates %u %s, phone's %u\n",
			    run.name, run.work->state.provision.text,
			    run.work->state.provision.look, gates[gate_of(&run)], run.work->updates,
			    run.work->update, run.work->phones);
	assert_true(fine);
	record_free(run.record);
	free(run.bytes[PROVISION_SETTINGS]);
	free(run.bytes[PROVISION_FIRMWARE]);
	assert_int_equal(clockwork_unmake(&made), 0);
}

int main(void)
{
	struct CMUnitTest tests[CASES] = {{.name = NULL}};
	char names[CASES][128];
	size_t length;
	size_t count = 0;
	char *table = read_file("cases", &length);
	int failed;

	/* A case's name is its test's. */
	for (char *at = strstr(table, "\ncase "); at != NULL; at = strstr(at + 1, "\ncase ")) {
		if (count == CASES)
			return 1;
		if (count > 0)
			at[0] = '\0';
		snprintf(names[count], sizeof(names[0]), "%.*s", (int)strcspn(at + 6, "\n"),
			 at + 6);
		tests[count].name = names[count];
		tests[count].test_func = a_case_comes_out_as_the_table_says;
		tests[count].initial_state = at + 6;
		count++;
	}
	failed = _cmocka_run_group_tests("provisioning cases", tests, count, NULL, NULL);
	free(table);
	return failed;
}
