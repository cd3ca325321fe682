/* Files that come in over the web: straight into a job's pipe, and never whole unless they are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "job_end.h"
#include "tests/cmocka.h"

/* More than pipe and sockets hold together. */
#define LARGE 16777216u

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
			some[i] = job_end_byte(from + i);
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
	job_end_read_all(&job);
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
	job_end_read(&job);
	assert_int_equal(job.count, 1);
	assert_int_equal(send_some(&visit, 1, 2), 2);
	job_end_read_all(&job);
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
		job_end_read(&job);
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
	job_end_read_all(&job);
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
	job_end_read_all(&job);
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
	job_end_read_all(&job);
	assert_true(job.count < LARGE);
	assert_int_equal(site_status(site_ask(site, "GET /info.htm", "", NULL)), 200);
}

static void close_pipe(struct site *site)
{
	close(site->input);
	site->input = -1;
}

/* Sends the whole of a large file, of which the job reads nothing. */
static void send_for_nothing(struct site *site, struct visit *visit)
{
	uint64_t sent = 0;

	for (unsigned i = 0; i < 4000 && sent < LARGE; i++) {
		sent = send_some(visit, sent, LARGE);
		site_run(site, 5);
	}
	assert_int_equal(sent, LARGE);
}

static const struct {
	enum uxm_result result;
	unsigned status;
} ends[] = {{UXM_IMAGE_REFUSED, 422},
	    {UXM_CANCELLED, 409},
	    {UXM_MODULE_FAILED, 409},
	    {UXM_BUSY, 409},
	    {UXM_UPDATED, 200}};
#define ENDS (sizeof(ends) / sizeof(ends[0]))

static void hear_end(struct visit *visit, size_t i)
{
	visit_hear_all(visit);
	assert_int_equal(site_status(visit->text), ends[i].status);
	site_assert_has(visit->text, "{\"text\":\"That is why.\"}");
	visit_end(visit);
}

static void why_a_job_ended_early_is_the_answer(void **state)
{
	struct site *site = *state;
	struct visit visit;

	for (size_t i = 0; i < ENDS; i++) {
		site->starts = 0;
		begin_raw(&visit, site, LARGE, "");
		close_pipe(site);
		site_end(site, ends[i].result, "That is why.");
		send_for_nothing(site, &visit);
		hear_end(&visit, i);
	}
}

static void who_has_sent_all_to_a_job_that_does_not_read_hears_why_when_it_ends(void **state)
{
	struct site *site = *state;
	struct visit visit;

	for (size_t i = 0; i < ENDS; i++) {
		site->starts = 0;
		begin_raw(&visit, site, LARGE, "");
		close_pipe(site);
		send_for_nothing(site, &visit);
		/* Nothing is known yet; others are served meanwhile. */
		assert_int_equal(site_status(site_ask(site, "GET /info.htm", "", NULL)), 200);
		web_changed(site->web);
		site_run(site, 50);
		assert_string_equal(visit.text, "");
		assert_false(visit.ended);
		site_end(site, ends[i].result, "That is why.");
		hear_end(&visit, i);
	}
}

static void the_next_update_is_not_the_one_that_ended(void **state)
{
	struct site *site = *state;
	struct visit visit;

	begin_raw(&visit, site, LARGE, "");
	close_pipe(site);
	send_for_nothing(site, &visit);
	site_run(site, 50);
	/* Both before the visitor can be answered. */
	site_end(site, ends[0].result, "That is why.");
	state_begin(&site->state, "b", "A1", "1.7");
	site_end(site, UXM_MODULE_FAILED, "That is another's end.");
	hear_end(&visit, 0);
}

static void who_leaves_while_the_end_is_awaited_harms_nobody(void **state)
{
	struct site *site = *state;
	struct linger reset = {.l_onoff = 1};

	for (unsigned i = 0; i < 4; i++) {
		struct visit visit;

		site->starts = 0;
		begin_raw(&visit, site, LARGE, "");
		close_pipe(site);
		send_for_nothing(site, &visit);
		site_run(site, 50);
		if (i % 2 == 0)
			assert_int_equal(setsockopt(visit.socket, SOL_SOCKET, SO_LINGER, &reset,
						    sizeof(reset)),
					 0);
		visit_end(&visit);
		/* It is noticed before the end comes, or is not. */
		if (i < 2)
			site_run(site, 50);
		site_end(site, UXM_IMAGE_REFUSED, "That is why.");
		assert_int_equal(site_status(site_ask(site, "GET /info.htm", "", NULL)), 200);
	}
}

