/* Signs to the outside: phone/log.c, notify.c, and uevent.c the other way round. */
#include <fcntl.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "phone/log.h"
#include "phone/notify.h"
#include "phone/uevent.h"
#include "tests/cmocka.h"
#include "turns.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* What a log wrote. */
static void read_log(int descriptor, char text[4096])
{
	ssize_t got = read(descriptor, text, 4095);

	text[got > 0 ? got : 0] = '\0';
}

static void a_log_line_is_one_clean_line_of_its_level(void **state)
{
	struct log log;
	char text[4096];
	char large[3000];
	int both[2];

	(void)state;
	assert_int_equal(pipe2(both, O_CLOEXEC | O_NONBLOCK), 0);
	log_init(&log, LOG_IS_NOTICE, NULL);
	assert_int_equal(log.descriptor, STDERR_FILENO);
	log.descriptor = both[1];
	log_line(&log, LOG_IS_DETAIL, "unseen");
	read_log(both[0], text);
	assert_string_equal(text, "");
	log_line(&log, LOG_IS_ERROR, "a\nuxmd: forged %d \x1b[2J", 7);
	read_log(both[0], text);
	assert_string_equal(text, "uxmd: error: a?uxmd: forged 7 ?[2J\n");
	log_line(&log, LOG_IS_NOTICE, "b");
	log_line(&log, LOG_IS_WARNING, "c");
	read_log(both[0], text);
	assert_string_equal(text, "uxmd: b\nuxmd: warning: c\n");
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	log_line(&log, LOG_IS_NOTICE, "%s", large);
	read_log(both[0], text);
	assert_in_range(strlen(text), 900, 1100);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	log_line(NULL, LOG_IS_ERROR, "nobody");
	close(both[0]);
	close(both[1]);
}

static void a_log_that_nobody_reads_holds_nothing_up_and_says_what_was_lost(void **state)
{
	struct log log;
	char text[4096];
	char *lost;
	int both[2];

	(void)state;
	assert_int_equal(pipe2(both, O_CLOEXEC), 0);
	log_init(&log, LOG_IS_NOTICE, NULL);
	log.descriptor = both[1];
	/* A write that waits for a reader would never return. */
	alarm(30);
	for (int i = 0; i < 5000; i++)
		log_line(&log, LOG_IS_NOTICE, "line %d of many that are somewhat longer", i);
	alarm(0);
	assert_int_equal(fcntl(both[0], F_SETFL, O_NONBLOCK), 0);
	do
		read_log(both[0], text);
	while (text[0] != '\0');
	log_line(&log, LOG_IS_NOTICE, "the next");
	log_line(&log, LOG_IS_NOTICE, "one more");
	read_log(both[0], text);
	lost = strstr(text, " lines of the log were lost: nobody took them in time.\n"
			    "uxmd: the next\nuxmd: one more\n");
	assert_non_null(lost);
	assert_memory_equal(text, "uxmd: warning: ", 15);
	/* A pipe holds 64 KiB (pipe(7)). */
	assert_in_range(strtoul(text + 15, NULL, 10), 3000, 5000);
	log_release(&log);
	close(both[0]);
	close(both[1]);
}

