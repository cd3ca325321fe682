/* What STATUS says while an image is sent: whether it is still this update, and if not, why. */
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/send.h"

/* PROTOCOL.md's reasons, and words that only theirs has. */
static const struct {
	enum uxm_wire_reason reason;
	const char *says;
} reasons[] = {
	{UXM_WIRE_NONE, "no known reason"},
	{UXM_WIRE_GAP, "damaged or out of order"},
	{UXM_WIRE_INCOMPLETE, "is incomplete"},
	{UXM_WIRE_DIGEST, "SHA-256 is not the one named"},
	{UXM_WIRE_SIGNATURE, "signature is missing or wrong"},
	{UXM_WIRE_HARDWARE, "for another hardware level"},
	{UXM_WIRE_MODEL, "for another model"},
	{UXM_WIRE_SIZE, "size does not fit"},
	{UXM_WIRE_HEADER, "header is not understood"},
	{UXM_WIRE_STATE, "busy with another update"},
	{UXM_WIRE_FLASH, "flash could not be written or read"},
	{UXM_WIRE_TIME, "heard nothing for too long"},
	{UXM_WIRE_REASON_VERSION, "cannot be installed over the version"},
};

/* 5,000 of 9,000 bytes were sent in session 7. */
static enum uxm_io check(const struct uxm_status *status, struct uxm_failure *why)
{
	const struct uxm_send send = {.session = 7, .size = 9000, .end = 5000, .accepted = 4000};

	return uxm_send_check(&send, status, why);
}

static struct uxm_status in_session(void)
{
	return (struct uxm_status){
		.state = UXM_WIRE_RECEIVING, .session = 7, .accepted = 5000, .received = 9000};
}

static void expect(const struct uxm_status *status, enum uxm_result result, const char *says)
{
	struct uxm_failure why;

	assert_int_equal(check(status, &why), UXM_IO_FAILED);
	assert_int_equal(why.result, result);
	if (strstr(why.text, says) == NULL)
		fail_msg("it lacks \"%s\": %s", says, why.text);
}

static void passes_on_what_is_this_update(void **state)
{
	struct uxm_status status = in_session();
	struct uxm_failure why;

	(void)state;
	assert_int_equal(check(&status, &why), UXM_IO_OK);
}

static void a_module_that_gave_up_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct uxm_status status = in_session();

		status.state = UXM_WIRE_FAILED;
		status.reason = reasons[i].reason;
		expect(&status, UXM_MODULE_FAILED, "ended the update after 5000 bytes");
		expect(&status, UXM_MODULE_FAILED, reasons[i].says);
	}
}

static void no_two_reasons_read_alike(void **state)
{
	const size_t count = sizeof(reasons) / sizeof(reasons[0]);

	(void)state;
	for (size_t a = 0; a < count; a++) {
		const char *text = uxm_stream_reason(reasons[a].reason);

		for (size_t b = 0; b < count; b++)
			assert_int_equal(strstr(text, reasons[b].says) != NULL, a == b);
	}
	assert_string_equal(uxm_stream_reason(UXM_WIRE_OTHER), uxm_stream_reason(UXM_WIRE_NONE));
	assert_string_equal(uxm_stream_reason((enum uxm_wire_reason)200),
			    uxm_stream_reason(UXM_WIRE_NONE));
}

static void another_state_or_session_is_no_longer_this_update(void **state)
{
	struct uxm_status status = in_session();

	(void)state;
	status.state = UXM_WIRE_IDLE;
	expect(&status, UXM_TRANSFER_FAILED, "no longer in this update (it is idle).");
	status.reason = UXM_WIRE_TIME;
	expect(&status, UXM_TRANSFER_FAILED, "(it is idle: it heard nothing for too long).");
	status = in_session();
	status.session = 8;
	expect(&status, UXM_TRANSFER_FAILED, "no longer in this update (it is receiving).");
}

static void more_than_was_sent_is_not_believed(void **state)
{
	struct uxm_status status = in_session();

	(void)state;
	status.accepted = 5001;
	expect(&status, UXM_TRANSFER_FAILED, "counts 5001 bytes, but only 5000 were sent");
	status = in_session();
	status.received = 9001;
	expect(&status, UXM_TRANSFER_FAILED, "only 5000 were sent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_on_what_is_this_update),
		cmocka_unit_test(a_module_that_gave_up_says_why),
		cmocka_unit_test(no_two_reasons_read_alike),
		cmocka_unit_test(another_state_or_session_is_no_longer_this_update),
		cmocka_unit_test(more_than_was_sent_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
