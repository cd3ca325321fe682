/* How a module gets onto a bus: ports of vhci_hcd, and the USB/IP server's lists and imports. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/cmocka.h"
#include "tools/module/serve.h"
#include "tools/module/vhci.h"

static void a_free_port_of_the_right_hub_is_found(void **state)
{
	static const char status[] = "hub port sta spd dev      sockfd local_busid\n"
				     "hs  0000 006 003 00010002 000005 1-1\n"
				     "hs  0001 004 000 00000000 000000 0-0\n"
				     "hs  0002 004 000 00000000 000000 0-0\n"
				     "ss  0008 005 000 00000000 000000 0-0\n"
				     "ss  0009 004 000 00000000 000000 0-0\n";

	(void)state;
	assert_int_equal(vhci_find_port(status, DESCRIPTOR_HIGH, VHCI_ANY, VHCI_ANY), 1);
	assert_int_equal(vhci_find_port(status, DESCRIPTOR_FULL, VHCI_ANY, 1), 2);
	assert_int_equal(vhci_find_port(status, DESCRIPTOR_SUPER, VHCI_ANY, VHCI_ANY), 9);
	assert_int_equal(vhci_find_port(status, DESCRIPTOR_SUPER, VHCI_ANY, 9), -1);
	assert_int_equal(vhci_find_port(status, DESCRIPTOR_HIGH, 2, VHCI_ANY), 2);
	assert_int_equal(vhci_find_port(status, DESCRIPTOR_HIGH, 0, VHCI_ANY), -1);
	assert_int_equal(vhci_find_port(status, DESCRIPTOR_HIGH, 9, VHCI_ANY), -1);
	assert_int_equal(vhci_find_port("", DESCRIPTOR_HIGH, VHCI_ANY, VHCI_ANY), -1);
	assert_int_equal(vhci_find_port("hs \nhs x\nss", DESCRIPTOR_HIGH, VHCI_ANY, VHCI_ANY), -1);
}

static void the_kernels_name_of_what_is_in_a_port_is_found(void **state)
{
	static const char status[] = "hub port sta spd dev      sockfd local_busid\n"
				     "hs  0000 006 003 00010002 000005 1-1\n"
				     "hs  0001 005 000 00000000 000000 0-0\n"
				     "ss  0008 006 005 00010003 000006 2-1";
	char name[VHCI_NAME] = "";

	(void)state;
	assert_true(vhci_find_name(status, 0, name));
	assert_string_equal(name, "1-1");
	assert_true(vhci_find_name(status, 8, name));
	assert_string_equal(name, "2-1");
	/* Not enumerated yet; not there; any. */
	assert_false(vhci_find_name(status, 1, name));
	assert_false(vhci_find_name(status, 2, name));
	assert_false(vhci_find_name(status, VHCI_ANY, name));
	assert_false(vhci_find_name("", 0, name));
}

/* Two modules on the bus of a server, and a host's end of a connection. */
struct served {
	struct options options;
	struct unit units[2];
	struct serve_guest guest;
	int host;
};

static int serve_set_up(void **state)
{
	struct served *served = calloc(1, sizeof(*served));
	struct uxm_failure why;
	char name[] = "uxm-module";
	char command[] = "serve";
	char option[] = "--count";
	char count[] = "2";
	char *words[] = {name, command, option, count, NULL};

	assert_non_null(served);
	assert_true(options_read(4, words, &served->options, &why));
	for (uint32_t i = 0; i < 2; i++) {
		assert_true(unit_open(&served->units[i], &served->options, i, &why));
		served->units[i].display.to = stderr;
		unit_power_on(&served->units[i], 0);
		served->units[i].number = i + 1;
		unit_plugged(&served->units[i], -1);
	}
	served->guest.fd = -1;
	served->host = -1;
	*state = served;
	return 0;
}

static void serve_connect(struct served *served)
{
	int ends[2];

	if (served->host >= 0)
		close(served->host);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	served->guest = (struct serve_guest){.fd = ends[0]};
	served->host = ends[1];
}

static int serve_tear_down(void **state)
{
	struct served *served = *state;

	for (size_t i = 0; i < 2; i++)
		unit_close(&served->units[i]);
	if (served->guest.fd >= 0)
		close(served->guest.fd);
	if (served->host >= 0)
		close(served->host);
	free(served);
	return 0;
}

/* The host says something, and the server reads it, byte by byte. */
static struct unit *say(struct served *served, const uint8_t *bytes, size_t length)
{
	struct unit *unit = NULL;

	for (size_t i = 0; i < length && served->guest.fd >= 0; i++) {
		assert_int_equal(send(served->host, bytes + i, 1, MSG_NOSIGNAL), 1);
		unit = serve_read(&served->guest, served->units, 2);
	}
	return unit;
}

static struct unit *import(struct served *served, const char *busid)
{
	uint8_t request[40] = {0x01, 0x11, 0x80, 0x03};

	serve_connect(served);
	snprintf((char *)request + 8, 32, "%s", busid);
	return say(served, request, sizeof(request));
}

