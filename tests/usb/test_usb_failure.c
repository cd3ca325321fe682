/* Failures of the bus in sentences. */
#include <string.h>

#include "tests/cmocka.h"
#include "usb/failure.h"

static const struct uxm_candidate candidate = {.port_path = "1-1.4", .bus = 1, .address = 7};

struct expected {
	enum bus_status status;
	enum uxm_io io;
	enum uxm_result result;
	const char *says;
};

static const struct expected all[] = {
	{BUS_STALL, UXM_IO_STALL, UXM_TRANSFER_FAILED, "refused the thing (stall)"},
	{BUS_GONE, UXM_IO_GONE, UXM_TRANSFER_FAILED, "has left the bus"},
	{BUS_BUSY, UXM_IO_FAILED, UXM_BUSY, "is in use by another program"},
	{BUS_DENIED, UXM_IO_FAILED, UXM_NOT_PERMITTED, "No permission"},
	{BUS_NO_MEMORY, UXM_IO_FAILED, UXM_TRANSFER_FAILED, "usbfs_memory_mb"},
	{BUS_TIME, UXM_IO_BROKEN, UXM_TRANSFER_FAILED, "was not answered in time"},
	{BUS_OVERFLOW, UXM_IO_BROKEN, UXM_TRANSFER_FAILED, "more than was asked for"},
	{BUS_CANCELLED, UXM_IO_BROKEN, UXM_TRANSFER_FAILED, "was cancelled"},
	{BUS_SHORT, UXM_IO_BROKEN, UXM_TRANSFER_FAILED, "only a part of its bytes"},
	{BUS_ERROR, UXM_IO_BROKEN, UXM_TRANSFER_FAILED, "failed on the bus"},
};
static const size_t all_count = sizeof(all) / sizeof(all[0]);

static void has_a_sentence_of_its_own_for_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < all_count; i++) {
		struct uxm_failure why = {.text = ""};

		assert_int_equal(usb_failure(&candidate, "the thing", all[i].status, &why),
				 all[i].io);
		assert_int_equal(why.result, all[i].result);
		if (strstr(why.text, all[i].says) == NULL || strstr(why.text, "1-1.4") == NULL)
			fail_msg("'%s' should say '%s' and the port", why.text, all[i].says);
	}
}

static void leaves_only_gone_and_failed_to_a_call_that_has_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < all_count; i++) {
		struct uxm_failure why = {.text = ""};
		enum uxm_io io = usb_failure_at_once(&candidate, "the thing", all[i].status, &why);

		assert_int_equal(io, all[i].status == BUS_GONE ? UXM_IO_GONE : UXM_IO_FAILED);
		assert_int_equal(why.result, all[i].result);
	}
}

static void names_the_node_and_the_rule_when_it_is_not_permitted(void **state)
{
	struct uxm_failure why;

	(void)state;
	usb_failure(&candidate, "opening", BUS_DENIED, &why);
	assert_non_null(strstr(why.text, "/dev/bus/usb/001/007"));
	assert_non_null(strstr(why.text, "70-uxm.rules"));
	assert_non_null(strstr(why.text, "udevadm"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_a_sentence_of_its_own_for_each),
		cmocka_unit_test(leaves_only_gone_and_failed_to_a_call_that_has_no_other),
		cmocka_unit_test(names_the_node_and_the_rule_when_it_is_not_permitted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
