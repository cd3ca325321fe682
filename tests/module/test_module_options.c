/* The command line and the orders on standard input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/cmocka.h"
#include "tools/module/options.h"
#include "tools/module/order.h"

static bool read_words(const char *line, struct options *options, struct uxm_failure *why)
{
	/* the options point into it */
	static char text[1300];
	char *words[32] = {text};
	int count = 0;

	snprintf(text, sizeof(text), "uxm-module %s", line);
	for (char *rest = text; count < 32 && (words[count] = strtok_r(rest, " ", &rest)) != NULL;)
		count++;
	return options_read(count, words, options, why);
}

static void options_have_defaults(void **state)
{
	struct options options;
	struct uxm_failure why;
	char serial[UXM_SERIAL_TEXT];

	(void)state;
	assert_true(read_words("attach", &options, &why));
	assert_int_equal(options.command, OPTIONS_ATTACH);
	assert_int_equal(options.bus, PACE_HIGH);
	assert_int_equal(options.vendor, 0x1209);
	assert_int_equal(options.product, 0x0001);
	assert_int_equal(options.count, 1);
	assert_int_equal(options.port, 3240);
	assert_int_equal(options.reboot_time, 1000);
	assert_int_equal(options.device.silence, 5000);
	assert_int_equal(options.device.largest_chunk, 262144 - 20);
	assert_true(options.device.largest_image == 80000000);
	assert_int_equal(options.device.done_time, 2000);
	assert_int_equal(options.device.install_time, 500);
	assert_true(options.device.verify_rate == 50000000);
	options_serial(&options, 1, serial);
	assert_string_equal(serial, "UXM0002");
}

static void options_are_read_with_blank_or_equals(void **state)
{
	struct options options;
	struct uxm_failure why;

	(void)state;
	assert_true(read_words("serve --model UXM --serial=A.b --version 10.1.64.14 --count 2 "
			       "--bus super --bus-rate=1000 --flash-rate 5 --vendor 1D6b "
			       "--fault unplug@5 --fault fail@verify:3 --hardware-level 65535",
			       &options, &why));
	assert_int_equal(options.command, OPTIONS_SERVE);
	assert_string_equal(options.device.model, "UXM");
	assert_string_equal(options.serial, "A.b");
	assert_int_equal(options.device.version.part[3], 14);
	assert_int_equal(options.bus, PACE_SUPER);
	assert_true(options.bus_rate == 1000);
	assert_true(options.device.flash_rate == 5);
	assert_int_equal(options.vendor, 0x1D6B);
	assert_int_equal(options.device.hardware_level, 65535);
	assert_int_equal(options.faults.count, 2);
	assert_int_equal(options.faults.fault[1].percent, 3);
	assert_int_equal(options.count, 2);
}