static void a_list_names_the_modules_that_are_free(void **state)
{
	static const uint8_t request[8] = {0x01, 0x11, 0x80, 0x05};
	struct served *served = *state;
	uint8_t reply[2048];

	serve_connect(served);
	assert_null(say(served, request, sizeof(request)));
	assert_int_equal(recv(served->host, reply, sizeof(reply), 0), 12 + 2 * 316);
	assert_memory_equal(
		reply, ((const uint8_t[]){0x01, 0x11, 0x00, 0x05, 0, 0, 0, 0, 0, 0, 0, 2}), 12);
	assert_string_equal((const char *)reply + 12 + 256, "1-1");
	assert_string_equal((const char *)reply + 12 + 316 + 256, "1-2");
	/* bus 1, device 2, high speed, ids, release 1.5.3 */
	assert_memory_equal(
		reply + 12 + 316 + 288,
		((const uint8_t[]){0,    0,    0,    1,    0, 0, 0, 2, 0, 0, 0,    3,    0x12, 0x09,
				   0x00, 0x01, 0x01, 0x53, 0, 0, 0, 0, 1, 1, 0xFF, 0x55, 1,    0}),
		28);
	/* the connection is closed behind it */
	assert_int_equal(served->guest.fd, -1);
	assert_int_equal(recv(served->host, reply, sizeof(reply), 0), 0);
	served->units[0].place = UNIT_AWAY;
	serve_connect(served);
	assert_null(say(served, request, sizeof(request)));
	assert_int_equal(recv(served->host, reply, sizeof(reply), 0), 12 + 316);
	assert_string_equal((const char *)reply + 12 + 256, "1-2");
}

static void an_import_makes_the_connection_the_modules(void **state)
{
	struct served *served = *state;
	uint8_t reply[512];

	assert_ptr_equal(import(served, "1-2"), &served->units[1]);
	assert_int_equal(served->guest.fd, -1);
	assert_true(served->units[1].link.fd >= 0);
	assert_int_equal(recv(served->host, reply, sizeof(reply), 0), 8 + 312);
	assert_memory_equal(reply, ((const uint8_t[]){0x01, 0x11, 0x00, 0x03, 0, 0, 0, 0}), 8);
	assert_string_equal((const char *)reply + 8 + 256, "1-2");
}

static void an_import_is_refused(struct served *served, const char *busid, uint8_t status)
{
	uint8_t reply[512];

	assert_null(import(served, busid));
	assert_int_equal(served->guest.fd, -1);
	assert_int_equal(recv(served->host, reply, sizeof(reply), 0), 8);
	assert_int_equal(reply[7], status);
}

static void a_module_is_imported_once_and_only_while_it_is_there(void **state)
{
	struct served *served = *state;
	int first;

	assert_ptr_equal(import(served, "1-1"), &served->units[0]);
	first = served->host;
	served->host = -1;
	an_import_is_refused(served, "1-1", 2);
	an_import_is_refused(served, "1-3", 4);
	an_import_is_refused(served, "", 4);
	served->units[1].place = UNIT_RETURNING;
	an_import_is_refused(served, "1-2", 4);
	close(first);
}

static void hosts_that_speak_another_language_are_dismissed(void **state)
{
	static const uint8_t wrong[][8] = {
		{0x01, 0x06, 0x80, 0x05},
		{0x01, 0x11, 0x80, 0x04},
		{0x01, 0x11, 0x00, 0x05},
		"GET / HT",
	};
	struct served *served = *state;
	uint8_t request[40];
	uint8_t byte;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		serve_connect(served);
		assert_null(say(served, wrong[i], 8));
		assert_int_equal(served->guest.fd, -1);
		assert_int_equal(recv(served->host, &byte, 1, 0), 0);
	}
	/* a bus id without an end */
	memset(request, '1', sizeof(request));
	memcpy(request, ((const uint8_t[]){0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0}), 8);
	serve_connect(served);
	assert_null(say(served, request, sizeof(request)));
	assert_int_equal(recv(served->host, &byte, 1, 0), 0);
}

static void hosts_that_say_nothing_are_dismissed_after_a_time(void **state)
{
	struct serve serve;
	struct uxm_failure why;
	struct sockaddr_in name = {.sin_family = AF_INET};
	socklen_t length = sizeof(name);
	int host = socket(AF_INET, SOCK_STREAM, 0);
	uint8_t byte;

	(void)state;
	assert_true(serve_open(&serve, "127.0.0.1", 0, &why));
	assert_int_equal(getsockname(serve.fd, (struct sockaddr *)&name, &length), 0);
	assert_int_equal(connect(host, (const struct sockaddr *)&name, length), 0);
	serve_accept(&serve, 1000);
	assert_true(serve_next(&serve) == 5001000);
	serve_run(&serve, 5000999);
	assert_true(serve.guest[0].fd >= 0);
	serve_run(&serve, 5001000);
	assert_int_equal(serve.guest[0].fd, -1);
	assert_int_equal(recv(host, &byte, 1, 0), 0);
	assert_true(serve_next(&serve) == DEVICE_NEVER);
	/* the place is taken now */
	{
		struct serve second;
		assert_false(serve_open(&second, "127.0.0.1", ntohs(name.sin_port), &why));
		assert_non_null(strstr(why.text, "--port"));
	}
	close(host);
	serve_close(&serve);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, serve_set_up, serve_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_free_port_of_the_right_hub_is_found),
		cmocka_unit_test(the_kernels_name_of_what_is_in_a_port_is_found),
		TEST(a_list_names_the_modules_that_are_free),
		TEST(an_import_makes_the_connection_the_modules),
		TEST(a_module_is_imported_once_and_only_while_it_is_there),
		TEST(hosts_that_speak_another_language_are_dismissed),
		cmocka_unit_test(hosts_that_say_nothing_are_dismissed_after_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
