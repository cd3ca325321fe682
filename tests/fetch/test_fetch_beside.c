/* fetch/beside.c: the .sha256 file beside an image, as a file and from real servers on loopback. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fetch/beside.h"
#include "servers.h"

#define HEX  "00112233445566778899aabbccddeeff0123456789ABCDEFfedcba9876543210"
#define NAME "snomD7C-1.6.1-r.bin"

static const uint8_t expected[FETCH_DIGEST_SIZE] = {
	0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa,
	0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
	0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10,
};

/* Asks until the answer is there; waits as an update does. */
static enum uxm_io read_beside(const char *location, const struct fetch_beside_options *options,
			       uint8_t digest[FETCH_DIGEST_SIZE], struct uxm_failure *why)
{
	struct fetch_beside *beside = NULL;
	enum uxm_io io = UXM_IO_AGAIN;
	struct uxm_failure again;

	memset(digest, 0, FETCH_DIGEST_SIZE);
	assert_true(fetch_beside_new(location, options, &beside, why));
	for (int i = 0; i < 1000 && io == UXM_IO_AGAIN; i++) {
		io = fetch_beside_read(beside, digest, why);
		if (io != UXM_IO_AGAIN)
			break;
		assert_non_null(fetch_beside_small(beside));
		assert_true(fetch_small_wait(fetch_beside_small(beside), NULL, 0, 1000, why));
	}
	assert_int_not_equal(io, UXM_IO_AGAIN);
	/* What it said it says again. */
	again = *why;
	assert_int_equal(fetch_beside_read(beside, digest, why), io);
	if (io == UXM_IO_FAILED)
		assert_string_equal(why->text, again.text);
	fetch_beside_free(beside);
	return io;
}

static void assert_failed(enum uxm_io io, const struct uxm_failure *why, enum uxm_result result,
			  const char *part)
{
	assert_int_equal(io, UXM_IO_FAILED);
	if (why->result != result || strstr(why->text, part) == NULL) {
		fail_msg("expected (%d) ...%s...\nsaid (%d) %s", result, part, why->result,
			 why->text);
	}
	assert_null(strstr(why->text, "secret"));
}

static void write_file(const char *path, const char *text, size_t length)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

/* A folder, the image's path in it (there need be no image), and that of the file beside. */
struct place {
	char folder[64];
	char image[128];
	char beside[160];
};

static void make_place(struct place *place)
{
	snprintf(place->folder, sizeof(place->folder), "/tmp/uxm-beside-XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->image, sizeof(place->image), "%s/" NAME, place->folder);
	snprintf(place->beside, sizeof(place->beside), "%s.sha256", place->image);
}

static void remove_place(const struct place *place)
{
	unlink(place->beside);
	rmdir(place->folder);
}

static void reads_what_sha256sum_prints(void **state)
{
	static const char *const texts[] = {
		HEX "  " NAME "\n",
		HEX " *" NAME "\n",
		HEX "  " NAME,
		HEX "  " NAME "\r\n",
		HEX "  ./dist/" NAME "\n",
		HEX " */" NAME "\n",
		HEX "\n",
		HEX,
		HEX "\r\n",
		HEX "  \n",
		HEX "  " NAME "\nwhatever\ncomes behind",
	};
	const struct fetch_beside_options options = {.access = NULL};
	struct place place;

	(void)state;
	make_place(&place);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct uxm_failure why = {.text = ""};
		uint8_t digest[FETCH_DIGEST_SIZE];

		write_file(place.beside, texts[i], strlen(texts[i]));
		if (read_beside(place.image, &options, digest, &why) != UXM_IO_OK)
			fail_msg("%s: %s", texts[i], why.text);
		assert_memory_equal(digest, expected, sizeof(expected));
	}
	remove_place(&place);
}

