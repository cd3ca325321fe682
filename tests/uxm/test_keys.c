/* Keys out of files and folders. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cmocka.h"
#include "tests/uxm/fixture.h"
#include "tools/uxm/keys.h"

#define KEYS UXM_FIXTURES "/keys/"

/* A folder of its own for each test. */
static int make_folder(void **state)
{
	char folder[] = "/tmp/test_keys.XXXXXX";

	if (mkdtemp(folder) == NULL)
		return -1;
	*state = strdup(folder);
	return *state == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", (char *)*state);
	free(*state);
	/* The folder's name is the one made above. NOLINTNEXTLINE(cert-env33-c) */
	return system(command);
}

static void put(const char *folder, const char *name, const char *key)
{
	char path[256];
	struct fixture pem = {.length = 0};
	FILE *file;

	if (key != NULL) {
		snprintf(path, sizeof(path), "keys/%s", key);
		fixture_read(path, &pem);
	}
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(pem.bytes, 1, pem.length, file), pem.length);
	assert_int_equal(fclose(file), 0);
}

static void is_key(const struct uxm_keys *keys, size_t at, const char *name)
{
	struct uxm_keys expected = {.count = 0};

	assert_true(at < keys->count);
	fixture_add_key(name, &expected);
	assert_memory_equal(&keys->key[at], &expected.key[0], sizeof(expected.key[0]));
}

static void refused(bool added, const struct uxm_failure *why, const char *file, const char *words)
{
	assert_false(added);
	assert_int_equal(why->result, UXM_USAGE);
	if (strstr(why->text, file) == NULL || strstr(why->text, words) == NULL)
		fail_msg("'%s' and '%s' are not in '%s'", file, words, why->text);
}

static void reads_public_and_private_keys(void **state)
{
	struct uxm_keys keys = {.count = 0};
	struct uxm_failure why;

	(void)state;
	assert_true(keys_add_file(&keys, KEYS "test-release.pem", &why));
	assert_true(keys_add_file(&keys, KEYS "test-certtool-private.pem", &why));
	assert_int_equal(keys.count, 2);
	is_key(&keys, 0, "test-release.pem");
	is_key(&keys, 1, "test-certtool.pem");
}

static void takes_the_same_key_once(void **state)
{
	struct uxm_keys keys = {.count = 0};
	struct uxm_failure why;

	(void)state;
	assert_true(keys_add_file(&keys, KEYS "test-release.pem", &why));
	assert_true(keys_add_file(&keys, KEYS "test-release-private.pem", &why));
	assert_int_equal(keys.count, 1);
}

