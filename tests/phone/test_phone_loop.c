/* phone/loop.c: descriptors and timers, and what callbacks may do to them. */
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "phone/loop.h"
#include "tests/cmocka.h"

#define WATCHES 3

/* What a test sees of its callbacks. */
struct scene {
	struct loop *loop;
	struct loop_watch watches[WATCHES];
	struct loop_timer timers[WATCHES];
	int descriptors[WATCHES];
	unsigned called;
	unsigned looks;
	char order[64];
	size_t used;
};

static void note(struct scene *scene, char what)
{
	assert_true(scene->used + 1 < sizeof(scene->order));
	scene->order[scene->used++] = what;
}

static int make(void **state)
{
	static struct scene scene;

	memset(&scene, 0, sizeof(scene));
	scene.loop = loop_new();
	for (size_t i = 0; i < WATCHES; i++) {
		scene.descriptors[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (scene.descriptors[i] < 0)
			return 1;
	}
	*state = &scene;
	return scene.loop == NULL;
}

static int release(void **state)
{
	struct scene *scene = *state;

	for (size_t i = 0; i < WATCHES; i++) {
		loop_unwatch(&scene->watches[i]);
		close(scene->descriptors[i]);
	}
	loop_free(scene->loop);
	return 0;
}

static void on_a(void *self)
{
	note(self, 'a');
}

static void on_b(void *self)
{
	note(self, 'b');
}

static void on_last(void *self)
{
	struct scene *scene = self;

	note(scene, '.');
	loop_end(scene->loop);
}

static void timers_come_in_the_order_of_their_times_and_not_before(void **state)
{
	struct scene *scene = *state;
	uint64_t now = loop_now(scene->loop);

	loop_at(scene->loop, &scene->timers[2], now + 40, on_last, scene);
	loop_at(scene->loop, &scene->timers[0], now + 20, on_b, scene);
	loop_at(scene->loop, &scene->timers[1], now, on_a, scene);
	loop_run(scene->loop);
	assert_string_equal(scene->order, "ab.");
	assert_true(loop_now(scene->loop) >= now + 40);
	assert_null(scene->timers[0].loop);
}

static void a_timer_that_is_cancelled_or_set_anew_does_not_come_at_its_old_time(void **state)
{
	struct scene *scene = *state;
	uint64_t now = loop_now(scene->loop);

	loop_at(scene->loop, &scene->timers[0], now, on_a, scene);
	loop_at(scene->loop, &scene->timers[1], now, on_b, scene);
	loop_at(scene->loop, &scene->timers[2], now + 10, on_last, scene);
	loop_cancel(&scene->timers[0]);
	loop_cancel(&scene->timers[0]);
	loop_at(scene->loop, &scene->timers[1], now + 3600000, on_b, scene);
	loop_run(scene->loop);
	assert_string_equal(scene->order, ".");
	loop_cancel(&scene->timers[1]);
}

static void on_again(void *self)
{
	const uint64_t one = 1;
	struct scene *scene = self;

	note(scene, 'r');
	if (scene->called == 0)
		assert_int_equal(write(scene->descriptors[0], &one, sizeof(one)), sizeof(one));
	scene->called++;
	if (scene->called < 3)
		loop_at(scene->loop, &scene->timers[0], 0, on_again, scene);
	else
		loop_end(scene->loop);
}

static void on_event(void *self, uint32_t events)
{
	struct scene *scene = self;
	uint64_t count;

	assert_true((events & EPOLLIN) != 0);
	assert_int_equal(read(scene->descriptors[0], &count, sizeof(count)), sizeof(count));
	note(scene, 'e');
}

static void a_timer_that_sets_itself_to_now_lets_the_others_have_their_turn(void **state)
{
	struct scene *scene = *state;
	const uint64_t one = 1;

	assert_true(loop_watch(scene->loop, &scene->watches[0], scene->descriptors[0], EPOLLIN,
			       on_event, scene));
	loop_at(scene->loop, &scene->timers[0], 0, on_again, scene);
	loop_at(scene->loop, &scene->timers[1], 0, on_a, scene);
	assert_int_equal(write(scene->descriptors[0], &one, sizeof(one)), sizeof(one));
	loop_run(scene->loop);
	/* What the first call made ready comes before its second one. */
	assert_string_equal(scene->order, "eraerr");
}

static void on_cancel_other(void *self)
{
	struct scene *scene = self;

	note(scene, 'c');
	loop_cancel(&scene->timers[1]);
}

static void a_timer_may_cancel_another_that_is_due(void **state)
{
	struct scene *scene = *state;

	loop_at(scene->loop, &scene->timers[0], 0, on_cancel_other, scene);
	loop_at(scene->loop, &scene->timers[1], 0, on_a, scene);
	loop_at(scene->loop, &scene->timers[2], 1, on_last, scene);
	loop_run(scene->loop);
	assert_string_equal(scene->order, "c.");
}

/* The one that comes first ends all of them. */
static void on_first(void *self, uint32_t events)
{
	struct scene *scene = self;

	(void)events;
	note(scene, 'f');
	for (size_t i = 0; i < WATCHES; i++) {
		loop_unwatch(&scene->watches[i]);
		loop_unwatch(&scene->watches[i]);
		/* An owner may free it now. */
		memset(&scene->watches[i], 0x5A, sizeof(scene->watches[i]));
		scene->watches[i].loop = NULL;
	}
	loop_at(scene->loop, &scene->timers[0], loop_now(scene->loop), on_last, scene);
}

static void a_callback_may_end_watches_of_which_events_were_taken_already(void **state)
{
	struct scene *scene = *state;
	const uint64_t one = 1;

	for (size_t i = 0; i < WATCHES; i++) {
		assert_true(loop_watch(scene->loop, &scene->watches[i], scene->descriptors[i],
				       EPOLLIN, on_first, scene));
		assert_int_equal(write(scene->descriptors[i], &one, sizeof(one)), sizeof(one));
	}
	loop_run(scene->loop);
	assert_string_equal(scene->order, "f.");
}

static void on_writable(void *self, uint32_t events)
{
	struct scene *scene = self;

	assert_int_equal(events, EPOLLOUT);
	note(scene, 'w');
	loop_end(scene->loop);
}

static void a_watch_takes_new_events_and_a_new_callback(void **state)
{
	struct scene *scene = *state;

	assert_true(loop_watch(scene->loop, &scene->watches[0], scene->descriptors[0], EPOLLIN,
			       on_event, scene));
	assert_true(loop_watch(scene->loop, &scene->watches[0], scene->descriptors[0], EPOLLOUT,
			       on_writable, scene));
	loop_run(scene->loop);
	assert_string_equal(scene->order, "w");
}

static void what_cannot_be_watched_is_refused(void **state)
{
	struct scene *scene = *state;

	assert_false(loop_watch(scene->loop, &scene->watches[0], -1, EPOLLIN, on_event, scene));
	assert_null(scene->watches[0].loop);
}

static int look(void *self)
{
	struct scene *scene = self;

	scene->looks++;
	if (scene->looks == 3)
		loop_end(scene->loop);
	return 1;
}

static void who_looks_before_each_sleep_is_called_again_when_it_wants(void **state)
{
	struct scene *scene = *state;

	loop_before_sleep(scene->loop, look, scene);
	/* Nothing else would ever wake it. */
	loop_run(scene->loop);
	assert_int_equal(scene->looks, 3);
}

static int look_never(void *self)
{
	struct scene *scene = self;

	scene->looks++;
	return -1;
}

static void nothing_wakes_a_loop_in_which_nothing_is_due(void **state)
{
	struct scene *scene = *state;

	loop_before_sleep(scene->loop, look_never, scene);
	loop_at(scene->loop, &scene->timers[0], loop_now(scene->loop) + 60, on_last, scene);
	loop_run(scene->loop);
	/* A round before the sleep; a second one only where the clock was a little behind. */
	assert_in_range(scene->looks, 1, 3);
}

static void a_loop_that_was_ended_before_it_runs_does_nothing(void **state)
{
	struct scene *scene = *state;

	loop_at(scene->loop, &scene->timers[0], 0, on_a, scene);
	loop_end(scene->loop);
	loop_run(scene->loop);
	assert_int_equal(scene->used, 0);
	loop_cancel(&scene->timers[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, release)
		TEST(timers_come_in_the_order_of_their_times_and_not_before),
		TEST(a_timer_that_is_cancelled_or_set_anew_does_not_come_at_its_old_time),
		TEST(a_timer_that_sets_itself_to_now_lets_the_others_have_their_turn),
		TEST(a_timer_may_cancel_another_that_is_due),
		TEST(a_callback_may_end_watches_of_which_events_were_taken_already),
		TEST(a_watch_takes_new_events_and_a_new_callback),
		TEST(what_cannot_be_watched_is_refused),
		TEST(who_looks_before_each_sleep_is_called_again_when_it_wants),
		TEST(nothing_wakes_a_loop_in_which_nothing_is_due),
		TEST(a_loop_that_was_ended_before_it_runs_does_nothing),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/loop", tests, NULL, NULL);
}