static void a_job_that_lacks_the_last_byte_alone_has_not_the_whole(void **state)
{
	struct site *site = *state;
	struct visit visit;

	begin_raw(&visit, site, 2, "");
	assert_int_equal(send_some(&visit, 0, 1), 1);
	site_run(site, 50);
	close_pipe(site);
	assert_int_equal(send_some(&visit, 1, 2), 2);
	site_run(site, 50);
	assert_false(visit.ended);
	site_end(site, ends[0].result, "That is why.");
	hear_end(&visit, 0);
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

static void a_form_is_never_taken_for_a_file(void **state)
{
	static const char *const types[] = {
		"multipart/form-data; boundary=bound", "multipart/form-data",
		"Multipart/FORM-DATA;boundary=\"bound\"; charset=utf-8", "multipart/mixed"};
	static const char body[] = "--bound\r\nContent-Disposition: form-data; name=\"file\"; "
				   "filename=\"a.bin\"\r\n\r\n"
				   "UXMI\r\n--bound--\r\n";
	struct site *site = *state;
	char headers[256];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		snprintf(headers, sizeof(headers), "X-Uxm-Token: %s\r\nContent-Type: %s\r\n",
			 site_token(site, ""), types[i]);
		assert_int_equal(
			site_status(site_ask(site, "POST /upload?name=a.bin", headers, body)), 415);
		site_assert_has(site->got, "{\"text\":\"The body is a form");
		site_assert_has(site->got, "update.htm.\"}");
	}
	assert_int_equal(site->starts, 0);
	/* What curl says of a body of which it knows nothing. */
	snprintf(headers, sizeof(headers), "X-Uxm-Token: %s\r\nContent-Type: %s\r\n", site->token,
		 "application/x-www-form-urlencoded");
	assert_int_equal(site_status(site_ask(site, "POST /upload?name=a.bin", headers, "UXMI")),
			 202);
	assert_int_equal(site->upload_size, 4);
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

static void the_web_may_end_while_an_end_is_awaited(void **state)
{
	struct site *site = malloc(sizeof(*site));
	struct visit visit;

	(void)state;
	assert_non_null(site);
	site_open(site);
	begin_raw(&visit, site, LARGE, "");
	close_pipe(site);
	send_for_nothing(site, &visit);
	site_run(site, 50);
	web_free(site->web);
	site->web = NULL;
	visit_end(&visit);
	site_close(site);
	free(site);
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(a_raw_file_goes_to_the_job_with_its_length_said_before),
		SITE_TEST(a_job_never_has_the_last_byte_before_the_end_was_seen),
		SITE_TEST(a_slow_job_holds_the_visitor_back_and_gets_every_byte),
		SITE_TEST(a_file_that_is_cut_off_is_cut_off_for_the_job),
		SITE_TEST(a_visitor_that_has_said_all_may_close_its_side),
		SITE_TEST(a_visitor_that_leaves_while_held_back_is_noticed),
		SITE_TEST(why_a_job_ended_early_is_the_answer),
		SITE_TEST(who_has_sent_all_to_a_job_that_does_not_read_hears_why_when_it_ends),
		SITE_TEST(the_next_update_is_not_the_one_that_ended),
		SITE_TEST(who_leaves_while_the_end_is_awaited_harms_nobody),
		cmocka_unit_test(the_web_may_end_while_an_end_is_awaited),
		SITE_TEST(a_job_that_lacks_the_last_byte_alone_has_not_the_whole),
		SITE_TEST(a_refused_file_is_not_started),
		SITE_TEST(a_form_is_never_taken_for_a_file),
		SITE_TEST(a_file_that_is_too_large_is_refused_before_it_comes),
		cmocka_unit_test(the_end_of_the_web_ends_an_upload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
