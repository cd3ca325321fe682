/*
 * How the last update ended: what is said where its own result is not to be had, and a file, so
 * that pages and status.json tell it after a restart.
 */
#ifndef PHONE_OUTCOME_H
#define PHONE_OUTCOME_H

#include "phone/job.h"
#include "phone/journal.h"

/*
 * Reads the file into `update`, which has the phase STATE_ENDED then. True, too when there is no
 * such file, and *update is as it was. False with *why as whole_file_load: UXM_USAGE, it was set
 * aside; UXM_INTERNAL, it stays, as it may be good (whole_file_load). *update is as it was.
 */
bool outcome_load(struct state_update *update, const char *path, struct uxm_failure *why);

/* Writes source, module, version, result, text and time of an update that has ended, as
 * whole_file_write does. Returns whether they are there for good; else *why is UXM_INTERNAL. */
bool outcome_save(const struct state_update *update, const char *path, struct uxm_failure *why);

/* The result and the sentence of an update whose own are not to be had: its job ended like this. */
void outcome_of_end(const struct state_update *update, enum job_end end, const char *last_words,
		    struct uxm_failure *why);

/*
 * An update of which the end was not seen is settled at `now`: the module runs its image
 * (UXM_UPDATED), or, with `runs` false, another (UXM_OTHER_VERSION; UXM_INTERNAL where nothing was
 * committed). The state then shows that as the update that has ended, and true is returned; false,
 * and nothing changed, when it shows already how this one ended.
 */
bool outcome_settle(struct state *state, const struct journal_entry *entry, bool runs, time_t now);

#endif
