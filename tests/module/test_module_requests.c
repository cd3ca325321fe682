/* Endpoint 0's vendor requests against PROTOCOL.md: each in each state, and what STATUS says. */
#include <string.h>

#include "tests/cmocka.h"
#include "tests/module/rig.h"

#define SIZE 50000u

static int set_up(void **state)
{
	struct device_options options;

	rig_options(&options);
	*state = rig_new(&options);
	return 0;
}

static int tear_down(void **state)
{
	rig_free(*state);
	return 0;
}

/* Brings a fresh module into a state, with a payload of known id. */
static void bring(struct rig *rig, enum uxm_wire_state state)
{
	if (state == UXM_WIRE_IDLE)
		return;
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	if (state == UXM_WIRE_RECEIVING)
		return;
	if (state == UXM_WIRE_FAILED)
		rig_faults(rig, (const char *const[]){"fail@install", NULL});
	rig_send_all(rig, 0, SIZE);
	assert_int_equal(rig_commit(rig, SIZE), DEVICE_ANSWERED);
	rig_run_to(rig, state);
	assert_int_equal(rig_status(rig).state, state);
}

static void identity_tells_what_the_module_is(void **state)
{
	struct rig *rig = *state;
	struct uxm_setup setup = {.request_type = UXM_WIRE_IN, .request = UXM_WIRE_IDENTITY};
	uint8_t bytes[64];
	struct uxm_identity identity;
	size_t replied;

	assert_int_equal(device_request(rig->device, rig->now, &setup, NULL, 0, bytes,
					sizeof(bytes), &replied),
			 DEVICE_ANSWERED);
	assert_int_equal(replied, UXM_WIRE_IDENTITY_SIZE);
	assert_true(uxm_wire_read_identity(bytes, replied, &identity));
	assert_string_equal(identity.model, "D7C");
	assert_int_equal(identity.running.part[1], 5);
	assert_int_equal(identity.hardware_level, 1);
	assert_true(identity.largest_image == RIG_BANK);
	assert_int_equal(identity.silence, 5000);
	assert_int_equal(identity.largest_chunk, 16384);
}

static void replies_are_cut_to_what_was_asked_for(void **state)
{
	struct rig *rig = *state;
	struct uxm_setup setup = {.request_type = UXM_WIRE_IN, .request = UXM_WIRE_STATUS};
	uint8_t bytes[64];
	size_t replied;

	assert_int_equal(device_request(rig->device, rig->now, &setup, NULL, 0, bytes, 5, &replied),
			 DEVICE_ANSWERED);
	assert_int_equal(replied, 5);
	assert_int_equal(
		device_request(rig->device, rig->now, &setup, NULL, 0, bytes, 64, &replied),
		DEVICE_ANSWERED);
	assert_int_equal(replied, UXM_WIRE_STATUS_SIZE);
}

static void stalls_what_it_does_not_know(void **state)
{
	static const struct uxm_setup unknown[] = {
		{UXM_WIRE_IN, 0x06, 0, 0},
		{UXM_WIRE_IN, UXM_WIRE_BEGIN, 0, 0},
		{UXM_WIRE_OUT, UXM_WIRE_STATUS, 0, 0},
		{UXM_WIRE_OUT, UXM_WIRE_IDENTITY, 0, 0},
		{UXM_WIRE_IN, UXM_WIRE_STATUS, 1, 0},
		{UXM_WIRE_IN, UXM_WIRE_STATUS, 0, 1},
		{UXM_WIRE_OUT, UXM_WIRE_ABORT, 1, 0},
		{UXM_WIRE_OUT, 0x00, 0, 0},
		{0xC0, UXM_WIRE_STATUS, 0, 0},
	};
	struct rig *rig = *state;
	uint8_t bytes[64] = {0};
	size_t replied;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_int_equal(device_request(rig->device, rig->now, &unknown[i], bytes, 0, bytes,
						sizeof(bytes), &replied),
				 DEVICE_STALLED);
		assert_int_equal(replied, 0);
	}
	assert_int_equal(rig_status(rig).state, UXM_WIRE_IDLE);
}

struct expected {
	enum device_answer answer;
	enum uxm_wire_state then;
	enum uxm_wire_reason reason;
};

