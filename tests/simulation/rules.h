/*
 * What must always hold (design.md, rules 1 to 4 and 6), judged from outside: by what the server
 * has, and by what is in the modules' flash.
 */
#ifndef TESTS_SIMULATION_RULES_H
#define TESTS_SIMULATION_RULES_H

#include "tests/simulation/host.h"
#include "tests/simulation/world.h"

/* What a module's flash holds. */
enum rules_program {
	RULES_FIRST = SERVED_FIRST,
	RULES_CHANGED = SERVED_CHANGED,
	RULES_SECOND = SERVED_SECOND,
	RULES_FACTORY, /* as delivered */
	RULES_OTHER,   /* what another program has installed */
	RULES_NONE,    /* nothing that anybody wanted there */
};

struct desk_slot;

/* Things as they stood before the run. */
struct rules_before {
	enum rules_program programs[DESK_MODULES];
	char serials[DESK_MODULES][UXM_SERIAL_TEXT];
	/* It installs this by itself, for somebody who committed it earlier; zeros: nothing. */
	struct uxm_version coming[DESK_MODULES];
	/* Bytes that the first module keeps of what will be wanted, under the id that will be
	 * named; 0: none, or nothing will be. */
	uint64_t kept;
	bool second_is_there; /* the one that a mishap plugs in: then it only goes and comes */
	/* It runs something newer than what will be wanted, and is about nothing else. */
	bool newer[DESK_MODULES];
	unsigned explained; /* results that the state of things explains: 1 << enum uxm_result */
};

/* The version of other programs' images. */
extern const struct uxm_version rules_others;

/* before.c: what the module's flash holds. */
enum rules_program rules_identify(const struct desk *desk, const struct served *files,
				  unsigned module);

/* before.c: whether the part that the module keeps is not what it is said to be: damaged on its way
 * in a run before, which nobody can have noticed before all of it is there. */
bool rules_keeps_damage(const struct desk_slot *slot, const struct served *files);

#define RULES_TEXT (UXM_SENTENCE + 256)

/* Notes down how things stand; `order` is what will be wanted. */
void rules_note(const struct desk *desk, const struct served *files, const struct uxm_order *order,
		struct rules_before *before);

/*
 * Judges the run that has ended. Returns true, or false with what was broken in `broken`.
 */
struct rules_run {
	const struct world *world;
	const struct plan *plan;
	const struct desk *desk;
	const struct network *network;
	const struct served *files;
	const struct rules_before *before;
	const struct uxm_order *order;
	enum host_end end;
	const struct uxm_failure *why;
};

bool rules_hold(const struct rules_run *run, char broken[RULES_TEXT]);

#endif
