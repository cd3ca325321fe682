/* All of fixtures/images through the parser, the decision and the digest, by the index. */
#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>

#include "tests/cmocka.h"
#include "tests/uxm/fixture.h"
#include "uxm/decide.h"

enum field {
	FIELD_FOLDER,
	FIELD_FILE,
	FIELD_COMMAND,
	FIELD_OPTIONS,
	FIELD_CODE,
	FIELD_WORDS,
	FIELDS,
};

/* One line of the index. */
struct run {
	char line[512];
	const char *field[FIELDS];
	bool override;
	bool allow_older;
	struct uxm_keys keys;
};

/* The module that the index speaks of. */
static const struct uxm_identity d7c = {
	.model = "D7C",
	.running = {{1, 5, 3, 0}},
	.oldest = {{1, 0, 0, 0}},
	.hardware_level = 2,
	.largest_image = 64u << 20,
};

static void read_options(struct run *run, char *options)
{
	char *rest = options;
	const char *word;

	while ((word = strtok_r(rest, " ", &rest)) != NULL) {
		if (strcmp(word, "--override") == 0)
			run->override = true;
		else if (strcmp(word, "--allow-older") == 0)
			run->allow_older = true;
		else if (strcmp(word, "--key") == 0)
			fixture_add_key(strrchr(strtok_r(rest, " ", &rest), '/') + 1, &run->keys);
		else
			assert_string_equal(word, "-");
	}
}

/* Splits the line at its tabs. */
static void read_line(struct run *run)
{
	char *rest = run->line;
	char options[256];

	run->line[strcspn(run->line, "\n")] = '\0';
	for (size_t i = 0; i < FIELDS; i++) {
		run->field[i] = strsep(&rest, "\t");
		assert_non_null(run->field[i]);
	}
	assert_null(rest);
	snprintf(options, sizeof(options), "%s", run->field[FIELD_OPTIONS]);
	read_options(run, options);
}

static bool digest_agrees(const struct fixture *image, const struct uxm_image_header *header)
{
	uint8_t digest[UXM_WIRE_DIGEST_SIZE];

	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, image->bytes + header->size,
					  image->length - header->size, digest),
			 0);
	return memcmp(digest, header->payload_digest, sizeof(digest)) == 0;
}

/* What the update has to come to, as far as it can be said without a module: its exit code. */
static int judge_update(const struct run *run, const struct fixture *image, struct uxm_failure *why)
{
	struct uxm_name name;
	struct uxm_verdict verdict;
	struct uxm_offer offer = {
		.name = &name,
		.file_size = image->length,
		.head = image->bytes,
		.head_length = fixture_head(image),
		.keys = &run->keys,
		.override = run->override,
		.allow_older = run->allow_older,
	};

	/* These two are refused by whoever opens the file. */
	if (!uxm_name_parse(run->field[FIELD_FILE], &name)) {
		uxm_fail(why, UXM_IMAGE_REFUSED, "It is not named like an image.");
		return (int)why->result;
	}
	if (image->length == 0) {
		uxm_fail(why, UXM_IMAGE_REFUSED, "It is empty.");
		return (int)why->result;
	}
	if (!uxm_decide(&offer, &d7c, &verdict, why))
		return (int)why->result;
	if (verdict.has_header && !digest_agrees(image, &verdict.header)) {
		uxm_fail(why, UXM_TRANSFER_FAILED, "The SHA-256 is another one.");
		return (int)why->result;
	}
	return UXM_UPDATED;
}

static void check(const struct run *run)
{
	char path[256];
	struct fixture image;
	struct uxm_failure why = {.text = ""};
	int code;

	snprintf(path, sizeof(path), "images/%s/%s", run->field[FIELD_FOLDER],
		 run->field[FIELD_FILE]);
	fixture_read(path, &image);
	code = judge_update(run, &image, &why);
	if (code != run->field[FIELD_CODE][0] - '0' || run->field[FIELD_CODE][1] != '\0')
		fail_msg("%s, options %s: %d in place of %s: %s", path, run->field[FIELD_OPTIONS],
			 code, run->field[FIELD_CODE], why.text);
	if (code != 0 && strstr(why.text, run->field[FIELD_WORDS]) == NULL)
		fail_msg("%s, options %s: '%s' is not in '%s'", path, run->field[FIELD_OPTIONS],
			 run->field[FIELD_WORDS], why.text);
}

static void every_vector_comes_to_what_the_index_says(void **state)
{
	FILE *index = fopen(UXM_FIXTURES "/images/index", "r");
	unsigned updates = 0;

	(void)state;
	assert_non_null(index);
	for (;;) {
		struct run run = {.override = false};

		if (fgets(run.line, sizeof(run.line), index) == NULL)
			break;
		if (run.line[0] == '#')
			continue;
		read_line(&run);
		if (strcmp(run.field[FIELD_COMMAND], "update") != 0)
			continue;
		check(&run);
		updates++;
	}
	fclose(index);
	/* An index that was not found whole must not pass. */
	assert_true(updates > 75);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_comes_to_what_the_index_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
