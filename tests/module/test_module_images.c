/* Which images a module takes: what BEGIN brings against its model, hardware and version. The host
 * is taken to check nothing. */
#include <string.h>

#include "tests/cmocka.h"
#include "tests/module/offer.h"

static void installs_an_image_whose_header_fits(void **state)
{
	struct rig *rig = offer_rig(NULL);
	struct offer offer;

	(void)state;
	offer_make(rig, &offer);
	assert_int_equal(offer_begin(rig, &offer), DEVICE_ANSWERED);
	rig_send_all(rig, 0, OFFER_SIZE);
	assert_int_equal(rig_commit(rig, OFFER_SIZE), DEVICE_ANSWERED);
	rig_run_to(rig, UXM_WIRE_DONE);
	assert_int_equal(device_version(rig->device).part[1], 6);
	rig_free(rig);
}

static void refuses_a_header_that_is_not_understood(void **state)
{
	/* Where a byte is wrong, of a header of format 1 (IMAGE.md). */
	static const struct {
		size_t at;
		uint8_t value;
	} rows[] = {
		{0, 'X'},    /* magic */
		{4, 2},      /* format */
		{6, 151},    /* size below the least */
		{7, 9},      /* above the most */
		{8, 0},      /* model */
		{8, 'd'},    /* ... in small letters */
		{24, 4},     /* lowest level above the highest */
		{80, 1},     /* key id without signature */
		{151, 0x80}, /* signature without key id */
	};
	struct rig *rig = offer_rig(NULL);
	struct offer offer;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		offer_make(rig, &offer);
		offer.bytes[rows[i].at] = rows[i].value;
		offer_assert_refused(rig, &offer, UXM_WIRE_HEADER);
	}
	offer_make(rig, &offer);
	for (uint16_t length = 1; length < UXM_IMAGE_HEADER_LEAST; length++) {
		offer.begin.header_length = length;
		offer_assert_refused(rig, &offer, UXM_WIRE_HEADER);
	}
	/* Bytes behind the header that are neither it nor the payload. */
	offer.begin.header_length = UXM_IMAGE_HEADER_LEAST + 1;
	offer_assert_refused(rig, &offer, UXM_WIRE_HEADER);
	rig_free(rig);
}

static void refuses_a_header_of_another_payload_than_begin_names(void **state)
{
	struct rig *rig = offer_rig(NULL);
	struct offer offer;

	(void)state;
	offer_make(rig, &offer);
	offer.begin.size--;
	offer_assert_refused(rig, &offer, UXM_WIRE_HEADER);
	offer_make(rig, &offer);
	offer.begin.version.part[3] = 1;
	offer_assert_refused(rig, &offer, UXM_WIRE_HEADER);
	offer_make(rig, &offer);
	offer.begin.id[31] ^= 1;
	offer_assert_refused(rig, &offer, UXM_WIRE_HEADER);
	/* An id that is not known is no other one. */
	memset(offer.begin.id, 0, sizeof(offer.begin.id));
	offer_assert_taken(rig, &offer);
	rig_free(rig);
}

static void refuses_a_header_of_another_model(void **state)
{
	struct rig *rig = offer_rig(NULL);
	struct offer offer;

	(void)state;
	offer_make(rig, &offer);
	memcpy(offer.header.model, "D8C", 4);
	offer_write_header(&offer);
	offer_assert_refused(rig, &offer, UXM_WIRE_MODEL);
	offer.begin.flags = UXM_WIRE_FLAG_OVERRIDE;
	offer_assert_refused(rig, &offer, UXM_WIRE_MODEL);
	rig_free(rig);
}

static void takes_the_hardware_levels_of_the_header_and_others_with_override_alone(void **state)
{
	static const struct {
		uint16_t lowest;
		uint16_t highest;
		bool fits;
	} rows[] = {
		{2, 2, true},  {0, 2, true},  {2, 65535, true},
		{0, 1, false}, {3, 9, false}, {9, 9, false},
	};
	struct offer offer;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig *rig = offer_rig(NULL);

		offer_make(rig, &offer);
		offer.header.lowest_hardware = rows[i].lowest;
		offer.header.highest_hardware = rows[i].highest;
		offer_write_header(&offer);
		if (!rows[i].fits)
			offer_assert_refused(rig, &offer, UXM_WIRE_HARDWARE);
		offer.begin.flags = rows[i].fits ? 0 : UXM_WIRE_FLAG_OVERRIDE;
		offer_assert_taken(rig, &offer);
		rig_free(rig);
	}
}

