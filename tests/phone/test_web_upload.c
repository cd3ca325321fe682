/* Files that come in over the web: straight into a job's pipe, and never whole unless they are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "site.h"
#include "tests/cmocka.h"

/* More than pipe and sockets hold together. */
#define LARGE 16777216u

static int make_site(void **state)
{
	*state = malloc(sizeof(struct site));
	assert_non_null(*state);
	site_open(*state);
	return 0;
}

static int free_site(void **state)
{
	site_close(*state);
	free(*state);
	return 0;
}

/* The byte of a file at that place. */
static char byte_at(uint64_t at)
{
	return (char)(at * 7 + (at >> 8) * 13 + (at >> 16));
}

/* What the job reads. */
struct job_end {
	struct site *site;
	uint64_t count;
	bool ended;
};

/* Reads what is there; the test fails where it is not the file's. */
static void job_read(struct job_end *job)
{
	char some[65536];

	while (!job->ended) {
		ssize_t count = read(job->site->input, some, sizeof(some));

		if (count < 0) {
			assert_int_equal(errno, EAGAIN);
			return;
		}
		job->ended = count == 0;
		for (ssize_t i = 0; i < count; i++) {
			if (some[i] != byte_at(job->count + (uint64_t)i))
				fail_msg("another byte at %llu",
					 (unsigned long long)job->count + (unsigned long long)i);
		}
		job->count += (uint64_t)count;
	}
}

/* Reads until it ends. */
static void job_read_all(struct job_end *job)
{
	for (unsigned i = 0; i < 4000 && !job->ended; i++) {
		job_read(job);
		site_run(job->site, 5);
	}
	assert_true(job->ended);
}

static void begin_raw(struct visit *visit, struct site *site, uint64_t size, const char *query)
{
	char head[512];
	int length;

	length = snprintf(head, sizeof(head),
			  "POST /upload?name=snomD7C-1.6.1-r.bin%s HTTP/1.1\r\nHost: localhost\r\n"
			  "X-Uxm-Token: %s\r\nContent-Type: application/octet-stream\r\n"
			  "Connection: close\r\nContent-Length: %llu\r\n\r\n",
			  query, site_token(site, ""), (unsigned long long)size);
	visit_begin(visit, site);
	visit_say(visit, head, (size_t)length);
	site_run_until(site, &site->starts, 1);
}

/* Sends the bytes of the file from `from` up to `to`, as far as they are taken. Returns how far. */
static uint64_t send_some(struct visit *visit, uint64_t from, uint64_t to)
{
	char some[65536];

	while (from < to) {
		size_t count = to - from < sizeof(some) ? (size_t)(to - from) : sizeof(some);
		ssize_t sent;

		for (size_t i = 0; i < count; i++)
			some[i] = byte_at(from + i);
		sent = send(visit->socket, some, count, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0)
			break;
		from += (uint64_t)sent;
	}
	return from;
}

static void a_raw_file_goes_to_the_job_with_its_length_said_before(void **state)
{
	struct site *site = *state;
	struct job_end job = {.site = site};
	struct visit visit;

	begin_raw(&visit, site, 1000, "&override=on&older=on");
	assert_string_equal(site->source, "snomD7C-1.6.1-r.bin");
	assert_int_equal(site->upload_size, 1000);
	assert_true(site->override);
	assert_true(site->allow_older);
	assert_int_equal(send_some(&visit, 0, 1000), 1000);
	job_read_all(&job);
	assert_int_equal(job.count, 1000);
	visit_hear_all(&visit);
	assert_int_equal(site_status(visit.text), 202);
	visit_end(&visit);
}

static void a_job_never_has_the_last_byte_before_the_end_was_seen(void **state)
{
	struct site *site = *state;
	struct job_end job = {.site = site};
	struct visit visit;

	begin_raw(&visit, site, 2, "");
	assert_int_equal(send_some(&visit, 0, 1), 1);
	site_run(site, 50);
	job_read(&job);
	assert_int_equal(job.count, 1);
	assert_int_equal(send_some(&visit, 1, 2), 2);
	job_read_all(&job);
	assert_int_equal(job.count, 2);
	visit_end(&visit);
}

