/*
 * uxmd from its start to its end: the settings, the web, updates, the kernel's events and signals,
 * put together in the one loop.
 */
#ifndef PHONE_DAEMON_H
#define PHONE_DAEMON_H

#include "phone/config.h"
#include "uxm/result.h"

/*
 * Runs until SIGTERM or SIGINT, which it takes for the process, as SIGHUP (the start-up procedure
 * again) and SIGPIPE (ignored). An update that is not committed is cancelled and waited for then;
 * one that is goes on by itself. Returns UXM_UPDATED at an orderly end; or, when it could not
 * begin, with *why: UXM_USAGE, something that `config` names cannot be used; UXM_BUSY, another uxmd
 * has the state folder; UXM_NOT_PERMITTED; or UXM_INTERNAL, a file of that folder cannot be read,
 * too.
 */
enum uxm_result daemon_run(const struct config *config, struct uxm_failure *why);

#endif