static void wrong_options_are_named(void **state)
{
	static const char *const wrong[][2] = {
		{"", "serve"},
		{"run", "attach"},
		{"attach --colour red", "--colour"},
		{"attach --count", "--count"},
		{"attach --count 0", "1 to 16"},
		{"attach --count 17", "1 to 16"},
		{"attach --count 2x", "\"2x\""},
		{"attach --count -1", "\"-1\""},
		{"attach --hardware-level 65536", "65535"},
		{"attach --model d7c", "capital"},
		{"attach --model ABCDEFGH", "seven"},
		{"attach --version 1.x", "1.5.3"},
		{"attach --serial a/b", "--serial"},
		{"attach --bus warp", "super"},
		{"attach --protocol dfu", "--protocol wants \"stream\""},
		{"attach --fault explode@5", "explode@5"},
		{"attach --vendor 12345", "ffff"},
		{"attach --flash-rate 99999999999999999999", "--flash-rate"},
		{"attach --done-time 2001", "2000"},
		{"attach --largest-chunk 4095", "4096"},
		{"serve --listen nowhere", "IPv4"},
		{"serve --port 0", "TCP"},
		{"attach extra", "\"extra\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct options options;
		struct uxm_failure why = {.result = UXM_UPDATED};

		assert_false(read_words(wrong[i][0], &options, &why));
		assert_int_equal(why.result, UXM_USAGE);
		assert_non_null(strstr(why.text, wrong[i][1]));
	}
}

/* An Ed25519 public key, that of RFC 8032, section 7.1, test 1, and an elliptic one of another
 * kind. */
static const char public_key[] = "-----BEGIN PUBLIC KEY-----\n"
				 "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
				 "-----END PUBLIC KEY-----\n";
static const char other_key[] = "-----BEGIN PUBLIC KEY-----\n"
				"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
				"6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
				"-----END PUBLIC KEY-----\n";

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void keys_are_read_and_what_is_none_is_named(void **state)
{
	char folder[] = "/tmp/uxm-keys-XXXXXX";
	char path[64];
	char line[1200];
	struct options options;
	struct uxm_failure why;
	size_t length;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/key.pem", folder);
	snprintf(line, sizeof(line), "attach --key %s --key=%s", path, path);
	write_file(path, public_key);
	assert_true(read_words(line, &options, &why));
	assert_int_equal(options.device.keys.count, 2);
	assert_int_equal(options.device.keys.key[0].bytes[0], 0xD7);
	assert_int_equal(options.device.keys.key[1].bytes[31], 0x1A);

	write_file(path, other_key);
	assert_false(read_words(line, &options, &why));
	assert_non_null(strstr(why.text, path));
	write_file(path, "");
	assert_false(read_words(line, &options, &why));
	unlink(path);
	assert_false(read_words(line, &options, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, "--key wants a file with an Ed25519 key"));
	/* A folder is none either. */
	snprintf(line, sizeof(line), "attach --key %s", folder);
	assert_false(read_words(line, &options, &why));

	/* One more than there may be. */
	write_file(path, public_key);
	length = (size_t)snprintf(line, sizeof(line), "attach");
	for (size_t i = 0; i <= UXM_KEYS_MOST; i++)
		length += (size_t)snprintf(line + length, sizeof(line) - length, " --key=%s", path);
	assert_false(read_words(line, &options, &why));
	assert_non_null(strstr(why.text, "at most 16"));
	unlink(path);
	rmdir(folder);
}

static void help_names_every_fault(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	(void)state;
	assert_non_null(to);
	options_help(to);
	fclose(to);
	for (unsigned what = 0; what < FAULT_WHATS; what++)
		assert_non_null(strstr(text, fault_kind((enum fault_what)what)->name));
	assert_non_null(strstr(text, "--flash-rate BYTES_PER_S"));
	free(text);
}

static void serials_of_several_modules_are_numbered(void **state)
{
	struct options options;
	struct uxm_failure why;
	char serial[UXM_SERIAL_TEXT];

	(void)state;
	assert_true(read_words("attach --serial ABC", &options, &why));
	options_serial(&options, 0, serial);
	assert_string_equal(serial, "ABC");
	assert_true(read_words("attach --serial ABC --count 3", &options, &why));
	options_serial(&options, 2, serial);
	assert_string_equal(serial, "ABC-3");
}

static void orders_are_words_with_or_without_a_serial(void **state)
{
	struct order_line line;

	(void)state;
	order_parse("unplug", &line);
	assert_int_equal(line.order, ORDER_UNPLUG);
	assert_string_equal(line.serial, "");
	order_parse("  power-loss  UXM0002 \r", &line);
	assert_int_equal(line.order, ORDER_POWER_LOSS);
	assert_string_equal(line.serial, "UXM0002");
	order_parse("plug x", &line);
	assert_int_equal(line.order, ORDER_PLUG);
	order_parse("quit", &line);
	assert_int_equal(line.order, ORDER_QUIT);
	order_parse("plugs", &line);
	assert_int_equal(line.order, ORDER_NONE);
	order_parse("", &line);
	assert_int_equal(line.order, ORDER_NONE);
}

static void orders_come_in_any_pieces_and_their_end_is_none(void **state)
{
	struct order_reader reader;
	struct order_line line;
	int ends[2];
	char longest[600];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	order_open(&reader, ends[0]);
	assert_false(order_read(&reader, &line));
	assert_int_equal(write(ends[1], "unplug A\nplug B\nqu", 18), 18);
	assert_true(order_read(&reader, &line));
	assert_string_equal(line.serial, "A");
	assert_true(order_read(&reader, &line));
	assert_string_equal(line.serial, "B");
	assert_false(order_read(&reader, &line));
	assert_int_equal(write(ends[1], "it\n", 3), 3);
	assert_true(order_read(&reader, &line));
	assert_int_equal(line.order, ORDER_QUIT);
	/* too long to be one */
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(write(ends[1], longest, sizeof(longest)), sizeof(longest));
	assert_true(order_read(&reader, &line));
	assert_int_equal(line.order, ORDER_NONE);
	close(ends[1]);
	while (order_read(&reader, &line))
		assert_int_equal(line.order, ORDER_NONE);
	assert_int_equal(order_fd(&reader), -1);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_have_defaults),
		cmocka_unit_test(options_are_read_with_blank_or_equals),
		cmocka_unit_test(wrong_options_are_named),
		cmocka_unit_test(keys_are_read_and_what_is_none_is_named),
		cmocka_unit_test(help_names_every_fault),
		cmocka_unit_test(serials_of_several_modules_are_numbered),
		cmocka_unit_test(orders_are_words_with_or_without_a_serial),
		cmocka_unit_test(orders_come_in_any_pieces_and_their_end_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
