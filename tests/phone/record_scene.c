/* A record for tests. */
#include "record_scene.h"

#include "tests/cmocka.h"

struct folder folder;
struct record *record;
struct uxm_failure why;

int record_make(void **state)
{
	(void)state;
	folder_make(&folder);
	record = record_new();
	return record != NULL ? 0 : -1;
}

int record_unmake(void **state)
{
	(void)state;
	record_free(record);
	folder_remove(&folder);
	return 0;
}

void record_again(void)
{
	assert_true(record_save(record, folder_at(&folder, "record"), &why));
	record_free(record);
	record = record_new();
	assert_non_null(record);
	assert_true(record_load(record, folder_at(&folder, "record"), &why));
}
