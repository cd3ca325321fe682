/* A form with a file: straight into a job's pipe, and never whole unless it is. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "job_end.h"
#include "tests/cmocka.h"

/* A form with a file of `size` bytes. `left` bytes are left out at its end; returns its length. */
static size_t make_form(const struct site *site, char *form, size_t room, size_t size, size_t left)
{
	int head = snprintf(
		form, room,
		"--bound\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n%s\r\n"
		"--bound\r\nContent-Disposition: form-data; name=\"older\"\r\n\r\non\r\n"
		"--bound\r\nContent-Disposition: form-data; name=\"file\"; "
		"filename=\"C:\\dir\\a.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n",
		site->token);
	size_t length = (size_t)head;

	for (size_t i = 0; i < size; i++)
		form[length++] = job_end_byte(i);
	length += (size_t)snprintf(form + length, room - length, "\r\n--bound--\r\n");
	return length - left;
}

/* Sends it in pieces, with `said` as its length; `headers` as in site_ask. */
static void send_form(struct visit *visit, struct site *site, const char *headers, const char *form,
		      size_t length, size_t said, size_t piece)
{
	char head[512];
	int count = snprintf(head, sizeof(head),
			     "POST /update.htm HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
			     "Content-Type: multipart/form-data; boundary=bound\r\n"
			     "%sContent-Length: %zu\r\n\r\n",
			     headers, said);

	visit_begin(visit, site);
	visit_say(visit, head, (size_t)count);
	for (size_t at = 0; at < length; at += piece) {
		visit_say(visit, form + at, length - at < piece ? length - at : piece);
		site_run(site, 0);
	}
}

static void a_form_with_a_file_works_without_javascript(void **state)
{
	static const size_t pieces[] = {1, 7, 4096};
	struct site *site = *state;
	char form[8192];

	site_token(site, "");
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct job_end job = {.site = site};
		struct visit visit;
		size_t length = make_form(site, form, sizeof(form), 1500, 0);

		send_form(&visit, site, "", form, length, length, pieces[i]);
		site_run_until(site, &site->starts, (unsigned)i + 1);
		assert_string_equal(site->source, "a.bin");
		assert_int_equal(site->upload_size, 1500);
		assert_true(site->allow_older);
		assert_false(site->override);
		job_end_read_all(&job);
		assert_int_equal(job.count, 1500);
		visit_hear_all(&visit);
		assert_int_equal(site_status(visit.text), 303);
		assert_non_null(strstr(visit.text, "Location: update.htm\r\n"));
		visit_end(&visit);
	}
}

static void a_form_whose_end_is_not_its_end_gives_no_whole_file(void **state)
{
	struct site *site = *state;
	char form[8192];
	struct visit visit;
	size_t length;

	site_token(site, "");
	/* 0: the line's end behind the last boundary is missing, so the file is longer than it
	 * seemed. 1: something stands behind it, so it is shorter. 2: there is no last boundary.
	 * 3: it is not said to be the last. */
	for (unsigned i = 0; i < 4; i++) {
		struct job_end job = {.site = site};

		length = make_form(site, form, sizeof(form), 1500, i == 0 ? 2 : 0);
		if (i == 1)
			form[length++] = 'x';
		if (i == 2)
			form[length - 5] = 'x';
		if (i == 3)
			memset(form + length - 4, ' ', 4);
		send_form(&visit, site, "", form, length, length, 4096);
		site_run_until(site, &site->starts, i + 1);
		job_end_read_all(&job);
		assert_true(job.count < site->upload_size);
		visit_end(&visit);
	}
}

static void a_form_with_another_token_or_no_file_starts_nothing(void **state)
{
	struct site *site = *state;
	char form[8192];
	struct visit visit;
	size_t length;

	memset(site->token, '0', 32);
	length = make_form(site, form, sizeof(form), 1500, 0);
	send_form(&visit, site, "", form, length, length, 4096);
	visit_hear_all(&visit);
	assert_int_equal(site_status(visit.text), 403);
	visit_end(&visit);
	site_token(site, "");
	length = (size_t)snprintf(
		form, sizeof(form),
		"--bound\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n%s\r\n"
		"--bound\r\nContent-Disposition: form-data; name=\"file\"; "
		"filename=\"\"\r\n\r\n\r\n"
		"--bound--\r\n",
		site->token);
	send_form(&visit, site, "", form, length, length, 4096);
	visit_hear_all(&visit);
	assert_int_equal(site_status(visit.text), 400);
	assert_non_null(strstr(visit.text, "No file was chosen."));
	visit_end(&visit);
	assert_int_equal(site->starts, 0);
}

static void of_a_file_that_was_not_taken_whole_programs_hear_why(void **state)
{
	static const struct {
		const char *headers;
		unsigned status;
		const char *text;
	} rows[] = {
		{"Accept: application/json\r\n", 422, "{\"text\":\"That is why.\"}"},
		{"", 303, "Location: update.htm\r\n"},
	};
	struct site *site = *state;
	char form[8192];

	site_token(site, "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct visit visit;
		size_t length = make_form(site, form, sizeof(form), 1500, 0);

		send_form(&visit, site, rows[i].headers, form, length - 1000, length, 4096);
		site_run_until(site, &site->starts, (unsigned)i + 1);
		close(site->input);
		site->input = -1;
		visit_say(&visit, form + length - 1000, 1000);
		site_run(site, 50);
		assert_false(visit.ended);
		site_end(site, UXM_IMAGE_REFUSED, "That is why.");
		visit_hear_all(&visit);
		assert_int_equal(site_status(visit.text), rows[i].status);
		site_assert_has(visit.text, rows[i].text);
		visit_end(&visit);
	}
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(a_form_with_a_file_works_without_javascript),
		SITE_TEST(a_form_whose_end_is_not_its_end_gives_no_whole_file),
		SITE_TEST(of_a_file_that_was_not_taken_whole_programs_hear_why),
		SITE_TEST(a_form_with_another_token_or_no_file_starts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
