/*
 * How an update ends: the stable codes, and one sentence that names the thing.
 */
#ifndef UXM_RESULT_H
#define UXM_RESULT_H

#include <stdarg.h>
#include <stdbool.h>

/* The values are the exit codes of the command and never change their meaning. */
enum uxm_result {
	UXM_UPDATED = 0, /* or there was nothing to do */
	UXM_INTERNAL = 1,
	UXM_USAGE = 2,
	UXM_NO_MODULE = 3,
	UXM_SEVERAL_MODULES = 4,
	UXM_IMAGE_REFUSED = 5,
	UXM_FETCH_FAILED = 6,
	UXM_TRANSFER_FAILED = 7,
	UXM_MODULE_FAILED = 8,
	UXM_NOT_BACK_YET = 9,
	UXM_OTHER_VERSION = 10,
	UXM_OTHER_MODULE = 11,
	UXM_BUSY = 12,
	UXM_CANCELLED = 13,
	UXM_NOT_PERMITTED = 14,
};

/* Room for a sentence; a longer one is cut. */
#define UXM_SENTENCE 2048

struct uxm_failure {
	enum uxm_result result;
	/* UXM_FETCH_FAILED: the server has answered that it does not give the file; to ask for the
	 * same again mends nothing. */
	bool lasting;
	char text[UXM_SENTENCE];
};

/* What is no UTF-8 in it, and every control character, becomes '?': a sentence may quote a server
 * or a file's name. */
void uxm_clean(char *text);

/* Sets the failure, as one that does not last: the result and its sentence, which uxm_clean has
 * cleaned. */
void uxm_fail(struct uxm_failure *why, enum uxm_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A code's name for programs, lower case with '-', as in "several-modules"; "unknown" for no code.
 */
const char *uxm_result_name(enum uxm_result result);

#endif
