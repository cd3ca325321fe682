/* An image from a real server, with its bytes compared. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pattern.h"

/* No test may take longer, in milliseconds. */
#define PATIENCE 20000

uint64_t reader_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

struct uxm_deadlines reader_patient(void)
{
	struct uxm_deadlines deadlines = UXM_DEADLINES;

	deadlines.fetch_pause = 10;
	deadlines.fetch_pause_most = 50;
	return deadlines;
}

void reader_set_up(struct reader *reader, const struct fetch_options *options)
{
	struct fetch_options changed = *options;

	memset(reader, 0, sizeof(*reader));
	if (options->deadlines.network == 0) {
		changed.deadlines = reader_patient();
		changed.deadlines.retries = 0;
		if (options->deadlines.connect != 0)
			changed.deadlines.connect = options->deadlines.connect;
	}
	if (!fetch_new(&changed, &reader->fetch, &reader->why))
		fail_msg("%s", reader->why.text);
	reader->image = fetch_image(reader->fetch);
}

static void look_at_remarks(struct reader *reader)
{
	for (const char *remark = fetch_remark(reader->fetch); remark != NULL;
	     remark = fetch_remark(reader->fetch)) {
		assert_null(strstr(remark, "secret"));
		reader->breaks++;
	}
}

void reader_tear_down(struct reader *reader)
{
	fetch_free(reader->fetch);
	reader->fetch = NULL;
}

void reader_sleep(struct reader *reader, int timeout)
{
	assert_true(fetch_wait(reader->fetch, NULL, 0, timeout, &reader->why));
	look_at_remarks(reader);
}

enum uxm_io reader_open(struct reader *reader)
{
	uint64_t until = reader_now() + PATIENCE;

	while (reader_now() < until) {
		enum uxm_io io =
			reader->image.ops->open(reader->image.self, &reader->size, &reader->why);

		if (io != UXM_IO_AGAIN)
			return io;
		reader_sleep(reader, 1000);
	}
	fail_msg("the server is silent");
	return UXM_IO_AGAIN;
}

enum uxm_io reader_read(struct reader *reader, uint64_t until)
{
	static uint8_t buffer[100000];
	uint64_t deadline = reader_now() + PATIENCE;

	while (reader->position < until && reader_now() < deadline) {
		size_t got = 0;
		enum uxm_io io = reader->image.ops->read(reader->image.self, buffer, sizeof(buffer),
							 &got, &reader->why);

		if (io == UXM_IO_AGAIN) {
			reader_sleep(reader, 1000);
			continue;
		}
		look_at_remarks(reader);
		if (io != UXM_IO_OK)
			return io;
		if (!reader->zeros)
			assert_int_equal(pattern_match(reader->position, buffer, got), got);
		reader->position += got;
	}
	return reader->position < until ? UXM_IO_AGAIN : UXM_IO_OK;
}

enum uxm_io reader_seek(struct reader *reader, uint64_t offset)
{
	enum uxm_io io = reader->image.ops->seek(reader->image.self, offset, &reader->why);

	if (io == UXM_IO_OK)
		reader->position = offset;
	return io;
}

enum uxm_io reader_all(struct reader *reader)
{
	enum uxm_io io = reader_open(reader);

	return io == UXM_IO_OK ? reader_read(reader, UINT64_MAX) : io;
}

void reader_said(const struct uxm_failure *why, enum uxm_result result, const char *part)
{
	if (why->result != result || strstr(why->text, part) == NULL) {
		fail_msg("expected (%d) ...%s...\nsaid (%d) %s", result, part, why->result,
			 why->text);
	}
	assert_null(strstr(why->text, "secret"));
}

const char *reader_python_url(const struct servers *servers, const char *path, char url[512])
{
	snprintf(url, 512, "http://user:secret@127.0.0.1:%u%s", servers->python, path);
	return url;
}

const char *reader_site_url(const struct servers *servers, enum site site, char url[512])
{
	bool plain = site == SITE_PLAIN || site == SITE_ACCESS || site == SITE_SLOW;

	snprintf(url, 512, "http%s://localhost:%u/image.bin", plain ? "" : "s",
		 servers->site[site]);
	return url;
}

const char *reader_authority(const struct servers *servers, char path[96])
{
	snprintf(path, 96, "%s/authority.pem", servers->folder);
	return path;
}

int reader_start(void **state)
{
	static struct servers servers;

	*state = &servers;
	/* The servers are on loopback, whatever proxy this machine has. */
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("ftp_proxy");
	unsetenv("all_proxy");
	setenv("no_proxy", "*", 1);
	return servers_start(&servers) ? 0 : -1;
}

int reader_stop(void **state)
{
	servers_stop(*state);
	return 0;
}