static void refuses_what_sha256sum_does_not_print(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{"\n", "does not begin with a line as sha256sum prints it"},
		{"\n" HEX "\n", "does not begin with a line"},
		{" " HEX "\n", "does not begin with a line"},
		{"0" HEX "\n", "does not begin with a line"},
		{"00112233445566778899aabbccddeeff0123456789ABCDEFfedcba987654321\n",
		 "does not begin with a line"},
		{"g0112233445566778899aabbccddeeff0123456789ABCDEFfedcba9876543210\n",
		 "does not begin with a line"},
		{HEX NAME "\n", "does not begin with a line"},
		{HEX " " NAME "\n", "does not begin with a line"},
		{HEX "\t" NAME "\n", "does not begin with a line"},
		{HEX " x\n", "does not begin with a line"},
		{HEX "*\n", "does not begin with a line"},
		{"\\" HEX "  a\\nb\n", "does not begin with a line"},
		{"SHA256 (" NAME ") = " HEX "\n", "does not begin with a line"},
		{"<!DOCTYPE html>\n", "does not begin with a line"},
		{HEX "  snomD7C-1.6.0-r.bin\n",
		 "is about another file than " NAME ": 'snomD7C-1.6.0-r.bin'"},
		{HEX "  x" NAME "\n", "is about another file"},
		{HEX "  " NAME "x\n", "is about another file"},
		{HEX "  " NAME "/\n", "is about another file"},
		{HEX "   " NAME "\n", "is about another file"},
		{HEX "  other\n" HEX "  " NAME "\n", "is about another file"},
		{"", "is empty"},
	};
	const struct fetch_beside_options options = {.access = NULL};
	struct place place;

	(void)state;
	make_place(&place);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uxm_failure why = {.text = ""};
		uint8_t digest[FETCH_DIGEST_SIZE];

		write_file(place.beside, rows[i].text, strlen(rows[i].text));
		assert_failed(read_beside(place.image, &options, digest, &why), &why,
			      UXM_IMAGE_REFUSED, rows[i].says);
		assert_non_null(strstr(why.text, place.beside));
		assert_int_equal(digest[1], 0);
	}
	remove_place(&place);
}

/* Each beginning of a good file, in memory of just that length. */
static void judges_nothing_behind_the_last_byte(void **state)
{
	static const char text[] = HEX "  " NAME "\n";

	(void)state;
	for (size_t length = 0; length < sizeof(text); length++) {
		bool good =
			length == 64 || length == 65 || length == 66 || length >= sizeof(text) - 2;
		uint8_t *copy = malloc(length > 0 ? length : 1);
		struct uxm_failure why = {.text = ""};
		uint8_t digest[FETCH_DIGEST_SIZE] = {0x77};

		assert_non_null(copy);
		memcpy(copy, text, length);
		if (fetch_beside_judge(copy, length, NAME, "it", digest, &why) != good)
			fail_msg("%zu bytes: %s", length, why.text);
		assert_int_equal(digest[0], good ? 0 : 0x77);
		assert_int_equal(why.text[0] == '\0', good);
		free(copy);
	}
}

static void reads_4096_bytes_and_no_more(void **state)
{
	const struct fetch_beside_options options = {.access = NULL};
	struct uxm_failure why = {.text = ""};
	uint8_t digest[FETCH_DIGEST_SIZE];
	char text[FETCH_BESIDE_MOST + 1];
	struct place place;

	(void)state;
	make_place(&place);
	memset(text, '\n', sizeof(text));
	memcpy(text, HEX, sizeof(HEX) - 1);
	write_file(place.beside, text, FETCH_BESIDE_MOST);
	assert_int_equal(read_beside(place.image, &options, digest, &why), UXM_IO_OK);
	write_file(place.beside, text, FETCH_BESIDE_MOST + 1);
	assert_failed(read_beside(place.image, &options, digest, &why), &why, UXM_IMAGE_REFUSED,
		      "4097 bytes, and at most 4096");
	/* A line that fills it without an end is none. */
	memset(text, '0', sizeof(text));
	write_file(place.beside, text, FETCH_BESIDE_MOST);
	assert_failed(read_beside(place.image, &options, digest, &why), &why, UXM_IMAGE_REFUSED,
		      "does not begin with a line");
	remove_place(&place);
}

static void says_that_there_is_none(void **state)
{
	const struct fetch_beside_options options = {.access = NULL};
	struct uxm_failure why = {.text = ""};
	uint8_t digest[FETCH_DIGEST_SIZE];
	struct place place;

	(void)state;
	make_place(&place);
	assert_failed(read_beside(place.image, &options, digest, &why), &why, UXM_FETCH_FAILED,
		      NAME ".sha256 cannot be opened");
	/* A pipe would keep it waiting. */
	assert_int_equal(mkfifo(place.beside, 0600), 0);
	assert_failed(read_beside(place.image, &options, digest, &why), &why, UXM_FETCH_FAILED,
		      "is not a regular file");
	remove_place(&place);
}

