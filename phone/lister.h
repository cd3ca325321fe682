/*
 * The list of modules, as `uxm list` tells it, into the state.
 */
#ifndef PHONE_LISTER_H
#define PHONE_LISTER_H

#include "phone/log.h"
#include "phone/loop.h"
#include "phone/settings.h"
#include "phone/state.h"

/* All of it lives longer than the lister. */
struct lister_options {
	struct loop *loop;
	struct state *state;
	const struct phone_settings *settings;
	const struct log *log; /* or NULL */
	const char *program;   /* the path of uxm */
	/* The state has the list; `known`: the modules could be listed. Why not is logged, and not
	 * once more by the next list that fails for the same reason. */
	void (*listed)(void *self, bool known);
	void *self;
};

struct lister;

/* NULL without memory. */
struct lister *lister_new(const struct lister_options *options);
/* NULL is harmless. */
void lister_free(struct lister *lister);

/* Lists the modules. A list that is being made is thrown away, and made anew: it may not know what
 * was the reason for this one. `listed` may be called at once, when no list can be made. */
void lister_look(struct lister *lister);

#endif
