/* Making a module object while memory runs out. */
#include "tests/cmocka.h"
#include "tests/usb/fake_bus.h"

/* The linker puts these in the place of calloc and aligned_alloc (-Wl,--wrap). */
/* NOLINTBEGIN(bugprone-reserved-identifier): the linker chose the names. */
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
/* NOLINTEND(bugprone-reserved-identifier) */

/* So many allocations go well before one fails; FAKE_NEVER: none fails. */
static int allocations_until = FAKE_NEVER;

static bool allocation_fails(void)
{
	if (allocations_until < 0)
		return false;
	return allocations_until-- == 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return allocation_fails() ? NULL : __real_aligned_alloc(alignment, size);
}

static void leaves_nothing_behind_when_a_transfer_cannot_be_made(void **state)
{
	(void)state;
	for (int i = 0; i < UXM_PIPE_DEPTH + 2; i++) {
		struct fake_bus fake;

		fake_bus_init(&fake);
		fake.transfers_until = i;
		assert_null(usb_module_over(&fake_bus_ops, &fake, NULL, 0));
		assert_int_equal(fake.transfers_alive, 0);
		assert_int_equal(fake.frees, 1);
	}
	usb_module_free(NULL);
}

static void leaves_nothing_behind_when_memory_runs_out(void **state)
{
	const struct usb_id id = {1, 2};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct fake_bus fake;

		fake_bus_init(&fake);
		allocations_until = i;
		assert_null(usb_module_over(&fake_bus_ops, &fake, &id, 1));
		assert_int_equal(allocations_until, FAKE_NEVER);
		assert_int_equal(fake.transfers_alive, 0);
		assert_int_equal(fake.frees, 1);
	}
}

/* The bus itself, the object, the ids, and for each transfer its own and its buffer's. */
#define ALLOCATIONS (3 + 2 * (UXM_PIPE_DEPTH + 2))

static void leaves_nothing_of_libusb_behind_when_memory_runs_out(void **state)
{
	const struct usb_id id = {1, 2};
	struct usb_module *module = NULL;

	(void)state;
	for (int i = 0; i < ALLOCATIONS; i++) {
		allocations_until = i;
		assert_null(usb_module_new(&id, 1));
		assert_int_equal(allocations_until, FAKE_NEVER);
	}
	allocations_until = ALLOCATIONS;
	module = usb_module_new(&id, 1);
	assert_non_null(module);
	assert_int_equal(allocations_until, 0);
	allocations_until = FAKE_NEVER;
	usb_module_free(module);
}

static void says_so_when_there_is_no_memory_to_look(void **state)
{
	struct usb_module *module = usb_module_new(NULL, 0);
	struct uxm_failure why;
	size_t count = 99;

	(void)state;
	assert_non_null(module);
	allocations_until = 0;
	assert_int_equal(usb_module_ops.scan(module, NULL, 0, &count, &why), UXM_IO_FAILED);
	assert_int_equal(allocations_until, FAKE_NEVER);
	assert_int_equal(why.result, UXM_INTERNAL);
	assert_string_equal(why.text, "The USB devices cannot be listed: no memory.");
	assert_int_equal(count, 99);
	usb_module_free(module);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_nothing_behind_when_a_transfer_cannot_be_made),
		cmocka_unit_test(leaves_nothing_behind_when_memory_runs_out),
		cmocka_unit_test(leaves_nothing_of_libusb_behind_when_memory_runs_out),
		cmocka_unit_test(says_so_when_there_is_no_memory_to_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
