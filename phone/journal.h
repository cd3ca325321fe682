/*
 * What updates are about to do, written down before they begin, so that what became of one is found
 * out even when uxmd did not live to see it.
 */
#ifndef PHONE_JOURNAL_H
#define PHONE_JOURNAL_H

#include "phone/state.h"

/* The longest source, in bytes with the final zero (as the setting firmware_uxm), and how many
 * updates may be unsettled: more than one only when modules were unplugged after a crash. */
#define JOURNAL_SOURCE 8192
#define JOURNAL_MOST   4

struct journal_entry {
	char source[JOURNAL_SOURCE]; /* the URL, or the file's name: what firmware_uxm takes */
	char serial[STATE_TEXT];     /* of the module, "" where it has none: then its port counts */
	char port[40];
	char model[16];
	char version[24];
	bool committed;
};

/* The oldest first. */
struct journal {
	size_t count;
	struct journal_entry of[JOURNAL_MOST];
};

/*
 * Reads the journal; none is an empty one. False with *why as whole_file_load: UXM_USAGE, it was
 * set aside; UXM_INTERNAL, it stays, as it may be good (whole_file_load). *journal is empty then.
 */
bool journal_load(struct journal *journal, const char *path, struct uxm_failure *why);

/* Writes it as whole_file_write does; an empty one is removed. Returns whether it is there for
 * good; else *why is UXM_INTERNAL. */
bool journal_save(const struct journal *journal, const char *path, struct uxm_failure *why);

/* Puts an entry behind the others; where there is no room the oldest goes: true when one went. */
bool journal_add(struct journal *journal, const struct journal_entry *entry);

/* Removes an entry, and with `older` all those before it. */
void journal_drop(struct journal *journal, size_t number, bool older);

enum journal_verdict {
	JOURNAL_RUNS = 0, /* the module runs that image: model and version as named */
	JOURNAL_OTHER,    /* it runs something else, and nothing is going on */
	JOURNAL_BUSY,     /* the module is there, and not at rest: look again */
	JOURNAL_AWAY, /* the module is not there, does not answer, or is not the only such one */
};

/* What the modules that are there say about an entry. */
enum journal_verdict journal_judge(const struct journal_entry *entry,
				   const struct state_list *list);

#endif
