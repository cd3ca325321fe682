/* The flash file, and what the display prints. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/cmocka.h"
#include "tools/module/display.h"
#include "tools/module/store.h"

struct folder {
	char path[64];
	char file[80];
};

static void folder_make(struct folder *folder)
{
	snprintf(folder->path, sizeof(folder->path), "/tmp/uxm-module-test-XXXXXX");
	assert_non_null(mkdtemp(folder->path));
	snprintf(folder->file, sizeof(folder->file), "%s/flash", folder->path);
}

static void folder_remove(const struct folder *folder)
{
	unlink(folder->file);
	assert_int_equal(rmdir(folder->path), 0);
}

static void flash_keeps(const char *path, bool survives)
{
	struct uxm_failure why;
	struct store *store = store_open(path, 100000, &why);
	struct device_storage table;
	uint8_t record[RECORD_SIZE] = {1, 2, 3};
	uint8_t got[RECORD_SIZE];
	uint8_t bytes[4] = {0};

	assert_non_null(store);
	table = store_table(store);
	assert_false(table.ops->load(table.self, got));
	assert_true(table.ops->save(table.self, record));
	record[0] = 9;
	assert_true(table.ops->save(table.self, record));
	assert_true(table.ops->write(table.self, 0, 50000, (const uint8_t *)"abcd", 4));
	assert_true(table.ops->write(table.self, 1, 50000, (const uint8_t *)"efgh", 4));
	/* not beyond the bank's end, which is rounded up to a page */
	assert_false(table.ops->write(table.self, 1, 102400, bytes, 1));
	assert_false(table.ops->read(table.self, 1, UINT64_MAX, bytes, 1));
	assert_false(table.ops->read(table.self, 1, 102399, bytes, 2));
	if (survives) {
		store_close(store);
		store = store_open(path, 100000, &why);
		assert_non_null(store);
		table = store_table(store);
	}
	assert_true(table.ops->load(table.self, got));
	assert_memory_equal(got, record, sizeof(record));
	assert_true(table.ops->read(table.self, 0, 50000, bytes, 4));
	assert_memory_equal(bytes, "abcd", 4);
	assert_true(table.ops->discard(table.self, 0));
	assert_true(table.ops->read(table.self, 1, 50000, bytes, 4));
	assert_memory_equal(bytes, "efgh", 4);
	store_close(store);
}

static void flash_in_memory_keeps_record_and_banks(void **state)
{
	(void)state;
	flash_keeps(NULL, false);
}

static void flash_in_a_file_survives_the_process(void **state)
{
	struct folder folder = {.path = ""};

	(void)state;
	folder_make(&folder);
	flash_keeps(folder.file, true);
	folder_remove(&folder);
}

/* A process that ends while it writes leaves a slot that is torn: the other one counts. */
static void a_torn_record_leaves_the_one_before(void **state)
{
	struct folder folder = {.path = ""};
	struct uxm_failure why;
	struct store *store;
	struct device_storage table;
	uint8_t record[RECORD_SIZE] = {0};
	int fd;

	(void)state;
	folder_make(&folder);
	store = store_open(folder.file, 4096, &why);
	assert_non_null(store);
	table = store_table(store);
	for (uint8_t i = 1; i <= 3; i++) {
		record[0] = i;
		assert_true(table.ops->save(table.self, record));
	}
	store_close(store);
	/* the third is in the slot of odd numbers */
	fd = open(folder.file, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "torn", 4, 4096 + 50), 4);
	close(fd);
	store = store_open(folder.file, 4096, &why);
	assert_non_null(store);
	table = store_table(store);
	assert_true(table.ops->load(table.self, record));
	assert_int_equal(record[0], 2);
	/* and the next one replaces the torn one */
	record[0] = 4;
	assert_true(table.ops->save(table.self, record));
	store_close(store);
	store = store_open(folder.file, 4096, &why);
	assert_non_null(store);
	table = store_table(store);
	assert_true(table.ops->load(table.self, record));
	assert_int_equal(record[0], 4);
	store_close(store);
	folder_remove(&folder);
}

static void a_flash_file_belongs_to_one_module(void **state)
{
	struct folder folder = {.path = ""};
	struct uxm_failure why;
	struct store *store;

	(void)state;
	folder_make(&folder);
	store = store_open(folder.file, 4096, &why);
	assert_non_null(store);
	assert_null(store_open(folder.file, 4096, &why));
	assert_non_null(strstr(why.text, "in use"));
	store_close(store);
	assert_null(store_open(folder.path, 4096, &why));
	assert_non_null(strstr(why.text, folder.path));
	folder_remove(&folder);
}

/* What a display prints, as text. */
struct printed {
	struct display display;
	char *text;
	size_t size;
};

static void printed_open(struct printed *printed)
{
	memset(printed, 0, sizeof(*printed));
	printed->display.label = "S";
	printed->display.to = open_memstream(&printed->text, &printed->size);
	assert_non_null(printed->display.to);
}

static void printed_is(struct printed *printed, const char *expected)
{
	fflush(printed->display.to);
	assert_string_equal(printed->text, expected);
	fclose(printed->display.to);
	free(printed->text);
}

static void numbers_are_printed_ten_times_a_second(void **state)
{
	struct printed printed;
	uint64_t lines = 0;

	(void)state;
	printed_open(&printed);
	for (uint64_t now = 0; now < 1000000; now += 1000) {
		char text[DEVICE_SCREEN_TEXT];
		snprintf(text, sizeof(text), "%u", (unsigned)now);
		display_show(&printed.display, DEVICE_SCREEN_RECEIVING, text, now);
	}
	fflush(printed.display.to);
	for (const char *at = printed.text; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, 10);
	assert_true(display_next(&printed.display) == 1000000);
	fclose(printed.display.to);
	free(printed.text);
}

static void a_change_of_kind_is_printed_at_once_and_the_last_number_before_it(void **state)
{
	struct printed printed;

	(void)state;
	printed_open(&printed);
	display_show(&printed.display, DEVICE_SCREEN_NORMAL, "n", 0);
	display_show(&printed.display, DEVICE_SCREEN_NORMAL, "n", 500000);
	display_show(&printed.display, DEVICE_SCREEN_RECEIVING, "1", 500001);
	display_show(&printed.display, DEVICE_SCREEN_RECEIVING, "2", 500002);
	display_show(&printed.display, DEVICE_SCREEN_RECEIVING, "3", 500003);
	display_show(&printed.display, DEVICE_SCREEN_VERIFY, "v", 500004);
	assert_true(display_next(&printed.display) == DEVICE_NEVER);
	display_show(&printed.display, DEVICE_SCREEN_VERIFY, "w", 500005);
	display_off(&printed.display);
	display_show(&printed.display, DEVICE_SCREEN_VERIFY, "w", 500006);
	printed_is(&printed, "[S] n\n[S] 1\n[S] 3\n[S] v\n[S] w\n[S] w\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flash_in_memory_keeps_record_and_banks),
		cmocka_unit_test(flash_in_a_file_survives_the_process),
		cmocka_unit_test(a_torn_record_leaves_the_one_before),
		cmocka_unit_test(a_flash_file_belongs_to_one_module),
		cmocka_unit_test(numbers_are_printed_ten_times_a_second),
		cmocka_unit_test(a_change_of_kind_is_printed_at_once_and_the_last_number_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
