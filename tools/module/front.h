/*
 * The process: all modules, one thread, one place that sleeps. Reads orders from standard input,
 * ends on SIGINT and SIGTERM.
 */
#ifndef MODULE_FRONT_H
#define MODULE_FRONT_H

#include <stdbool.h>

#include "tools/module/options.h"

/*
 * Runs the modules until somebody says `quit` or sends a signal; then they have left the bus, and
 * it returns true. Returns false, and says why, when they could not be started.
 */
bool front_run(const struct options *options, struct uxm_failure *why);

#endif