/* A service manager that listens at an address as NOTIFY_SOCKET has it. */
static int listen_at(const char *address)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t length = strlen(address);

	memcpy(at.sun_path, address, length);
	if (address[0] == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(bind(descriptor, (const struct sockaddr *)&at,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
			 0);
	return descriptor;
}

static void syslog_is_told_found_when_it_comes_and_not_waited_for(void **state)
{
	const char *path = folder_at(&folder, "log");
	char start[32];
	char text[4096];
	char at[300];
	struct log log;
	int daemon;

	(void)state;
	snprintf(at, sizeof(at), "%s", path);
	log_init(&log, LOG_IS_NOTICE, at);
	log_line(&log, LOG_IS_NOTICE, "to nobody");
	/* Twice, as it is started anew. */
	for (int i = 0; i < 2; i++) {
		daemon = listen_at(at);
		log_line(&log, LOG_IS_ERROR, "a\nb");
		if (i == 0) {
			read_log(daemon, text);
			/* 3 * 8 + 4: a warning of the facility daemon (RFC 3164, 4.1.1). */
			assert_memory_equal(text, "<28>", 4);
			assert_non_null(strstr(text, "]: 1 lines of the log were lost"));
		}
		memset(text, 0, sizeof(text));
		read_log(daemon, text);
		assert_memory_equal(text, "<27>", 4);
		snprintf(start, sizeof(start), " uxmd[%d]: a?b", (int)getpid());
		assert_string_equal(strstr(text, " uxmd["), start);
		alarm(30);
		for (int j = 0; j < 5000; j++)
			log_line(&log, LOG_IS_NOTICE, "many");
		alarm(0);
		assert_true(log.lost > 0);
		do
			read_log(daemon, text);
		while (text[0] != '\0');
		log_line(&log, LOG_IS_NOTICE, "the next");
		read_log(daemon, text);
		assert_non_null(strstr(text, "lines of the log were lost"));
		read_log(daemon, text);
		assert_non_null(strstr(text, "]: the next"));
		close(daemon);
		assert_int_equal(unlink(at), 0);
	}
	log_release(&log);
}

static void the_service_manager_is_told_by_path_and_by_abstract_name(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		char address[300];
		char text[100] = "";
		struct notify notify;
		int manager;

		if (i == 0)
			snprintf(address, sizeof(address), "%s", folder_at(&folder, "notify"));
		else
			snprintf(address, sizeof(address), "@uxm-test-%d", (int)getpid());
		manager = listen_at(address);
		assert_true(notify_init(&notify, address));
		notify_say(&notify, "READY=1\nSTATUS=%s", "idle");
		assert_int_equal(recv(manager, text, sizeof(text), 0), 19);
		assert_string_equal(text, "READY=1\nSTATUS=idle");
		/* A manager that does not read holds nothing up, and one that left neither. */
		for (int j = 0; j < 2000; j++)
			notify_say(&notify, "WATCHDOG=1");
		close(manager);
		notify_say(&notify, "WATCHDOG=1");
		notify_release(&notify);
		notify_release(&notify);
	}
}