static void refuses_a_file_that_is_missing_a_folder_or_no_key(void **state)
{
	const char *folder = *state;
	struct uxm_keys keys = {.count = 0};
	struct uxm_failure why;
	char path[256];

	refused(keys_add_file(&keys, KEYS "missing.pem", &why), &why, "missing.pem",
		"No such file");
	refused(keys_add_file(&keys, UXM_FIXTURES "/keys", &why), &why, "keys", "directory");
	refused(keys_add_file(&keys, UXM_FIXTURES "/images/index", &why), &why, "index",
		"no Ed25519 key");
	refused(keys_add_file(&keys, "/dev/null", &why), &why, "/dev/null", "no Ed25519 key");
	refused(keys_add_file(&keys, "/dev/zero", &why), &why, "/dev/zero", "no Ed25519 key");
	snprintf(path, sizeof(path), "%s/10.pem", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(keys_add_file(&keys, path, &why), &why, "10.pem", "is a pipe");
	assert_int_equal(keys.count, 0);
}

static void refuses_more_keys_than_there_is_room_for(void **state)
{
	struct uxm_keys keys = {.count = 0};
	struct uxm_failure why;

	(void)state;
	for (size_t i = 0; i < UXM_KEYS_MOST; i++)
		keys.key[keys.count++].bytes[0] = (uint8_t)i;
	refused(keys_add_file(&keys, KEYS "test-release.pem", &why), &why, "test-release.pem",
		"at most 16");
	keys.count--;
	assert_true(keys_add_file(&keys, KEYS "test-release.pem", &why));
	/* One that is known needs no room. */
	assert_true(keys_add_file(&keys, KEYS "test-release.pem", &why));
}

static void takes_the_pem_files_of_a_folder_in_the_order_of_their_names(void **state)
{
	const char *folder = *state;
	struct uxm_keys keys = {.count = 0};
	struct uxm_failure why;

	put(folder, "20.pem", "test-release.pem");
	put(folder, "10.pem", "test-other.pem");
	put(folder, "Z.pem", "test-certtool.pem");
	put(folder, "README", NULL);
	put(folder, "old.pem.disabled", NULL);
	put(folder, ".pem", NULL);
	put(folder, ".hidden.pem", NULL);
	assert_true(keys_add_folder(&keys, folder, &why));
	assert_int_equal(keys.count, 3);
	is_key(&keys, 0, "test-other.pem");
	is_key(&keys, 1, "test-release.pem");
	is_key(&keys, 2, "test-certtool.pem");
}

static void a_folder_that_is_missing_or_empty_holds_no_key(void **state)
{
	struct uxm_keys keys = {.count = 0};
	struct uxm_failure why;

	assert_true(keys_add_folder(&keys, "/nowhere/keys.d", &why));
	assert_true(keys_add_folder(&keys, *state, &why));
	assert_int_equal(keys.count, 0);
}

/* A key that cannot be read must not mean that no signature is required. */
static void refuses_a_folder_with_a_file_that_is_no_key(void **state)
{
	const char *folder = *state;
	struct uxm_keys keys = {.count = 0};
	struct uxm_failure why;
	char path[256];

	put(folder, "10.pem", "test-other.pem");
	put(folder, "20.pem", NULL);
	refused(keys_add_folder(&keys, folder, &why), &why, "20.pem", "no Ed25519 key");
	snprintf(path, sizeof(path), "%s/20.pem", folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("nowhere", path), 0);
	refused(keys_add_folder(&keys, folder, &why), &why, "20.pem", "cannot be read");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	refused(keys_add_folder(&keys, folder, &why), &why, "20.pem", "cannot be read");
}

static void refuses_a_folder_that_is_a_file(void **state)
{
	struct uxm_keys keys = {.count = 0};
	struct uxm_failure why;

	(void)state;
	refused(keys_add_folder(&keys, KEYS "test-release.pem", &why), &why, "test-release.pem",
		"cannot be read");
}

static void reads_a_private_key_and_forgets_it(void **state)
{
	static const struct keys_private nothing;
	struct keys_private key;
	struct uxm_keys expected = {.count = 0};
	struct uxm_failure why;

	(void)state;
	assert_true(keys_read_private(KEYS "test-release-private.pem", &key, &why));
	fixture_add_key("test-release.pem", &expected);
	assert_memory_equal(&key.public, &expected.key[0], sizeof(key.public));
	assert_non_null(strstr(key.pem, "BEGIN PRIVATE KEY"));
	keys_forget(&key);
	assert_memory_equal(&key, &nothing, sizeof(key));
}

static void refuses_a_public_key_where_a_private_one_is_needed(void **state)
{
	struct keys_private key = {.length = 77};
	struct uxm_failure why;

	(void)state;
	refused(keys_read_private(KEYS "test-release.pem", &key, &why), &why, "test-release.pem",
		"no Ed25519 private key");
	refused(keys_read_private(KEYS "missing.pem", &key, &why), &why, "missing.pem",
		"No such file");
	assert_int_equal(key.length, 77);
}

static void writes_key_ids_as_sixteen_digits(void **state)
{
	const uint8_t id[8] = {0, 1, 0x23, 0xAB, 0xFF, 5, 6, 0x70};
	char text[KEYS_ID_TEXT];

	(void)state;
	assert_string_equal(keys_id_text(id, text), "000123abff050670");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_public_and_private_keys),
		cmocka_unit_test(takes_the_same_key_once),
		cmocka_unit_test_setup_teardown(refuses_a_file_that_is_missing_a_folder_or_no_key,
						make_folder, remove_folder),
		cmocka_unit_test(refuses_more_keys_than_there_is_room_for),
		cmocka_unit_test_setup_teardown(
			takes_the_pem_files_of_a_folder_in_the_order_of_their_names, make_folder,
			remove_folder),
		cmocka_unit_test_setup_teardown(a_folder_that_is_missing_or_empty_holds_no_key,
						make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(refuses_a_folder_with_a_file_that_is_no_key,
						make_folder, remove_folder),
		cmocka_unit_test(refuses_a_folder_that_is_a_file),
		cmocka_unit_test(reads_a_private_key_and_forgets_it),
		cmocka_unit_test(refuses_a_public_key_where_a_private_one_is_needed),
		cmocka_unit_test(writes_key_ids_as_sixteen_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
