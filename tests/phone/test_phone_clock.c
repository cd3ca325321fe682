/* phone/provisioning.c: the wall clock is set. The kernel's timer is an eventfd here. */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "folder.h"
#include "phone/provisioning.h"
#include "tests/cmocka.h"

/* Seconds after which a test that hangs is ended. */
#define PATIENCE 30

/* The linker gives the calls these names. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c)
int __wrap_timerfd_create(int clock, int flags);
int __wrap_timerfd_settime(int set, int flags, const struct itimerspec *value,
			   struct itimerspec *old);

/* What the timer is; -1: the kernel has none. */
static int timer;
static bool jumped;

int __wrap_timerfd_create(int clock, int flags)
{
	assert_int_equal(clock, CLOCK_REALTIME);
	assert_int_equal(flags, TFD_NONBLOCK | TFD_CLOEXEC);
	return timer;
}

int __wrap_timerfd_settime(int set, int flags, const struct itimerspec *value,
			   struct itimerspec *old)
{
	assert_int_equal(set, timer);
	assert_int_equal(flags, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
	assert_int_equal(value->it_interval.tv_sec, 0);
	assert_true(value->it_value.tv_sec > 0);
	assert_null(old);
	return 0;
}

// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c)

static void on_change(void *self)
{
	if (jumped)
		loop_end(self);
}

static void on_no_list(void *self)
{
	(void)self;
}

/* With this as the timer, which tells of a jump if there is one. */
static void run(int descriptor)
{
	static const uint64_t jump = 1;
	struct folder folder;
	struct uxm_failure why;
	struct state state = {.mac = ""};
	struct phone_settings *settings = phone_settings_new();
	struct loop *loop = loop_new();
	struct provisioning_options options = {
		.loop = loop,
		.state = &state,
		.settings = settings,
		.program = "",
		.phone_command = "",
		.phone_lock = "",
		.list = on_no_list,
		.reread = on_no_list,
		.changed = on_change,
		.self = loop,
	};
	struct provisioning *provisioning;

	alarm(PATIENCE);
	timer = descriptor;
	jumped = false;
	folder_make(&folder);
	options.record_path = folder_at(&folder, "record.json");
	assert_non_null(settings);
	assert_non_null(loop);
	provisioning = provisioning_new(&options, &why);
	assert_non_null(provisioning);
	provisioner_due(provisioning_mind(provisioning));
	/* Nobody tells that: it is seen when all is judged. */
	assert_int_equal(phone_settings_set(settings, PHONE_FIRMWARE_STATUS, "http://h/f.xml",
					    PHONE_BY_USER, &why),
			 UXM_UPDATED);
	if (timer >= 0) {
		assert_int_equal(write(timer, &jump, sizeof(jump)), (ssize_t)sizeof(jump));
		jumped = true;
		loop_run(loop);
		assert_true(state.provision.configured);
	}
	provisioning_free(provisioning);
	loop_free(loop);
	phone_settings_free(settings);
	folder_remove(&folder);
}

static void all_is_judged_again_when_the_clock_is_set(void **unused)
{
	(void)unused;
	run(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
	/* Nothing is left of it. */
	assert_int_equal(close(timer), -1);
}

static void a_kernel_without_such_a_timer_is_borne(void **unused)
{
	(void)unused;
	run(-1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_judged_again_when_the_clock_is_set),
		cmocka_unit_test(a_kernel_without_such_a_timer_is_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