static void reads_it_from_a_server(void **state)
{
	static const struct {
		const char *path;
		const char *file; /* in the servers' folder */
		const char *text;
		enum uxm_result result;
		const char *says;
	} rows[] = {
		{"/plain/" NAME, NAME ".sha256", HEX "  " NAME "\n", UXM_UPDATED, ""},
		{"/plain/" NAME "?token=secret#x", NAME ".sha256", HEX, UXM_UPDATED, ""},
		{"/user/user/secret/" NAME, NAME ".sha256", HEX " *" NAME "\n", UXM_UPDATED, ""},
		{"/hops/2/" NAME, NAME ".sha256", HEX "  " NAME "\n", UXM_UPDATED, ""},
		{"/trickle/100/" NAME, NAME ".sha256", HEX "\n", UXM_UPDATED, ""},
		{"/plain/%73nomD7C-1.6.1-r.bin", NAME ".sha256", HEX "  " NAME "\n", UXM_UPDATED,
		 ""},
		{"/plain/" NAME, NAME ".sha256", HEX "  other.bin\n", UXM_IMAGE_REFUSED,
		 "/plain/" NAME ".sha256 is about another file than " NAME ": 'other.bin'"},
		{"/plain/" NAME "?token=secret", NAME ".sha256", "<html>", UXM_IMAGE_REFUSED,
		 "/plain/" NAME ".sha256?... does not begin with a line"},
		{"/plain/missing.bin", NAME ".sha256", HEX, UXM_FETCH_FAILED,
		 "has no http://127.0.0.1:"},
		{"/gen/5000/a.bin", NAME ".sha256", HEX, UXM_IMAGE_REFUSED,
		 "a.bin.sha256 is too large: it has 5000 bytes, and at most 4096"},
		{"/short/30/" NAME, NAME ".sha256", HEX "  " NAME "\n", UXM_FETCH_FAILED,
		 "truncated"},
		{"/chunked/" NAME, NAME ".sha256", HEX, UXM_UPDATED, ""},
		{"/nolength/" NAME, NAME ".sha256", HEX "  " NAME "\n", UXM_UPDATED, ""},
		{"/plain/" NAME, NAME ".sha256", "", UXM_IMAGE_REFUSED, NAME ".sha256 is empty."},
		{"/tofile/" NAME, NAME ".sha256", HEX, UXM_FETCH_FAILED, "to file:"},
	};
	const struct servers *servers = *state;
	struct fetch_beside_options options = {.deadlines = UXM_DEADLINES};

	options.deadlines.fetch_pause = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uxm_failure why = {.text = ""};
		uint8_t digest[FETCH_DIGEST_SIZE];
		char path[160];
		char url[512];
		enum uxm_io io;

		snprintf(path, sizeof(path), "%s/%s", servers->folder, rows[i].file);
		write_file(path, rows[i].text, strlen(rows[i].text));
		snprintf(url, sizeof(url), "http://user:secret@127.0.0.1:%u%s", servers->python,
			 rows[i].path);
		io = read_beside(url, &options, digest, &why);
		if (rows[i].result != UXM_UPDATED) {
			assert_failed(io, &why, rows[i].result, rows[i].says);
			continue;
		}
		if (io != UXM_IO_OK)
			fail_msg("%s: %s", rows[i].path, why.text);
		assert_memory_equal(digest, expected, sizeof(expected));
	}
}

static void trusts_the_authorities_that_it_is_given(void **state)
{
	const struct servers *servers = *state;
	struct uxm_failure why = {.text = ""};
	uint8_t digest[FETCH_DIGEST_SIZE];
	char authority[128];
	char path[160];
	char url[512];
	struct fetch_beside_options options = {.trust = {.ca_file = authority},
					       .deadlines = UXM_DEADLINES};

	snprintf(authority, sizeof(authority), "%s/authority.pem", servers->folder);
	snprintf(path, sizeof(path), "%s/" NAME ".sha256", servers->folder);
	write_file(path, HEX "\n", strlen(HEX) + 1);
	snprintf(url, sizeof(url), "https://localhost:%u/" NAME, servers->site[SITE_RIGHT]);
	assert_int_equal(read_beside(url, &options, digest, &why), UXM_IO_OK);
	snprintf(url, sizeof(url), "https://localhost:%u/" NAME, servers->site[SITE_UNKNOWN]);
	assert_failed(read_beside(url, &options, digest, &why), &why, UXM_FETCH_FAILED,
		      "authority");
}

static void refuses_what_is_no_http_url(void **state)
{
	const struct fetch_beside_options options = {.access = NULL};
	struct fetch_beside *beside = NULL;
	struct uxm_failure why = {.text = ""};

	(void)state;
	assert_false(fetch_beside_new("tftp://user:secret@host/" NAME, &options, &beside, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, "only http, https, ftp and ftps"));
	assert_null(beside);
	fetch_beside_free(NULL);
}

static int start_all(void **state)
{
	static struct servers servers;

	*state = &servers;
	unsetenv("http_proxy");
	setenv("no_proxy", "*", 1);
	return servers_start(&servers) ? 0 : -1;
}

static int stop_all(void **state)
{
	servers_stop(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_sha256sum_prints),
		cmocka_unit_test(refuses_what_sha256sum_does_not_print),
		cmocka_unit_test(judges_nothing_behind_the_last_byte),
		cmocka_unit_test(reads_4096_bytes_and_no_more),
		cmocka_unit_test(says_that_there_is_none),
		cmocka_unit_test(reads_it_from_a_server),
		cmocka_unit_test(trusts_the_authorities_that_it_is_given),
		cmocka_unit_test(refuses_what_is_no_http_url),
	};

	return cmocka_run_group_tests_name("fetch/beside", tests, start_all, stop_all);
}
