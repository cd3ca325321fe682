/*
 * One image from a real server, opened, read and moved about in: for tests of the whole of fetch/.
 */
#ifndef TESTS_FETCH_READER_H
#define TESTS_FETCH_READER_H

#include "fetch/fetch.h"
#include "servers.h"

struct reader {
	struct fetch *fetch;
	struct uxm_image image;
	struct uxm_failure why;
	uint64_t size;
	uint64_t position;
	bool zeros;      /* what comes are zeros, not the pattern */
	unsigned breaks; /* remarks that there were */
};

/* Milliseconds that pass evenly. */
uint64_t reader_now(void);

/*
 * Makes one; it fails the test where that is not possible. Options without deadlines get the
 * project's, but without further attempts, so that it is the first break that is said; see
 * reader_patient.
 */
void reader_set_up(struct reader *reader, const struct fetch_options *options);
void reader_tear_down(struct reader *reader);

/* The project's deadlines, with pauses between attempts that are short enough for a test. */
struct uxm_deadlines reader_patient(void);

/* Each says what the image says in the end, and sleeps meanwhile; `until` is a position. The bytes
 * are compared, the remarks counted and searched for "secret". */
enum uxm_io reader_open(struct reader *reader);
enum uxm_io reader_read(struct reader *reader, uint64_t until);
enum uxm_io reader_seek(struct reader *reader, uint64_t offset);
/* Opens and reads the whole. */
enum uxm_io reader_all(struct reader *reader);
void reader_sleep(struct reader *reader, int timeout);

/* Fails the test unless the failure is that one, holds that part, and not "secret". */
void reader_said(const struct uxm_failure *why, enum uxm_result result, const char *part);

/* A URL of tests/server.py, of nginx, and the file of the authority that both are known by. */
const char *reader_python_url(const struct servers *servers, const char *path, char url[512]);
const char *reader_site_url(const struct servers *servers, enum site site, char url[512]);
const char *reader_authority(const struct servers *servers, char path[96]);

/* The set-up and tear-down of a group: the servers, without any proxy. */
int reader_start(void **state);
int reader_stop(void **state);

#endif