static void check(struct rig *rig, enum device_answer answer, const struct expected *expected)
{
	struct uxm_status status = rig_status(rig);

	assert_int_equal(answer, expected->answer);
	assert_int_equal(status.state, expected->then);
	assert_int_equal(status.reason, expected->reason);
}

/* In the order of the states: idle, receiving, verifying, installing, done, failed. */
static void for_each_state(void **state, enum device_answer (*request)(struct rig *rig),
			   const struct expected expected[UXM_WIRE_STATES])
{
	for (unsigned i = 0; i < UXM_WIRE_STATES; i++) {
		tear_down(state);
		set_up(state);
		bring(*state, (enum uxm_wire_state)i);
		check(*state, request(*state), &expected[i]);
	}
}

static enum device_answer begin_again(struct rig *rig)
{
	return rig_begin(rig, SIZE, true);
}

static void begin_is_refused_in_the_steps_after_commit(void **state)
{
	static const struct expected expected[] = {
		{DEVICE_ANSWERED, UXM_WIRE_RECEIVING, UXM_WIRE_NONE},
		{DEVICE_ANSWERED, UXM_WIRE_RECEIVING, UXM_WIRE_NONE},
		{DEVICE_STALLED, UXM_WIRE_VERIFYING, UXM_WIRE_STATE},
		{DEVICE_STALLED, UXM_WIRE_INSTALLING, UXM_WIRE_STATE},
		{DEVICE_STALLED, UXM_WIRE_DONE, UXM_WIRE_STATE},
		{DEVICE_ANSWERED, UXM_WIRE_RECEIVING, UXM_WIRE_NONE},
	};

	for_each_state(state, begin_again, expected);
}

static enum device_answer commit_again(struct rig *rig)
{
	return rig_commit(rig, SIZE);
}

static void the_same_commit_is_accepted_again_without_effect(void **state)
{
	static const struct expected expected[] = {
		{DEVICE_STALLED, UXM_WIRE_IDLE, UXM_WIRE_STATE},
		{DEVICE_STALLED, UXM_WIRE_RECEIVING, UXM_WIRE_INCOMPLETE},
		{DEVICE_ANSWERED, UXM_WIRE_VERIFYING, UXM_WIRE_NONE},
		{DEVICE_ANSWERED, UXM_WIRE_INSTALLING, UXM_WIRE_NONE},
		{DEVICE_ANSWERED, UXM_WIRE_DONE, UXM_WIRE_NONE},
		{DEVICE_STALLED, UXM_WIRE_FAILED, UXM_WIRE_OTHER},
	};

	for_each_state(state, commit_again, expected);
}

static enum device_answer commit_another(struct rig *rig)
{
	return rig_commit(rig, SIZE - 1);
}

static void another_commit_is_refused_in_the_steps(void **state)
{
	static const struct expected expected[] = {
		{DEVICE_STALLED, UXM_WIRE_IDLE, UXM_WIRE_STATE},
		{DEVICE_STALLED, UXM_WIRE_RECEIVING, UXM_WIRE_INCOMPLETE},
		{DEVICE_STALLED, UXM_WIRE_VERIFYING, UXM_WIRE_STATE},
		{DEVICE_STALLED, UXM_WIRE_INSTALLING, UXM_WIRE_STATE},
		{DEVICE_STALLED, UXM_WIRE_DONE, UXM_WIRE_STATE},
		{DEVICE_STALLED, UXM_WIRE_FAILED, UXM_WIRE_OTHER},
	};

	for_each_state(state, commit_another, expected);
}

static void abort_ends_a_session_but_no_step(void **state)
{
	static const struct expected expected[] = {
		{DEVICE_ANSWERED, UXM_WIRE_IDLE, UXM_WIRE_NONE},
		{DEVICE_ANSWERED, UXM_WIRE_IDLE, UXM_WIRE_NONE},
		{DEVICE_STALLED, UXM_WIRE_VERIFYING, UXM_WIRE_STATE},
		{DEVICE_STALLED, UXM_WIRE_INSTALLING, UXM_WIRE_STATE},
		{DEVICE_STALLED, UXM_WIRE_DONE, UXM_WIRE_STATE},
		{DEVICE_ANSWERED, UXM_WIRE_IDLE, UXM_WIRE_NONE},
	};

	for_each_state(state, rig_abort, expected);
}

