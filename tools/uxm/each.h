/*
 * uxm update --each: one module after another, until somebody ends it.
 */
#ifndef TOOLS_UXM_EACH_H
#define TOOLS_UXM_EACH_H

#include "bench.h"

/*
 * Waits for a module, updates it, counts, and waits for the next, which is any but that one for as
 * long as that stays plugged in. Failures are said on standard error and counted. Returns when
 * SIGINT or SIGTERM comes: UXM_UPDATED when no module has failed, else the last failure's result;
 * UXM_CANCELLED where an update was broken off; or at once, when what was asked for is wrong
 * (UXM_USAGE, UXM_FETCH_FAILED of a file, UXM_INTERNAL). *why has the sentence, for UXM_UPDATED as
 * well.
 */
enum uxm_result each_run(struct bench *bench, struct uxm_failure *why);

#endif
