/*
 * What uxmd says of its state by itself: to the log and to the service manager.
 */
#ifndef PHONE_TELL_H
#define PHONE_TELL_H

#include "phone/log.h"
#include "phone/notify.h"
#include "phone/state.h"

/* What was said last; zeroed before the first use. */
struct tell {
	char modules[STATE_LONG];    /* to the log */
	char status[2 * STATE_LONG]; /* to the service manager */
};

/* Says what is other than it was said. What changes with every line of a job is left out. */
void tell_state(struct tell *tell, const struct state *state, const struct log *log,
		const struct notify *notify);

#endif
