/*
 * The updater's inside: the job (updater.c), and what the journal and the modules say about how
 * updates ended (updater_settle.c).
 */
#ifndef PHONE_UPDATER_INSIDE_H
#define PHONE_UPDATER_INSIDE_H

#include "phone/job.h"
#include "phone/journal.h"
#include "phone/led.h"
#include "phone/lister.h"
#include "phone/updater.h"

struct updater {
	struct updater_options with;
	struct job *update;
	struct lister *lister;
	struct loop_timer again; /* a list that nobody asks for */
	unsigned failed;         /* lists in a row that did */
	struct led *led;
	struct journal journal;
	bool has_result; /* of the update that runs: its result line came, and said so: */
	bool result_committed;
	bool result_lasting;
	cJSON *returned; /* the module, as that line shows it; or NULL */
};

/* Both are written, or it is logged that they could not be. */
void updater_save_journal(struct updater *updater);
void updater_save_outcome(struct updater *updater);

/* firmware_uxm takes the source of an entry. The entry goes only when the setting is there for
 * good, and older ones with it: the setting speaks of the latest update. */
void updater_take(struct updater *updater, size_t number);

/* What the modules, just listed, say about updates of which the end was not seen. */
void updater_settle(struct updater *updater);

/* They could not be listed, and will be again after a pause. */
void updater_list_later(struct updater *updater);

#endif
