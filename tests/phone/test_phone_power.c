/*
 * phone/whole_file.c when calls fail, and when the power goes: before each call that changes
 * something, with the worst that a file system may do. What was not synced is lost: of a file its
 * bytes, and of a renaming either side may be found afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "phone/whole_file.h"
#include "tests/cmocka.h"

#define OLD          "the old file"
/* Longer than is written at once. */
#define FRESH_LENGTH 10000u

/* More calls than a write takes. */
#define CALLS_MOST 64

static struct folder folder;

/* What was done, and when the power goes. */
static struct {
	bool watched;
	unsigned calls;
	unsigned cut;   /* from this call on nothing works */
	unsigned fault; /* this call alone fails; 0: none */
	int error;      /* of what fails, 0: EIO */
	int file;       /* the descriptor of the new file */
	bool synced;    /* its bytes are */
	bool renamed_early;
	bool folders_refuse; /* to be synced, as on a file system that cannot */
	const char *grows;   /* what is written behind the file before it is first read, or NULL */
	size_t largest;      /* bytes that were asked for at once */
} power;

/* The linker gives the calls these names. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c)
int __wrap_open64(const char *path, int flags, ...);
int __real_open64(const char *path, int flags, ...);
int __wrap_unlink(const char *path);
int __real_unlink(const char *path);
int __wrap_rename(const char *from, const char *to);
int __real_rename(const char *from, const char *to);
int __wrap_fsync(int descriptor);
int __real_fsync(int descriptor);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t length);
ssize_t __real_write(int descriptor, const void *bytes, size_t length);
ssize_t __wrap_pread64(int descriptor, void *bytes, size_t room, off_t at);
ssize_t __real_pread64(int descriptor, void *bytes, size_t room, off_t at);
void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);

/* Whether this call still works. */
static bool works(void)
{
	if (!power.watched)
		return true;
	power.calls++;
	if (power.calls < power.cut && power.calls != power.fault)
		return true;
	errno = power.error != 0 ? power.error : EIO;
	return false;
}