static void refuses_to_go_over_a_version_that_is_too_old(void **state)
{
	struct rig *rig = offer_rig(NULL);
	struct offer offer;

	(void)state;
	offer_make(rig, &offer);
	offer.header.oldest_over = (struct uxm_version){{1, 5, 3, 1}};
	offer_write_header(&offer);
	offer_assert_refused(rig, &offer, UXM_WIRE_REASON_VERSION);
	/* This is no rule about hardware. */
	offer.begin.flags = UXM_WIRE_FLAG_OVERRIDE;
	offer_assert_refused(rig, &offer, UXM_WIRE_REASON_VERSION);
	offer.header.oldest_over = (struct uxm_version){{1, 5, 3, 0}};
	offer_write_header(&offer);
	offer_assert_taken(rig, &offer);
	rig_free(rig);
}

static void refuses_an_opaque_image_below_the_oldest_version_without_override(void **state)
{
	struct rig *rig = offer_rig(NULL);
	struct offer offer;

	(void)state;
	offer_make(rig, &offer);
	offer.begin.header_length = 0;
	offer.begin.version = (struct uxm_version){{0, 9, 9, 9}};
	offer_assert_refused(rig, &offer, UXM_WIRE_REASON_VERSION);
	offer.begin.flags = UXM_WIRE_FLAG_OVERRIDE;
	offer_assert_taken(rig, &offer);
	offer.begin.flags = 0;
	offer.begin.version = (struct uxm_version){{1, 0, 0, 0}};
	offer_assert_taken(rig, &offer);
	rig_free(rig);
}

static void a_refused_image_leaves_the_session_before_it_alone(void **state)
{
	struct rig *rig = offer_rig(NULL);
	struct offer offer;

	(void)state;
	offer_make(rig, &offer);
	assert_int_equal(offer_begin(rig, &offer), DEVICE_ANSWERED);
	rig_send_all(rig, 0, 20000);
	offer.header.lowest_hardware = 3;
	offer_write_header(&offer);
	assert_int_equal(offer_begin(rig, &offer), DEVICE_STALLED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_HARDWARE);
	rig_send_all(rig, 20000, OFFER_SIZE);
	assert_int_equal(rig_commit(rig, OFFER_SIZE), DEVICE_ANSWERED);
	rig_run_to(rig, UXM_WIRE_DONE);
	rig_free(rig);
}

/* The host is wrong, or was made to believe it: it commits what it sent. */
static void the_headers_digest_counts_where_begin_named_none(void **state)
{
	struct rig *rig = offer_rig(NULL);
	struct offer offer;

	(void)state;
	offer_make(rig, &offer);
	memset(offer.begin.id, 0, sizeof(offer.begin.id));
	rig->payload[OFFER_SIZE - 1] ^= 1;
	assert_int_equal(offer_begin(rig, &offer), DEVICE_ANSWERED);
	rig_send_all(rig, 0, OFFER_SIZE);
	assert_int_equal(rig_commit(rig, OFFER_SIZE), DEVICE_STALLED);
	assert_int_equal(rig_status(rig).state, UXM_WIRE_FAILED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_DIGEST);
	assert_int_equal(device_version(rig->device).part[1], 5);
	rig_free(rig);
}

static void a_payload_that_is_not_the_headers_fails_when_it_is_read_back(void **state)
{
	struct rig *rig = offer_rig(NULL);
	struct offer offer;

	(void)state;
	offer_make(rig, &offer);
	rig->payload[100] ^= 1;
	assert_int_equal(offer_begin(rig, &offer), DEVICE_ANSWERED);
	rig_send_all(rig, 0, OFFER_SIZE);
	rig->payload[100] ^= 1; /* COMMIT names the right digest */
	assert_int_equal(rig_commit(rig, OFFER_SIZE), DEVICE_ANSWERED);
	rig_run_to(rig, UXM_WIRE_FAILED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_DIGEST);
	assert_int_equal(device_version(rig->device).part[1], 5);
	assert_false(device_record(rig->device)->kept);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(installs_an_image_whose_header_fits),
		cmocka_unit_test(refuses_a_header_that_is_not_understood),
		cmocka_unit_test(refuses_a_header_of_another_payload_than_begin_names),
		cmocka_unit_test(refuses_a_header_of_another_model),
		cmocka_unit_test(
			takes_the_hardware_levels_of_the_header_and_others_with_override_alone),
		cmocka_unit_test(refuses_to_go_over_a_version_that_is_too_old),
		cmocka_unit_test(refuses_an_opaque_image_below_the_oldest_version_without_override),
		cmocka_unit_test(a_refused_image_leaves_the_session_before_it_alone),
		cmocka_unit_test(the_headers_digest_counts_where_begin_named_none),
		cmocka_unit_test(a_payload_that_is_not_the_headers_fails_when_it_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
