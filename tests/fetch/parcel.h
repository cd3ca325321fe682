/*
 * One small file over one scripted transfer, on a clock of its own.
 */
#ifndef TESTS_FETCH_PARCEL_H
#define TESTS_FETCH_PARCEL_H

#include "fetch/whole.h"
#include "scripted.h"

#define URL "http://user:secret@server/dir/settings.xml?token=hidden"

/* The largest file that is taken by parcel_options, in bytes. */
#define LARGEST 200000

struct parcel {
	struct scripted scripted;
	struct fetch_whole *whole;
	struct fetch_small_file file;
	struct uxm_failure why;
	uint64_t begun; /* on the scripted clock */
};

/* Options as the command has them; those that are no pointers may be changed. */
struct fetch_whole_options parcel_options(void);

/* Makes it, of options whose transfer and clock are replaced. */
void parcel_set_up(struct parcel *parcel, const struct fetch_whole_options *options,
		   const struct script *scripts, size_t count);

/* Frees it; no transfer may be left. */
void parcel_tear_down(struct parcel *parcel);

/* Reads until the file is there or not to be had; where only time can help, it passes. What was
 * said is said once more, and the bytes must be the pattern's. */
enum uxm_io parcel_read(struct parcel *parcel);

/* All of it by the usual options; `parcel` is left to look at, but torn down. */
enum uxm_io parcel_fetch(struct parcel *parcel, const struct script *scripts, size_t count);

/* The failure says that, and no secret of URL. */
void parcel_says(const struct parcel *parcel, enum uxm_result result, const char *part);

#endif
