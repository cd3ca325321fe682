/* What BEGIN brings of an image, by a host that checks nothing. */
#include "tests/module/offer.h"

#include <gnutls/x509.h>
#include <string.h>

#include "tests/cmocka.h"

void offer_make_key(struct offer_pem *pem, struct uxm_key *key)
{
	gnutls_x509_privkey_t made;

	pem->length = sizeof(pem->text);
	assert_int_equal(gnutls_x509_privkey_init(&made), 0);
	assert_int_equal(gnutls_x509_privkey_generate(made, GNUTLS_PK_EDDSA_ED25519, 256, 0), 0);
	assert_int_equal(gnutls_x509_privkey_export_pkcs8(made, GNUTLS_X509_FMT_PEM, NULL,
							  GNUTLS_PKCS_PLAIN, pem->text,
							  &pem->length),
			 0);
	gnutls_x509_privkey_deinit(made);
	assert_true(uxm_key_read(pem->text, pem->length, key));
}

struct rig *offer_rig(const struct uxm_keys *keys)
{
	struct device_options options;

	rig_options(&options);
	options.hardware_level = 2;
	if (keys != NULL)
		options.keys = *keys;
	return rig_new(&options);
}

void offer_write_header(struct offer *offer)
{
	uxm_image_write(&offer->header, offer->bytes);
	offer->begin.header_length = UXM_IMAGE_HEADER_LEAST;
}

void offer_make(const struct rig *rig, struct offer *offer)
{
	memset(offer, 0, sizeof(*offer));
	offer->begin.size = OFFER_SIZE;
	offer->begin.version = (struct uxm_version){{1, 6, 1, 0}};
	rig_digest(rig, OFFER_SIZE, offer->begin.id);
	offer->header = (struct uxm_image_header){
		.model = "D7C",
		.version = offer->begin.version,
		.lowest_hardware = 1,
		.highest_hardware = 3,
		.oldest_over = {{1, 5, 3, 0}},
		.payload_size = OFFER_SIZE,
	};
	memcpy(offer->header.payload_digest, offer->begin.id, sizeof(offer->begin.id));
	offer_write_header(offer);
}

enum device_answer offer_begin(struct rig *rig, const struct offer *offer)
{
	return rig_begin_with(rig, &offer->begin, offer->bytes);
}

void offer_assert_refused(struct rig *rig, const struct offer *offer, enum uxm_wire_reason reason)
{
	char text[DEVICE_SCREEN_TEXT];
	struct uxm_status status;

	assert_int_equal(offer_begin(rig, offer), DEVICE_STALLED);
	status = rig_status(rig);
	assert_int_equal(status.reason, reason);
	assert_int_equal(status.state, UXM_WIRE_IDLE);
	assert_int_equal(status.session, 0);
	assert_false(rig->has_record);
	assert_int_equal(device_screen(rig->device, text), DEVICE_SCREEN_NORMAL);
}

void offer_assert_taken(struct rig *rig, const struct offer *offer)
{
	assert_int_equal(offer_begin(rig, offer), DEVICE_ANSWERED);
	assert_int_equal(rig_status(rig).state, UXM_WIRE_RECEIVING);
	assert_int_equal(rig_abort(rig), DEVICE_ANSWERED);
}