int __wrap_open64(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode = 0;
	int descriptor;

	va_start(arguments, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	if (!works())
		return -1;
	descriptor = __real_open64(path, flags, mode);
	if (power.watched && (flags & O_CREAT) != 0) {
		power.file = descriptor;
		power.synced = false;
	} else if (descriptor == power.file) {
		/* It was closed, and this is the folder. */
		power.file = -1;
	}
	return descriptor;
}

int __wrap_unlink(const char *path)
{
	return works() ? __real_unlink(path) : -1;
}

int __wrap_rename(const char *from, const char *to)
{
	if (!works())
		return -1;
	power.renamed_early = power.renamed_early || !power.synced;
	return __real_rename(from, to);
}

int __wrap_fsync(int descriptor)
{
	if (!works())
		return -1;
	if (descriptor == power.file) {
		power.synced = true;
	} else if (power.watched && power.folders_refuse) {
		errno = EINVAL;
		return -1;
	}
	return __real_fsync(descriptor);
}

ssize_t __wrap_write(int descriptor, const void *bytes, size_t length)
{
	if (!works())
		return -1;
	if (!power.watched)
		return __real_write(descriptor, bytes, length);
	power.synced = false;
	/* In parts, so that the power can go between them. */
	return __real_write(descriptor, bytes, length < 4096 ? length : 4096);
}

ssize_t __wrap_pread64(int descriptor, void *bytes, size_t room, off_t at)
{
	if (!works())
		return -1;
	if (power.grows != NULL) {
		FILE *file = fopen(folder_at(&folder, "f"), "ae");

		assert_non_null(file);
		fputs(power.grows, file);
		assert_int_equal(fclose(file), 0);
		power.grows = NULL;
	}
	return __real_pread64(descriptor, bytes, room, at);
}

void *__wrap_malloc(size_t size)
{
	if (power.watched && size > power.largest)
		power.largest = size;
	return works() ? __real_malloc(size) : NULL;
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c)

static void begin(unsigned cut, unsigned fault)
{
	memset(&power, 0, sizeof(power));
	power.watched = true;
	power.cut = cut;
	power.fault = fault;
	power.file = -1;
}

static void fill(char *fresh)
{
	memset(fresh, 'n', FRESH_LENGTH);
	fresh[FRESH_LENGTH] = '\0';
}

static int make(void **state)
{
	(void)state;
	folder_make(&folder);
	return 0;
}

static int release(void **state)
{
	(void)state;
	power.watched = false;
	folder_remove(&folder);
	return 0;
}

static void a_power_cut_at_any_step_leaves_the_old_or_the_new_file(void **state)
{
	char fresh[FRESH_LENGTH + 1];
	unsigned olds = 0;
	unsigned news = 0;
	bool done = false;

	(void)state;
	fill(fresh);
	for (unsigned cut = 1; cut < CALLS_MOST && !done; cut++) {
		struct uxm_failure why = {.text = ""};
		char path[256];
		char *found;

		snprintf(path, sizeof(path), "%s", folder_at(&folder, "f"));
		folder_put(&folder, "f", OLD);
		begin(cut, 0);
		done = whole_file_write(path, fresh, FRESH_LENGTH, &why);
		power.watched = false;
		/* A renaming before the bytes were there for good would lose both files. */
		assert_false(power.renamed_early);
		assert_int_equal(why.text[0] == '\0', done);
		found = folder_get(&folder, "f");
		assert_non_null(found);
		if (strcmp(found, OLD) == 0)
			olds++;
		else if (strcmp(found, fresh) == 0)
			news++;
		else
			fail_msg("cut %u left %zu bytes", cut, strlen(found));
		assert_int_equal(!done || strcmp(found, fresh) == 0, 1);
		free(found);
		/* What was left over does not keep the next writer from its work. */
		assert_true(whole_file_write(path, fresh, FRESH_LENGTH, &why));
		assert_int_equal(folder_count(&folder), 1);
	}
	assert_true(done);
	/* unlink, open, three writes, fsync, rename come before; then the folder's open and fsync.
	 */
	assert_int_equal(olds, 7);
	assert_int_equal(news, 3);
}

static void a_call_that_fails_is_said_and_leaves_no_other_file_behind(void **state)
{
	char fresh[FRESH_LENGTH + 1];

	(void)state;
	fill(fresh);
	/* 1 is the unlink of what is not there; from 8 on the folder's. */
	for (unsigned fault = 2; fault <= 9; fault++) {
		struct uxm_failure why = {.text = ""};
		char path[256];

		snprintf(path, sizeof(path), "%s", folder_at(&folder, "f"));
		folder_put(&folder, "f", OLD);
		begin(CALLS_MOST, fault);
		assert_false(whole_file_write(path, fresh, FRESH_LENGTH, &why));
		power.watched = false;
		assert_int_equal(why.result, UXM_INTERNAL);
		assert_non_null(strstr(why.text, "/f cannot be written"));
		assert_true(folder_holds(&folder, "f", fault < 8 ? OLD : fresh));
		assert_int_equal(folder_count(&folder), 1);
	}
}

static void nothing_is_said_to_be_written_before_its_folder_is_synced(void **state)
{
	struct uxm_failure why;
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s", folder_at(&folder, "f"));
	begin(CALLS_MOST, 0);
	assert_true(whole_file_write(path, OLD, strlen(OLD), &why));
	/* unlink, open, write, fsync, rename, open, fsync. */
	assert_int_equal(power.calls, 7);
	begin(CALLS_MOST, 0);
	assert_true(whole_file_remove(path, &why));
	/* unlink, open, fsync. */
	assert_int_equal(power.calls, 3);
	begin(CALLS_MOST, 3);
	folder_put(&folder, "f", OLD);
	power.calls = 0;
	assert_false(whole_file_remove(path, &why));
	begin(CALLS_MOST, 0);
	assert_true(whole_file_remove(path, &why));
}

static void a_file_system_that_syncs_no_folders_is_taken_as_it_is(void **state)
{
	struct uxm_failure why;
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s", folder_at(&folder, "f"));
	begin(CALLS_MOST, 0);
	power.folders_refuse = true;
	assert_true(whole_file_write(path, OLD, strlen(OLD), &why));
	assert_int_equal(power.calls, 7);
	assert_true(folder_holds(&folder, "f", OLD));
	assert_true(whole_file_remove(path, &why));
}

static void a_file_is_read_whole_or_not_at_all(void **state)
{
	struct uxm_failure why = {.text = ""};
	char path[256];
	char *bytes = NULL;
	size_t length = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s", folder_at(&folder, "f"));
	assert_int_equal(whole_file_read(path, 100, &bytes, &length, &why), WHOLE_FILE_NONE);
	folder_put(&folder, "f", OLD);
	assert_int_equal(whole_file_read(path, strlen(OLD) - 1, &bytes, &length, &why),
			 WHOLE_FILE_FAILED);
	assert_int_equal(why.result, UXM_USAGE);
	assert_null(bytes);
	assert_int_equal(whole_file_read(path, strlen(OLD), &bytes, &length, &why),
			 WHOLE_FILE_READ);
	assert_int_equal(length, strlen(OLD));
	assert_string_equal(bytes, OLD);
	free(bytes);
	why.result = UXM_UPDATED;
	assert_int_equal(whole_file_read(folder.path, 100, &bytes, &length, &why),
			 WHOLE_FILE_FAILED);
	assert_int_equal(why.result, UXM_USAGE);
}

static void a_small_file_takes_little_memory_however_long_it_may_be(void **state)
{
	struct uxm_failure why;
	char path[256];
	char *bytes = NULL;
	size_t length;

	(void)state;
	snprintf(path, sizeof(path), "%s", folder_at(&folder, "f"));
	folder_put(&folder, "f", OLD);
	begin(CALLS_MOST, 0);
	assert_int_equal(whole_file_read(path, 1u << 24, &bytes, &length, &why), WHOLE_FILE_READ);
	power.watched = false;
	assert_in_range(power.largest, strlen(OLD), 1000);
	free(bytes);
}

static void a_file_that_grows_meanwhile_is_read_whole_too(void **state)
{
	struct uxm_failure why;
	char path[256];
	char *bytes = NULL;
	size_t length;

	(void)state;
	snprintf(path, sizeof(path), "%s", folder_at(&folder, "f"));
	folder_put(&folder, "f", OLD);
	power.grows = " and more";
	assert_int_equal(whole_file_read(path, 100, &bytes, &length, &why), WHOLE_FILE_READ);
	assert_string_equal(bytes, OLD " and more");
	assert_int_equal(length, strlen(OLD " and more"));
	free(bytes);
	/* Beyond what it may be. */
	power.grows = "!";
	assert_int_equal(whole_file_read(path, length, &bytes, &length, &why), WHOLE_FILE_FAILED);
	assert_int_equal(why.result, UXM_USAGE);
}

static bool take_nothing(void *to, const char *text, size_t length, struct uxm_failure *why)
{
	(void)to;
	(void)text;
	(void)length;
	uxm_fail(why, UXM_USAGE, "it is none.");
	return false;
}

static void what_may_be_good_is_not_set_aside_and_what_is_said_of_it_is_so(void **state)
{
	static const struct whole_file_kind kind = {
		.name = "It", .instead = "none", .most = 100, .take = take_nothing};
	/* open, malloc, two reads; rename; the folder's open and fsync. */
	static const struct {
		enum uxm_result result;
		int error;
		unsigned call;
		const char *holds; /* OLD */
		const char *says;
	} rows[] = {
		{UXM_INTERNAL, EMFILE, 1, "f", "f cannot be read and was left as it is; "},
		{UXM_INTERNAL, EACCES, 1, "f", "f cannot be read and was left as it is; "},
		{UXM_USAGE, EIO, 1, "f.bad", "f.bad; none: The file "},
		{UXM_INTERNAL, ENOMEM, 2, "f", "f cannot be read and was left as it is; "},
		{UXM_INTERNAL, ENOMEM, 3, "f", "f cannot be read and was left as it is; "},
		{UXM_USAGE, EIO, 4, "f.bad", "/f cannot be read: Input/output error."},
		{UXM_USAGE, EIO, 5, "f", "f cannot be used; none: it is none. It could not be set"},
		{UXM_USAGE, EIO, 6, "f.bad", "f.bad; none: it is none. The file "},
		{UXM_USAGE, EIO, 7, "f.bad", "/f cannot be renamed for good: Input/output error."},
		{UXM_USAGE, EIO, 8, "f.bad", "f.bad; none: it is none."},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uxm_failure why = {.text = ""};
		char path[256];

		snprintf(path, sizeof(path), "%s", folder_at(&folder, "f"));
		(void)unlink(folder_at(&folder, "f.bad"));
		folder_put(&folder, "f", OLD);
		begin(CALLS_MOST, rows[i].call);
		power.error = rows[i].error;
		assert_false(whole_file_load(path, &kind, NULL, &why));
		power.watched = false;
		if (strstr(why.text, rows[i].says) == NULL)
			fail_msg("row %u: %s", i, why.text);
		assert_int_equal(why.result, rows[i].result);
		assert_true(folder_holds(&folder, rows[i].holds, OLD));
		assert_int_equal(folder_count(&folder), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, release)
		TEST(a_power_cut_at_any_step_leaves_the_old_or_the_new_file),
		TEST(a_call_that_fails_is_said_and_leaves_no_other_file_behind),
		TEST(nothing_is_said_to_be_written_before_its_folder_is_synced),
		TEST(a_file_system_that_syncs_no_folders_is_taken_as_it_is),
		TEST(a_file_is_read_whole_or_not_at_all),
		TEST(a_small_file_takes_little_memory_however_long_it_may_be),
		TEST(a_file_that_grows_meanwhile_is_read_whole_too),
		TEST(what_may_be_good_is_not_set_aside_and_what_is_said_of_it_is_so),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/whole_file", tests, NULL, NULL);
}