static void a_slow_job_holds_the_visitor_back_and_gets_every_byte(void **state)
{
	struct site *site = *state;
	struct job_end job = {.site = site};
	struct visit visit;
	uint64_t sent = 0;
	uint64_t before;

	begin_raw(&visit, site, LARGE, "");
	/* Nobody reads: what is taken is what pipe and sockets hold. */
	do {
		before = sent;
		sent = send_some(&visit, sent, LARGE);
		site_run(site, 50);
	} while (sent > before);
	assert_true(sent < LARGE);
	/* Pages are served meanwhile. */
	assert_int_equal(site_status(site_ask(site, "GET /info.htm", "", NULL)), 200);
	while (!job.ended) {
		sent = send_some(&visit, sent, LARGE);
		job_read(&job);
		site_run(site, 1);
	}
	assert_int_equal(job.count, LARGE);
	visit_hear_all(&visit);
	assert_int_equal(site_status(visit.text), 202);
	visit_end(&visit);
}

static void a_file_that_is_cut_off_is_cut_off_for_the_job(void **state)
{
	struct site *site = *state;
	struct job_end job = {.site = site};
	struct visit visit;

	begin_raw(&visit, site, 1000, "");
	assert_int_equal(send_some(&visit, 0, 999), 999);
	visit_end(&visit);
	job_read_all(&job);
	assert_int_equal(job.count, 999);
}

static void a_visitor_that_has_said_all_may_close_its_side(void **state)
{
	struct site *site = *state;
	struct job_end job = {.site = site};
	struct visit visit;

	begin_raw(&visit, site, 60000, "");
	assert_int_equal(send_some(&visit, 0, 60000), 60000);
	assert_int_equal(shutdown(visit.socket, SHUT_WR), 0);
	job_read_all(&job);
	assert_int_equal(job.count, 60000);
	visit_end(&visit);
}