static enum device_answer nothing(struct rig *rig)
{
	(void)rig_status(rig);
	return DEVICE_ANSWERED;
}

static void status_changes_nothing_in_any_state(void **state)
{
	static const struct expected expected[] = {
		{DEVICE_ANSWERED, UXM_WIRE_IDLE, UXM_WIRE_NONE},
		{DEVICE_ANSWERED, UXM_WIRE_RECEIVING, UXM_WIRE_NONE},
		{DEVICE_ANSWERED, UXM_WIRE_VERIFYING, UXM_WIRE_NONE},
		{DEVICE_ANSWERED, UXM_WIRE_INSTALLING, UXM_WIRE_NONE},
		{DEVICE_ANSWERED, UXM_WIRE_DONE, UXM_WIRE_NONE},
		{DEVICE_ANSWERED, UXM_WIRE_FAILED, UXM_WIRE_OTHER},
	};

	for_each_state(state, nothing, expected);
}

static void data_halts_the_endpoint_in_every_state_but_receiving(void **state)
{
	for (unsigned i = 0; i < UXM_WIRE_STATES; i++) {
		struct rig *rig;
		size_t took;

		tear_down(state);
		set_up(state);
		rig = *state;
		bring(rig, (enum uxm_wire_state)i);
		took = rig_send(rig, 0, 4096);
		if (i == UXM_WIRE_RECEIVING) {
			assert_int_equal(took, 4096 + UXM_WIRE_CHUNK_SIZE);
			assert_false(rig_status(rig).halted);
		} else {
			assert_int_equal(took, 0);
			assert_true(rig_status(rig).halted);
			assert_int_equal(rig_status(rig).state, i);
		}
	}
}

static void begin_refuses_a_size_that_does_not_fit(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, 20000);
	check(rig, rig_begin(rig, 0, false),
	      &(struct expected){DEVICE_STALLED, UXM_WIRE_RECEIVING, UXM_WIRE_SIZE});
	check(rig, rig_begin(rig, RIG_BANK + 1, false),
	      &(struct expected){DEVICE_STALLED, UXM_WIRE_RECEIVING, UXM_WIRE_SIZE});
	check(rig, rig_begin(rig, UINT64_MAX, false),
	      &(struct expected){DEVICE_STALLED, UXM_WIRE_RECEIVING, UXM_WIRE_SIZE});
	/* it is as it was before: the session goes on */
	assert_true(rig_status(rig).accepted == 20000);
	rig_send_all(rig, 20000, SIZE);
	assert_true(rig_status(rig).accepted == SIZE);
}

static enum device_answer raw_begin(struct rig *rig, const uint8_t *bytes, size_t length)
{
	struct uxm_setup setup = {.request_type = UXM_WIRE_OUT, .request = UXM_WIRE_BEGIN};
	size_t replied;

	return device_request(rig->device, rig->now, &setup, bytes, length, NULL, 0, &replied);
}

static void begin_keeps_the_header_and_refuses_one_that_is_cut(void **state)
{
	struct rig *rig = *state;
	struct uxm_begin begin = {.size = SIZE, .header_length = UXM_IMAGE_HEADER_LEAST};
	struct uxm_image_header header = {
		.model = "D7C",
		.highest_hardware = 1,
		.payload_size = SIZE,
		.payload_digest = {1},
	};
	uint8_t bytes[UXM_WIRE_BEGIN_SIZE + UXM_IMAGE_HEADER_LEAST];
	size_t length;

	uxm_wire_write_begin(&begin, bytes);
	uxm_image_write(&header, bytes + UXM_WIRE_BEGIN_SIZE);
	assert_int_equal(raw_begin(rig, bytes, sizeof(bytes) - 1), DEVICE_STALLED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_HEADER);
	assert_int_equal(raw_begin(rig, bytes, 55), DEVICE_STALLED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_OTHER);
	assert_int_equal(raw_begin(rig, bytes, sizeof(bytes)), DEVICE_ANSWERED);
	assert_memory_equal(device_header(rig->device, &length), bytes + UXM_WIRE_BEGIN_SIZE,
			    UXM_IMAGE_HEADER_LEAST);
	assert_int_equal(length, UXM_IMAGE_HEADER_LEAST);
}

