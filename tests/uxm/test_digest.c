/* Updates while the digest cannot be computed. */
#include <gnutls/crypto.h>
#include <string.h>

#include "tests/uxm/trial.h"

/* Whether the calls fail; they are the update's, for the module has nothing to digest before the
 * commit. */
static bool init_fails;
static bool hash_fails;

/* The linker puts these in the place of GnuTLS's (-Wl,--wrap). */
/* NOLINTBEGIN(bugprone-reserved-identifier): the linker chose the names. */
int __real_gnutls_hash_init(gnutls_hash_hd_t *hash, gnutls_digest_algorithm_t algorithm);
int __wrap_gnutls_hash_init(gnutls_hash_hd_t *hash, gnutls_digest_algorithm_t algorithm);
int __real_gnutls_hash(gnutls_hash_hd_t hash, const void *text, size_t length);
int __wrap_gnutls_hash(gnutls_hash_hd_t hash, const void *text, size_t length);
/* NOLINTEND(bugprone-reserved-identifier) */

int __wrap_gnutls_hash_init(gnutls_hash_hd_t *hash, gnutls_digest_algorithm_t algorithm)
{
	if (init_fails)
		*hash = (gnutls_hash_hd_t)hash; /* whatever it is, it is not to be freed */
	return init_fails ? GNUTLS_E_MEMORY_ERROR : __real_gnutls_hash_init(hash, algorithm);
}

int __wrap_gnutls_hash(gnutls_hash_hd_t hash, const void *text, size_t length)
{
	return hash_fails ? GNUTLS_E_HASH_FAILED : __real_gnutls_hash(hash, text, length);
}

static const struct desk_run run = {.image = {.size = TRIAL_SIZE, .seed = 3}, .limit = 100000};

static struct desk *set_up(void **state)
{
	const struct trial *trial = *state;
	struct desk_options options;

	init_fails = false;
	hash_fails = false;
	desk_defaults(&options);
	assert_true(desk_reset(trial->desk, &options));
	desk_start(trial->desk, &run);
	return trial->desk;
}

static void does_not_begin_without_sha_256(void **state)
{
	struct desk *desk = set_up(state);
	static struct uxm_update update;
	struct uxm_order order;
	struct uxm_failure why;

	trial_order(desk, TRIAL_FILE, false, &order);
	init_fails = true;
	assert_false(uxm_update_init(&update, &order, desk_module(desk), desk_image(desk),
				     desk_clock(desk), desk_watch(desk), &why));
	init_fails = false;
	assert_int_equal(why.result, UXM_INTERNAL);
	assert_string_equal(why.text, "SHA-256 is not available.");
	uxm_update_release(&update);
	trial_check_conduct(desk);
}

static void gives_up_when_the_digest_cannot_go_on(void **state)
{
	struct desk *desk = set_up(state);
	struct uxm_status status;
	struct uxm_failure why;

	hash_fails = true;
	assert_int_equal(trial_update(desk, TRIAL_FILE, &why), UXM_INTERNAL);
	hash_fails = false;
	assert_string_equal(why.text, "The digest of the image could not be computed.");
	trial_check_conduct(desk);
	trial_check_truth(desk, TRIAL_FILE, UXM_INTERNAL);
	/* The session was ended, and the next update is an ordinary one. */
	device_status(desk_device(desk, 0), &status);
	assert_int_equal(status.state, UXM_WIRE_IDLE);
	desk_start(desk, &run);
	assert_int_equal(trial_update(desk, TRIAL_FILE, &why), UXM_UPDATED);
}

int main(void)
{
	struct desk *desk = trial_desk();
	struct trial trial = {.desk = desk};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(does_not_begin_without_sha_256, &trial),
		cmocka_unit_test_prestate(gives_up_when_the_digest_cannot_go_on, &trial),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	desk_free(desk);
	return failed;
}
