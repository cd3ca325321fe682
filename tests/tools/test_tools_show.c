/* How often an update that goes on is shown. */
#include <string.h>
#include <unistd.h>

#include "tests/cmocka.h"
#include "tools/uxm/show.h"

static void all_is_accepted_is_shown_at_once_and_once(void **state)
{
	struct show show;
	struct uxm_teller teller = {.progress = {.step = UXM_STEPS, .size = 5000}};
	char text[4096] = "";
	unsigned lines = 0;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	show_init(&show, SHOW_LINES, ends[1]);
	teller.watch = show_watch(&show);
	uxm_tell_step(&teller, UXM_STEP_SEND, 0);
	uxm_tell_accepted(&teller, 5000);
	for (unsigned times = 0; times < 3; times++)
		uxm_tell(&teller);
	close(ends[1]);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	close(ends[0]);
	for (const char *end = text; (end = strchr(end, '\n')) != NULL; end++)
		lines++;
	assert_int_equal(lines, 2);
	assert_non_null(strstr(text, "(0 %)"));
	assert_non_null(strstr(text, "(100 %)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_accepted_is_shown_at_once_and_once),
	};

	return cmocka_run_group_tests_name("tools/show", tests, NULL, NULL);
}
