/* The list of modules: a job that is run to its end. */
#include "phone/lister.h"

#include <stdlib.h>
#include <string.h>

#include "phone/job.h"

/* A list takes each module's silence at most; uxm has its own deadlines. */
#define SILENCE 60000u

struct lister {
	struct lister_options with;
	struct job *job;
	bool again;
	struct state_list found; /* so far */
};

/* `error` as state_set_list's. */
static void give(struct lister *lister, const char *error)
{
	struct state *state = lister->with.state;
	char before[sizeof(state->list_error)];

	memcpy(before, state->list_error, sizeof(before));
	state_set_list(state, &lister->found, error);
	if (error != NULL && strcmp(state->list_error, before) != 0)
		log_line(lister->with.log, LOG_IS_WARNING, "The modules cannot be listed: %s",
			 state->list_error);
	lister->with.listed(lister->with.self, error == NULL);
}

static void on_line(void *self, const cJSON *line)
{
	struct lister *lister = self;

	(void)state_list_take(&lister->found, line);
}

/* Of committed jobs alone. */
static void on_silent(void *self)
{
	(void)self;
}

static void on_end(void *self, enum job_end end, int code, const char *last_words)
{
	struct lister *lister = self;
	const char *error = NULL;

	job_free(lister->job);
	lister->job = NULL;
	/* What was asked for since may have changed all of it: an update that has ended meanwhile
	 * must not be settled by what the module ran before. */
	if (lister->again) {
		lister_look(lister);
		return;
	}
	/* Modules that must not be opened are a failure, but listed. */
	if (end != JOB_EXITED || (code != UXM_UPDATED && lister->found.count == 0))
		error = last_words[0] != '\0' ? last_words : "uxm ended without a reason.";
	give(lister, error);
}

void lister_look(struct lister *lister)
{
	struct job_options options = {
		.program = lister->with.program,
		.kind = JOB_LIST,
		.module_ids = phone_settings_text(lister->with.settings, PHONE_UXM_MODULE_IDS),
		.input = -1,
		.silence = SILENCE,
		.watcher = {on_line, on_silent, on_end, lister},
	};
	struct uxm_failure why;

	lister->again = lister->job != NULL;
	if (lister->again)
		return;
	memset(&lister->found, 0, sizeof(lister->found));
	lister->job = job_start(lister->with.loop, &options, &why);
	if (lister->job == NULL)
		give(lister, why.text);
}

struct lister *lister_new(const struct lister_options *options)
{
	struct lister *lister = calloc(1, sizeof(*lister));

	if (lister != NULL)
		lister->with = *options;
	return lister;
}

void lister_free(struct lister *lister)
{
	if (lister == NULL)
		return;
	job_free(lister->job);
	free(lister);
}
