/* What a server says of the SHA-256: the fields of fetch/digest.c, and which responses count. */
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

#include "bench.h"

/* The SHA-256 of "abc" (FIPS 180-2, appendix B.1), and of no bytes. */
#define ABC   "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
#define EMPTY "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

/* Reads one line out of memory of its very length, so that a look beyond it is seen. */
static void read_line(struct fetch_digest *digest, const char *line)
{
	size_t length = strlen(line);
	char *copy = malloc(length > 0 ? length : 1);

	assert_non_null(copy);
	for (size_t i = 0; i < length; i++)
		copy[i] = line[i];
	fetch_digest_line(digest, copy, length);
	free(copy);
}

static void assert_abc(const uint8_t bytes[FETCH_DIGEST_SIZE])
{
	static const uint8_t first[] = {0xba, 0x78, 0x16, 0xbf};
	static const uint8_t last[] = {0xf2, 0x00, 0x15, 0xad};

	assert_memory_equal(bytes, first, sizeof(first));
	assert_memory_equal(bytes + FETCH_DIGEST_SIZE - sizeof(last), last, sizeof(last));
}

static void reads_the_sha_256_among_other_members(void **state)
{
	static const char *const lines[] = {
		"sha-256=:" ABC ":",
		"  sha-256=:" ABC ":  ",
		"sha-512=:AAAA:, sha-256=:" ABC ":",
		"sha-256=:" ABC ":\t ,\t md5=:AA==:",
		"sha-256=:" ABC ":,sha=:AA==:,*x.1_-=?1",
		"unixsum=30637, sha-256=:" ABC ":, a=\"x\\\"\\\\,\", b",
		"sha-256=:" ABC ":;q=0.5;  z;s=\",\"",
		"sha-256=:" EMPTY ":, sha-256=:" ABC ":",
		"sha-256-x=:" EMPTY ":, sha-256=:" ABC ":, sha-25=:" EMPTY ":",
		/* The '=' at the end may be missing (RFC 8941, section 4.2.7). */
		"sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0:",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct fetch_digest digest = {.named = false};

		read_line(&digest, lines[i]);
		if (!digest.named || digest.bad)
			fail_msg("not understood: %s", lines[i]);
		assert_abc(digest.bytes);
	}
}

static void other_algorithms_name_nothing(void **state)
{
	static const char *const lines[] = {
		"", " ", "md5=:AA==:", "sha-512=:AAAA:, id-sha-256=:AA==:", "b", "a=1;b=2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct fetch_digest digest = {.named = false};

		read_line(&digest, lines[i]);
		if (digest.named || digest.bad)
			fail_msg("taken otherwise: '%s'", lines[i]);
	}
}

static void a_malformed_field_counts_as_absent(void **state)
{
	static const char *const lines[] = {
		"sha-256=" ABC,
		"SHA-256=:" ABC ":",
		"sha-256=:" ABC,
		"sha-256=:" ABC ":,",
		"sha-256=:" ABC ": md5=:AA==:",
		",sha-256=:" ABC ":",
		"sha-256=:" ABC ":, =1",
		"sha-256=:" ABC ":, md5=",
		"sha-256=:" ABC ":, md5=\"x",
		"sha-256=:" ABC ":, md5=\"\\x\"",
		"sha-256=:" ABC ":, md5=\"x\\",
		"sha-256=:" ABC ":;",
		"sha-256=:" ABC ":;a=",
		"sha-256=:" ABC ":, md5=(1 2)",
		"sha-256 =:" ABC ":",
		"sha-256= :" ABC ":",
		"sha-256=::",
		"sha-256",
		"sha-256=1",
		"sha-256=\"" ABC "\"",
		"sha-256=:AA==:",
		"sha-256=:A" ABC ":",
		"sha-256=:" ABC "=:",
		"sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa:",
		"sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAF==:",
		"sha-256=:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=:",
		"sha-256=:ungWv48Bz+pBQUDeXa4iI7AD\377aOWF3qctBD/YfIAFa0=:",
		"sha-256=:" ABC ":, sha-256=:AA==:",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct fetch_digest digest = {.named = false};
		struct fetch_digest none = {.named = false};
		uint8_t bytes[FETCH_DIGEST_SIZE] = {0};

		read_line(&digest, lines[i]);
		if (!digest.bad)
			fail_msg("taken: %s", lines[i]);
		assert_false(fetch_digest_said(&digest, &none, bytes));
		assert_int_equal(bytes[0], 0);
	}
}

static void several_lines_are_one_field(void **state)
{
	struct fetch_digest digest = {.named = false};

	(void)state;
	read_line(&digest, "sha-256=:" EMPTY ":");
	read_line(&digest, "sha-256=:" ABC ":");
	read_line(&digest, "md5=:AA==:");
	assert_true(digest.named);
	assert_false(digest.bad);
	assert_abc(digest.bytes);
	read_line(&digest, "md5=:");
	read_line(&digest, "sha-256=:" ABC ":");
	assert_true(digest.bad);
}

/* What a response with these lines in its headers says of the image. */
struct row {
	const char *fields;
	bool said;
	bool remarked;
};