static void a_visitor_that_leaves_while_held_back_is_noticed(void **state)
{
	struct site *site = *state;
	struct job_end job = {.site = site};
	struct visit visit;
	struct linger reset = {.l_onoff = 1};
	uint64_t sent = 0;
	uint64_t before;

	begin_raw(&visit, site, LARGE, "");
	do {
		before = sent;
		sent = send_some(&visit, sent, LARGE);
		site_run(site, 50);
	} while (sent > before);
	assert_int_equal(setsockopt(visit.socket, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	visit_end(&visit);
	/* Without anybody reading. */
	site_run(site, 100);
	job_read_all(&job);
	assert_true(job.count < LARGE);
	assert_int_equal(site_status(site_ask(site, "GET /info.htm", "", NULL)), 200);
}

static void a_job_that_ends_early_does_not_hold_the_visitor(void **state)
{
	struct site *site = *state;
	struct visit visit;
	uint64_t sent = 0;

	begin_raw(&visit, site, LARGE, "");
	close(site->input);
	site->input = -1;
	for (unsigned i = 0; i < 4000 && sent < LARGE; i++) {
		sent = send_some(&visit, sent, LARGE);
		site_run(site, 5);
	}
	assert_int_equal(sent, LARGE);
	visit_hear_all(&visit);
	assert_int_equal(site_status(visit.text), 202);
	visit_end(&visit);
}

static void a_refused_file_is_not_started(void **state)
{
	struct site *site = *state;
	char headers[128];

	snprintf(headers, sizeof(headers), "X-Uxm-Token: %s\r\n", site_token(site, ""));
	assert_int_equal(site_status(site_ask(site, "POST /upload", headers, "x")), 400);
	assert_int_equal(site_status(site_ask(site, "POST /upload?name=", headers, "x")), 400);
	assert_int_equal(site_status(site_ask(site, "POST /upload?name=a/", headers, "x")), 400);
	assert_int_equal(site_status(site_ask(site, "POST /upload?name=a", headers, "")), 400);
	assert_int_equal(site_status(site_ask(site, "POST /upload?name=a", "", "x")), 403);
	site->says = UXM_SEVERAL_MODULES;
	assert_int_equal(site_status(site_ask(site, "POST /upload?name=a", headers, "x")), 409);
	assert_non_null(strstr(site->got, "{\"text\":\"The test says <no>.\"}"));
	assert_int_equal(site->starts, 0);
	assert_int_equal(site->input, -1);
	/* Of what length is not said. */
	site->says = UXM_UPDATED;
	snprintf(headers, sizeof(headers), "X-Uxm-Token: %s\r\nTransfer-Encoding: chunked\r\n",
		 site->token);
	assert_int_equal(site_status(site_ask(site, "POST /upload?name=a", headers, NULL)), 411);
	assert_int_equal(site->starts, 0);
}

static void a_file_that_is_too_large_is_refused_before_it_comes(void **state)
{
	struct site *site = *state;
	char headers[160];

	snprintf(headers, sizeof(headers), "X-Uxm-Token: %s\r\nContent-Length: %llu\r\n",
		 site_token(site, ""), (unsigned long long)WEB_FILE + 1);
	assert_int_equal(site_status(site_ask(site, "POST /upload?name=a", headers, NULL)), 413);
	assert_int_equal(site->starts, 0);
}

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
		form[length++] = byte_at(i);
	length += (size_t)snprintf(form + length, room - length, "\r\n--bound--\r\n");
	return length - left;
}

/* Sends it in pieces, with `said` as its length. */
static void send_form(struct visit *visit, struct site *site, const char *form, size_t length,
		      size_t said, size_t piece)
{
	char head[512];
	int count = snprintf(head, sizeof(head),
			     "POST /update.htm HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
			     "Content-Type: multipart/form-data; boundary=bound\r\n"
			     "Content-Length: %zu\r\n\r\n",
			     said);

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

		send_form(&visit, site, form, length, length, pieces[i]);
		site_run_until(site, &site->starts, (unsigned)i + 1);
		assert_string_equal(site->source, "a.bin");
		assert_int_equal(site->upload_size, 1500);
		assert_true(site->allow_older);
		assert_false(site->override);
		job_read_all(&job);
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
		send_form(&visit, site, form, length, length, 4096);
		site_run_until(site, &site->starts, i + 1);
		job_read_all(&job);
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
	send_form(&visit, site, form, length, length, 4096);
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
	send_form(&visit, site, form, length, length, 4096);
	visit_hear_all(&visit);
	assert_int_equal(site_status(visit.text), 400);
	assert_non_null(strstr(visit.text, "No file was chosen."));
	visit_end(&visit);
	assert_int_equal(site->starts, 0);
}

static void the_end_of_the_web_ends_an_upload(void **state)
{
	struct site *site = malloc(sizeof(*site));
	struct visit visit;
	char byte;

	(void)state;
	assert_non_null(site);
	site_open(site);
	begin_raw(&visit, site, LARGE, "");
	(void)send_some(&visit, 0, LARGE);
	site_run(site, 50);
	visit_end(&visit);
	web_free(site->web);
	site->web = NULL;
	while (read(site->input, &byte, 1) > 0)
		continue;
	assert_int_equal(read(site->input, &byte, 1), 0);
	site_close(site);
	free(site);
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, make_site, free_site)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(a_raw_file_goes_to_the_job_with_its_length_said_before),
		SITE_TEST(a_job_never_has_the_last_byte_before_the_end_was_seen),
		SITE_TEST(a_slow_job_holds_the_visitor_back_and_gets_every_byte),
		SITE_TEST(a_file_that_is_cut_off_is_cut_off_for_the_job),
		SITE_TEST(a_visitor_that_has_said_all_may_close_its_side),
		SITE_TEST(a_visitor_that_leaves_while_held_back_is_noticed),
		SITE_TEST(a_job_that_ends_early_does_not_hold_the_visitor),
		SITE_TEST(a_refused_file_is_not_started),
		SITE_TEST(a_file_that_is_too_large_is_refused_before_it_comes),
		SITE_TEST(a_form_with_a_file_works_without_javascript),
		SITE_TEST(a_form_whose_end_is_not_its_end_gives_no_whole_file),
		SITE_TEST(a_form_with_another_token_or_no_file_starts_nothing),
		cmocka_unit_test(the_end_of_the_web_ends_an_upload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
