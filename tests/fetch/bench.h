/*
 * One image over one scripted transfer, on a clock of its own.
 */
#ifndef TESTS_FETCH_BENCH_H
#define TESTS_FETCH_BENCH_H

#include "fetch/http.h"
#include "scripted.h"

#define URL "http://user:secret@server/dir/snomD7C-1.6.1-r.bin?token=hidden"

#define HEAD_200(length) "HTTP/1.1 200 OK\nContent-Length: " #length
#define HEAD_206(range)  "HTTP/1.1 206 Partial Content\nContent-Range: bytes " range

/* So many sentences are kept. */
#define BENCH_REMARKS 32

struct bench {
	struct scripted scripted;
	struct fetch_http *http;
	struct uxm_image image;
	struct uxm_failure why;
	uint64_t size;
	uint64_t position; /* where the reader stands */
	/* What was remarked on, in this order. */
	size_t remarks;
	char remark[BENCH_REMARKS][512];
	uint64_t pause[BENCH_REMARKS];
};

/* Options as the command has them where a digest is known beforehand; those that are no pointers
 * may be changed. */
struct fetch_http_options bench_options(void);

/* Makes the image with `options`, whose transfer and clock are replaced. */
void set_up_with(struct bench *bench, const struct fetch_http_options *options,
		 const struct script *scripts, size_t count);

/* The same, of `url`, at most `largest` bytes (0 for any). */
void set_up(struct bench *bench, const char *url, uint64_t largest, const struct script *scripts,
	    size_t count);

/* The transfer must have been stopped by it. */
void tear_down(struct bench *bench);

/* Opens it. Where only time can help, time passes until something is due. */
enum uxm_io open_image(struct bench *bench);

/* Reads pieces of `room` until something else than OK or AGAIN is said, time passing as above;
 * every byte must be the pattern's. */
enum uxm_io read_image(struct bench *bench, size_t room);

/* The same, of `length` bytes at most. */
enum uxm_io read_some(struct bench *bench, size_t room, uint64_t length);

enum uxm_io seek_image(struct bench *bench, uint64_t offset);

/* The sentence says that, and no secret of URL. */
void assert_text(const char *text, const char *part);
void assert_says(const struct uxm_failure *why, enum uxm_result result, const char *part);

#endif