static void says_what_one_or_both_fields_agree_on(void **state)
{
	static const struct row rows[] = {
		{"", false, false},
		{"\nRepr-Digest: sha-256=:" ABC ":", true, false},
		{"\ncontent-digest:sha-256=:" ABC ":", true, false},
		{"\nRepr-Digest: sha-256=:" ABC ":\nContent-Digest: sha-256=:" ABC ":", true,
		 false},
		{"\nRepr-Digest: sha-256=:" ABC ":\nContent-Digest: sha-256=:" EMPTY ":", false,
		 true},
		{"\nRepr-Digest: sha-256=:" ABC ":\nContent-Digest: sha-256=:x:", true, false},
		{"\nRepr-Digest: sha-256=x\nContent-Digest: sha-256=:" ABC ":", true, false},
		{"\nRepr-Digest: md5=:AA==:\nContent-Digest: sha-256=:" ABC ":", true, false},
		{"\nRepr-Digest: sha-256=:" EMPTY ":\nRepr-Digest: sha-256=:" ABC ":", true, false},
		{"\nRepr-Digest: sha-256=x", false, true},
		{"\nContent-Digest: sha-256=:AA==:", false, true},
		{"\nRepr-Digest: md5=:AA==:", false, false},
		{"\nDigest: sha-256=" ABC, false, false},
		{"\nWant-Repr-Digest: sha-256=10", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char lines[512];
		struct step steps[] = {
			{.kind = STEP_HEADERS, .lines = lines},
			{.kind = STEP_BODY, .length = 10},
			{.kind = STEP_FINISH},
		};
		struct script scripts[] = {{.steps = steps}};
		uint8_t digest[32] = {0};
		struct bench bench;

		snprintf(lines, sizeof(lines), "HTTP/1.1 200 OK\nContent-Length: 10%s",
			 rows[i].fields);
		set_up(&bench, URL, 0, scripts, 1);
		assert_false(bench.image.ops->digest(bench.image.self, digest));
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		if (bench.image.ops->digest(bench.image.self, digest) != rows[i].said)
			fail_msg("otherwise than expected: %s", rows[i].fields);
		if (rows[i].said) {
			assert_abc(digest);
		} else {
			assert_int_equal(digest[0], 0);
		}
		/* Whoever meant to name one is told, once. */
		assert_int_equal(bench.remarks, rows[i].remarked ? 1 : 0);
		if (rows[i].remarked)
			assert_text(bench.remark[0], "names no usable SHA-256 of http://server/");
		tear_down(&bench);
	}
}

static void what_the_first_whole_response_said_stands_until_it_is_opened_again(void **state)
{
	static const struct step redirect[] = {
		{.kind = STEP_HEADERS,
		 .lines = "HTTP/1.1 302 Found\nLocation: /b\nRepr-Digest: sha-256=:" EMPTY ":"},
		{.kind = STEP_FINISH},
	};
	static const struct step whole[] = {
		{.kind = STEP_HEADERS,
		 .lines = "HTTP/1.1 200 OK\nContent-Length: 10\nRepr-Digest: sha-256=:" ABC ":"},
		{.kind = STEP_NOTHING},
		{.kind = STEP_FINISH},
	};
	static const struct step part[] = {
		{.kind = STEP_HEADERS,
		 .lines = "HTTP/1.1 206 Partial\nContent-Range: bytes 4-9/10\n"
			  "Content-Digest: sha-256=:" EMPTY ":"},
		{.kind = STEP_FINISH},
	};
	static const struct step changed[] = {
		{.kind = STEP_HEADERS,
		 .lines = "HTTP/1.1 200 OK\nContent-Length: 10\nRepr-Digest: sha-256=:" EMPTY ":"},
		{.kind = STEP_NOTHING},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {
		{.steps = redirect}, {.steps = whole},   {.steps = part},
		{.steps = whole},    {.steps = changed}, {.steps = changed},
	};
	struct bench bench;
	uint8_t digest[32];

	(void)state;
	set_up(&bench, URL, 0, scripts, 6);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_true(bench.image.ops->digest(bench.image.self, digest));
	assert_abc(digest);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(seek_image(&bench, i == 1 ? 0 : 4), UXM_IO_OK);
		fetch_http_pump(bench.http);
		assert_true(bench.image.ops->digest(bench.image.self, digest));
		assert_abc(digest);
	}
	/* The last one named another. */
	assert_int_equal(read_image(&bench, 10), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED, "fetched: its SHA-256 is another one now");
	/* An image that is opened again may be another one. */
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_true(bench.image.ops->digest(bench.image.self, digest));
	assert_int_equal(digest[0], 0xe3);
	assert_int_equal(bench.scripted.starts, 6);
	tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_sha_256_among_other_members),
		cmocka_unit_test(other_algorithms_name_nothing),
		cmocka_unit_test(a_malformed_field_counts_as_absent),
		cmocka_unit_test(several_lines_are_one_field),
		cmocka_unit_test(says_what_one_or_both_fields_agree_on),
		cmocka_unit_test(
			what_the_first_whole_response_said_stands_until_it_is_opened_again),
	};

	return cmocka_run_group_tests_name("fetch/digest", tests, NULL, NULL);
}
