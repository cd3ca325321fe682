/* A module with keys: only what is signed by one of them comes in, whatever the host believes. */
#include <string.h>

#include "tests/cmocka.h"
#include "tests/module/offer.h"

static void says_that_it_demands_a_signature(void **state)
{
	struct uxm_setup setup = {.request_type = UXM_WIRE_IN, .request = UXM_WIRE_IDENTITY};
	struct uxm_keys keys = {.count = 1};
	struct offer_pem pem;

	(void)state;
	offer_make_key(&pem, &keys.key[0]);
	for (unsigned demanded = 0; demanded < 2; demanded++) {
		struct rig *rig = offer_rig(demanded == 1 ? &keys : NULL);
		uint8_t bytes[UXM_WIRE_IDENTITY_SIZE];
		struct uxm_identity identity;
		size_t replied;

		assert_int_equal(device_request(rig->device, rig->now, &setup, NULL, 0, bytes,
						sizeof(bytes), &replied),
				 DEVICE_ANSWERED);
		assert_true(uxm_wire_read_identity(bytes, replied, &identity));
		assert_int_equal(identity.flags, demanded == 1 ? UXM_WIRE_FLAG_SIGNATURE : 0);
		rig_free(rig);
	}
}

static void with_a_key_takes_what_is_signed_by_it_and_nothing_else(void **state)
{
	struct uxm_keys keys = {.count = 2};
	struct offer_pem pem[3];
	struct uxm_key stranger;
	struct offer offer;
	struct rig *rig;

	(void)state;
	offer_make_key(&pem[0], &keys.key[0]);
	offer_make_key(&pem[1], &keys.key[1]);
	offer_make_key(&pem[2], &stranger);
	rig = offer_rig(&keys);
	offer_make(rig, &offer);
	offer_assert_refused(rig, &offer, UXM_WIRE_SIGNATURE);
	assert_true(uxm_signature_make(pem[2].text, pem[2].length, offer.bytes,
				       offer.begin.header_length));
	offer.begin.flags = UXM_WIRE_FLAG_OVERRIDE;
	offer_assert_refused(rig, &offer, UXM_WIRE_SIGNATURE);
	offer.begin.header_length = 0;
	offer_assert_refused(rig, &offer, UXM_WIRE_SIGNATURE);
	offer_make(rig, &offer);
	for (size_t i = 0; i < 2; i++) {
		assert_true(uxm_signature_make(pem[i].text, pem[i].length, offer.bytes,
					       offer.begin.header_length));
		offer_assert_taken(rig, &offer);
	}
	rig_free(rig);
}

static void with_a_key_refuses_a_header_with_any_bit_changed(void **state)
{
	struct uxm_keys keys = {.count = 1};
	struct offer offer;
	struct offer_pem pem;
	struct rig *rig;

	(void)state;
	offer_make_key(&pem, &keys.key[0]);
	rig = offer_rig(&keys);
	offer_make(rig, &offer);
	/* A field that BEGIN names too would be missed there. */
	memset(offer.begin.id, 0, sizeof(offer.begin.id));
	assert_true(
		uxm_signature_make(pem.text, pem.length, offer.bytes, offer.begin.header_length));
	for (size_t bit = 0; bit < offer.begin.header_length * (size_t)8; bit++) {
		offer.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(offer_begin(rig, &offer), DEVICE_STALLED);
		offer.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(rig_status(rig).session, 0);
	offer_assert_taken(rig, &offer);
	rig_free(rig);
}

static void goes_on_with_a_signed_image_where_it_stopped(void **state)
{
	struct uxm_keys keys = {.count = 1};
	struct offer offer;
	struct offer_pem pem;
	struct rig *rig;

	(void)state;
	offer_make_key(&pem, &keys.key[0]);
	rig = offer_rig(&keys);
	offer_make(rig, &offer);
	assert_true(
		uxm_signature_make(pem.text, pem.length, offer.bytes, offer.begin.header_length));
	assert_int_equal(offer_begin(rig, &offer), DEVICE_ANSWERED);
	rig_send_all(rig, 0, 30000);
	assert_int_equal(rig_abort(rig), DEVICE_ANSWERED);
	/* The kept part is no reason to take it without its signature. */
	offer.begin.header_length = 0;
	assert_int_equal(offer_begin(rig, &offer), DEVICE_STALLED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_SIGNATURE);
	offer.begin.header_length = UXM_IMAGE_HEADER_LEAST;
	assert_int_equal(offer_begin(rig, &offer), DEVICE_ANSWERED);
	assert_true(rig_status(rig).accepted == 30000);
	rig_send_all(rig, 30000, OFFER_SIZE);
	assert_int_equal(rig_commit(rig, OFFER_SIZE), DEVICE_ANSWERED);
	rig_run_to(rig, UXM_WIRE_DONE);
	assert_int_equal(device_version(rig->device).part[1], 6);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_that_it_demands_a_signature),
		cmocka_unit_test(with_a_key_takes_what_is_signed_by_it_and_nothing_else),
		cmocka_unit_test(with_a_key_refuses_a_header_with_any_bit_changed),
		cmocka_unit_test(goes_on_with_a_signed_image_where_it_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
