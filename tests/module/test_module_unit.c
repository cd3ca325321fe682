/* How a module parts from its host, on a machine without vhci_hcd: when, and when it may come
 * again. */
#include "tools/module/unit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/cmocka.h"

#define BEGIN   UINT64_C(1000000)
#define UNKNOWN UINT64_C(50000)
#define MOST    UINT64_C(256000)
#define SIX     UINT64_C(6000000)
#define SUBMIT  48

struct parting {
	struct options options;
	struct unit unit;
	FILE *display;
	int host;
};

static int set_up(void **state)
{
	static struct parting parting;
	char name[] = "uxm-module";
	char attach[] = "attach";
	char *words[] = {name, attach, NULL};
	struct uxm_failure why;
	int ends[2];

	assert_true(options_read(2, words, &parting.options, &why));
	parting.options.device.largest_image = 100000;
	assert_true(unit_open(&parting.unit, &parting.options, 0, &why));
	parting.display = fopen("/dev/null", "we");
	assert_non_null(parting.display);
	parting.unit.display.to = parting.display;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	parting.host = ends[1];
	unit_power_on(&parting.unit, BEGIN);
	unit_plugged(&parting.unit, ends[0]);
	device_leave_bus(parting.unit.device, DEVICE_UNPLUGGED);
	unit_leave(&parting.unit, BEGIN);
	*state = &parting;
	return 0;
}

static int tear_down(void **state)
{
	struct parting *parting = *state;

	unit_close(&parting->unit);
	close(parting->host);
	fclose(parting->display);
	return 0;
}

/* SET_INTERFACE, as the kernel asks it. */
static void ask(const struct parting *parting)
{
	static const uint8_t header[SUBMIT] = {0, 0, 0, 1, [7] = 1, [40] = 0x01, 11};

	assert_int_equal(send(parting->host, header, sizeof(header), 0), sizeof(header));
}

static void a_host_that_is_quiet_is_let_go_after_50_ms(void **state)
{
	struct parting *parting = *state;
	uint8_t byte;

	unit_part(&parting->unit, BEGIN + UNKNOWN - 1);
	assert_int_equal(recv(parting->host, &byte, 1, 0), -1);
	assert_true(unit_next(&parting->unit, BEGIN) == BEGIN + UNKNOWN);
	unit_part(&parting->unit, BEGIN + UNKNOWN);
	assert_int_equal(recv(parting->host, &byte, 1, 0), 0);
	assert_false(unit_has_parted(&parting->unit));
	/* The connection stays until the host has closed it. */
	assert_int_equal(shutdown(parting->host, SHUT_WR), 0);
	unit_part(&parting->unit, BEGIN + UNKNOWN);
	assert_true(unit_has_parted(&parting->unit));
}

static void one_that_is_not_quiet_is_answered_and_let_go_after_256_ms(void **state)
{
	struct parting *parting = *state;
	uint8_t answer[SUBMIT];

	for (uint64_t now = BEGIN; now < BEGIN + MOST; now += 10000) {
		ask(parting);
		unit_part(&parting->unit, now);
		assert_int_equal(recv(parting->host, answer, sizeof(answer), 0), SUBMIT);
		assert_int_equal((int8_t)answer[23], USBIP_NOBODY);
	}
	unit_part(&parting->unit, BEGIN + MOST);
	assert_int_equal(recv(parting->host, answer, sizeof(answer), 0), 0);
}

static void of_whom_the_kernel_shows_nothing_stays_away_for_6_s(void **state)
{
	struct parting *parting = *state;
	uint64_t let_go = BEGIN + UNKNOWN;

	unit_part(&parting->unit, let_go);
	assert_int_equal(shutdown(parting->host, SHUT_WR), 0);
	unit_part(&parting->unit, let_go);
	assert_true(unit_has_parted(&parting->unit));
	assert_false(unit_may_come(&parting->unit, let_go + SIX - 1));
	assert_true(unit_may_come(&parting->unit, let_go + SIX));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_host_that_is_quiet_is_let_go_after_50_ms),
		TEST(one_that_is_not_quiet_is_answered_and_let_go_after_256_ms),
		TEST(of_whom_the_kernel_shows_nothing_stays_away_for_6_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