static void where_nobody_wants_to_know_nothing_is_said(void **state)
{
	static const char *const wrong[] = {"relative", "@", "/nonexistent/notify", "vsock:2:1"};
	struct notify notify;
	char endless[300];

	(void)state;
	assert_true(notify_init(&notify, NULL));
	assert_int_equal(notify.descriptor, -1);
	notify_say(&notify, "READY=1");
	assert_true(notify_init(&notify, ""));
	for (size_t i = 0; i < ROWS(wrong); i++)
		assert_false(notify_init(&notify, wrong[i]));
	memset(endless, '/', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_false(notify_init(&notify, endless));
	assert_int_equal(notify.descriptor, -1);
}

static void the_watchdog_is_fed_twice_in_its_time(void **state)
{
	char own[32];
	char other[32];

	(void)state;
	snprintf(own, sizeof(own), "%d", (int)getpid());
	snprintf(other, sizeof(other), "%d", (int)getpid() + 1);
	assert_int_equal(notify_watchdog("30000000", NULL), 15000);
	assert_int_equal(notify_watchdog("30000000", own), 15000);
	assert_int_equal(notify_watchdog("30000000", other), 0);
	assert_int_equal(notify_watchdog("1", NULL), 1);
	assert_int_equal(notify_watchdog(NULL, own), 0);
	assert_int_equal(notify_watchdog("", NULL), 0);
	assert_int_equal(notify_watchdog("0", NULL), 0);
	assert_int_equal(notify_watchdog("-1", NULL), 0);
	assert_int_equal(notify_watchdog("5x", NULL), 0);
	assert_int_equal(notify_watchdog("99999999999999999999", NULL), 0);
}

#define USB_DEVICE "add@/devices/usb1/1-1\0ACTION=add\0SUBSYSTEM=usb\0DEVTYPE=usb_device\0SEQNUM=1"

static void messages_about_usb_devices_are_told_from_others(void **state)
{
	static const struct {
		const char *message;
		size_t length;
		bool is_usb;
	} rows[] = {
#define MESSAGE(text, is) {text, sizeof(text), is}
		MESSAGE(USB_DEVICE, true),
		MESSAGE("remove@/d\0SUBSYSTEM=usb\0DEVTYPE=usb_device", true),
		MESSAGE("add@/d\0SUBSYSTEM=usb\0DEVTYPE=usb_interface", false),
		MESSAGE("add@/d\0SUBSYSTEM=usb", false),
		MESSAGE("add@/d\0SUBSYSTEM=net\0DEVTYPE=usb_device", false),
		MESSAGE("add@/d\0XSUBSYSTEM=usb\0DEVTYPE=usb_device", false),
		MESSAGE("", false),
#undef MESSAGE
		{"SUBSYSTEM=usb\0DEVTYPE=usb_device", 32, false},
		{"", 0, false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (uevent_is_usb(rows[i].message, rows[i].length) != rows[i].is_usb)
			fail_msg("row %zu", i);
	}
}

static unsigned seen;

static void on_changed(void *self)
{
	(void)self;
	seen++;
}

static void a_burst_of_events_is_one_and_others_are_none(void **state)
{
	struct uxm_failure why;
	struct uevent *uevent;
	int both[2];

	(void)state;
	seen = 0;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, both),
			 0);
	uevent = uevent_new_on(loop, both[0], on_changed, NULL, &why);
	assert_non_null(uevent);
	assert_int_equal(send(both[1], "add@/d\0SUBSYSTEM=net", 21, 0), 21);
	turns_run_for(UEVENT_QUIET + 100);
	assert_int_equal(seen, 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(send(both[1], USB_DEVICE, sizeof(USB_DEVICE), 0),
				 sizeof(USB_DEVICE));
	turns_run_for(2 * UEVENT_QUIET + 500);
	assert_int_equal(seen, 1);
	assert_int_equal(send(both[1], USB_DEVICE, sizeof(USB_DEVICE), 0), sizeof(USB_DEVICE));
	turns_run_for(2 * UEVENT_QUIET + 500);
	assert_int_equal(seen, 2);
	/* What is put off for the sake of the next event is not put off for ever. */
	for (int i = 0; i < 40 && seen < 3; i++) {
		assert_int_equal(send(both[1], USB_DEVICE, sizeof(USB_DEVICE), 0),
				 sizeof(USB_DEVICE));
		turns_run_for(UEVENT_QUIET / 4);
	}
	assert_int_equal(seen, 3);
	close(both[1]);
	turns_run_for(10);
	uevent_free(uevent);
}

static void only_the_kernel_is_listened_to(void **state)
{
	struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_groups = 1};
	struct uxm_failure why = {.text = ""};
	struct uevent *uevent = uevent_new(loop, on_changed, NULL, &why);
	int other = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	(void)state;
	seen = 0;
	if (uevent == NULL || other < 0) {
		/* A container may have no such socket; that is said. */
		assert_non_null(strstr(why.text, "kernel's events cannot be had"));
		uevent_free(uevent);
		if (other >= 0)
			close(other);
		skip();
		return;
	}
	/* Root may send to the group; whoever may not cannot deceive either. */
	if (sendto(other, USB_DEVICE, sizeof(USB_DEVICE), 0, (const struct sockaddr *)&to,
		   sizeof(to)) > 0)
		turns_run_for(2 * UEVENT_QUIET);
	assert_int_equal(seen, 0);
	close(other);
	uevent_free(uevent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, turns_make, turns_release)
		TEST(a_log_line_is_one_clean_line_of_its_level),
		TEST(a_log_that_nobody_reads_holds_nothing_up_and_says_what_was_lost),
		TEST(syslog_is_told_found_when_it_comes_and_not_waited_for),
		TEST(the_service_manager_is_told_by_path_and_by_abstract_name),
		TEST(where_nobody_wants_to_know_nothing_is_said),
		TEST(the_watchdog_is_fed_twice_in_its_time),
		TEST(messages_about_usb_devices_are_told_from_others),
		TEST(a_burst_of_events_is_one_and_others_are_none),
		TEST(only_the_kernel_is_listened_to),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/signs", tests, NULL, NULL);
}