static void commit_with_another_size_or_id_throws_the_payload_away(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, SIZE);
	check(rig, rig_commit(rig, SIZE - 1),
	      &(struct expected){DEVICE_STALLED, UXM_WIRE_FAILED, UXM_WIRE_DIGEST});
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	assert_true(rig_status(rig).accepted == 0);
	rig_send_all(rig, 0, SIZE);
	rig->payload[7] ^= 1; /* the same size, another digest */
	check(rig, rig_commit(rig, SIZE),
	      &(struct expected){DEVICE_STALLED, UXM_WIRE_FAILED, UXM_WIRE_DIGEST});
	assert_false(device_record(rig->device)->kept);
}

static void a_commit_that_is_cut_is_refused(void **state)
{
	struct rig *rig = *state;
	struct uxm_setup setup = {.request_type = UXM_WIRE_OUT, .request = UXM_WIRE_COMMIT};
	uint8_t bytes[UXM_WIRE_COMMIT_SIZE] = {0};
	size_t replied;

	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, SIZE);
	assert_int_equal(device_request(rig->device, rig->now, &setup, bytes, sizeof(bytes) - 1,
					NULL, 0, &replied),
			 DEVICE_STALLED);
	assert_int_equal(rig_status(rig).state, UXM_WIRE_RECEIVING);
}

static void a_digest_learned_at_commit_counts_where_begin_named_none(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_begin(rig, SIZE, false), DEVICE_ANSWERED);
	rig_send_all(rig, 0, SIZE);
	rig->payload[SIZE - 1] ^= 0x80;
	assert_int_equal(rig_commit(rig, SIZE), DEVICE_ANSWERED);
	rig_run_to(rig, UXM_WIRE_FAILED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_DIGEST);
	assert_int_equal(device_version(rig->device).part[1], 5);
}

static void thirty_seconds_without_a_sign_of_life_end_receiving(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, 30000);
	rig_pass(rig, 29999999);
	(void)rig_status(rig); /* STATUS is one */
	rig_pass(rig, 29999999);
	assert_int_equal(rig_send(rig, 30000, 5000), 5000 + UXM_WIRE_CHUNK_SIZE); /* so is data */
	rig_pass(rig, 29999999);
	{
		struct uxm_status status;
		device_status(rig->device, &status);
		assert_int_equal(status.state, UXM_WIRE_RECEIVING);
	}
	rig_pass(rig, 1);
	assert_int_equal(rig_status(rig).state, UXM_WIRE_IDLE);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_TIME);
	/* what came is kept */
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	assert_true(rig_status(rig).accepted == 35000);
}

static void answers_nothing_after_it_has_left_the_bus(void **state)
{
	struct rig *rig = *state;

	device_leave_bus(rig->device, DEVICE_UNPLUGGED);
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_SILENT);
	assert_int_equal(rig_send(rig, 0, 4096), 0);
	assert_true(device_next(rig->device) == DEVICE_NEVER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(identity_tells_what_the_module_is),
		TEST(replies_are_cut_to_what_was_asked_for),
		TEST(stalls_what_it_does_not_know),
		TEST(begin_is_refused_in_the_steps_after_commit),
		TEST(the_same_commit_is_accepted_again_without_effect),
		TEST(another_commit_is_refused_in_the_steps),
		TEST(abort_ends_a_session_but_no_step),
		TEST(status_changes_nothing_in_any_state),
		TEST(data_halts_the_endpoint_in_every_state_but_receiving),
		TEST(begin_refuses_a_size_that_does_not_fit),
		TEST(begin_keeps_the_header_and_refuses_one_that_is_cut),
		TEST(commit_with_another_size_or_id_throws_the_payload_away),
		TEST(a_commit_that_is_cut_is_refused),
		TEST(a_digest_learned_at_commit_counts_where_begin_named_none),
		TEST(thirty_seconds_without_a_sign_of_life_end_receiving),
		TEST(answers_nothing_after_it_has_left_the_bus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
