/*
 * A file that comes in over the web and goes straight to a job, through a pipe: nothing of it is
 * kept. While the pipe is full the connection is suspended.
 */
#ifndef PHONE_UPLOAD_H
#define PHONE_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uxm/result.h"

struct upload;
struct request;

/*
 * Begins one of `size` bytes (not 0) for the request's connection. *input is the pipe's end for the
 * job, which the caller closes. NULL without memory or descriptors.
 */
struct upload *upload_new(struct request *request, uint64_t size, int *input);

/*
 * Gives it bytes of the file. Returns how many were used; when not all, the connection is suspended
 * until more can be. After the job has ended all are used, for nothing.
 */
size_t upload_feed(struct upload *upload, const char *bytes, size_t count);

/*
 * The file is complete. The last byte was kept back until now, so that a job never holds a whole
 * image of which the end was not seen; it goes out only if exactly `size` bytes came. False: the
 * pipe is full, the connection is suspended, ask again.
 */
bool upload_end(struct upload *upload);

/* Its update has ended so, once. */
void upload_ended(struct upload *upload, enum uxm_result result, const char *text);

/*
 * After upload_end: whether the job was given every byte, or its update has ended. False: the
 * connection is suspended until that, ask again.
 */
bool upload_is_settled(struct upload *upload);

/* After upload_is_settled: how the update ended that was not given every byte, else NULL. */
const struct uxm_failure *upload_refusal(const struct upload *upload);

/* Whether the connection was lost while it was suspended. */
bool upload_is_lost(const struct upload *upload);

/* Closes the pipe: without upload_end the job sees a file that is cut off. NULL is harmless. */
void upload_free(struct upload *upload);

#endif
