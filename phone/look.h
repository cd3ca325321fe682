/*
 * One look at the provisioning server, as uxmd orders it from `uxm check --job FD` and hears of it:
 * the lines that pass between the two.
 */
#ifndef PHONE_LOOK_H
#define PHONE_LOOK_H

#include <cjson/cJSON.h>
#include <time.h>

#include "phone/provision.h"
#include "phone/settings.h"

#define LOOK_URL              8192 /* as a URL of settings.h, with its final zero */
#define LOOK_VALIDATOR        256  /* ETag, Last-Modified; longer ones are not remembered */
#define LOOK_REMARKS          4
#define LOOK_REMARK           512
#define LOOK_AGENT            512 /* room for look_user_agent; no longer one is taken by uxm */
/* The longest pause that a server gets, in seconds: a longer one is a day (fetch/transfer.h). */
#define LOOK_RETRY_AFTER_MOST 86400u

/* What is known of a file from the last look that took it; url "" for nothing. */
struct look_known {
	char url[LOOK_URL];
	char etag[LOOK_VALIDATOR];
	char last_modified[LOOK_VALIDATOR];
};

/* What became of a file. */
enum look_file {
	LOOK_NOT_ASKED = 0, /* no URL for it */
	LOOK_UNCHANGED,     /* 304: it is the known one */
	LOOK_EMPTY,         /* it came, and asks for nothing */
	LOOK_CAME,
};

/* What a look found. Of a look that failed (`result`) a file that came whole counts: the settings
 * file, when the firmware file could not be had; one of which no line was said is LOOK_NOT_ASKED,
 * and is to be looked at again. Of a file that is LOOK_UNCHANGED nothing is repeated: the findings
 * of the last look hold. */
struct look {
	struct {
		enum look_file what;
		struct look_known known; /* for the next look */
		struct provision found;
	} of[2]; /* by enum provision_kind */
	bool has_result;
	enum uxm_result result; /* UXM_UPDATED: the look was made */
	char text[UXM_SENTENCE];
	uint32_t retry_after; /* seconds that a server asked for, 0: none; LOOK_RETRY_AFTER_MOST */
	size_t remark_count;
	char remarks[LOOK_REMARKS][LOOK_REMARK]; /* for the log: unknown settings, "&", ... */
};

/* What uxmd orders. */
struct look_order {
	const struct phone_settings *settings; /* setting_server, firmware_status, uxm_ca_file */
	const struct look_known *known;        /* two, by enum provision_kind */
	const char *mac;                       /* for "{mac}", "" for none */
	const char *user_agent;                /* look_user_agent */
};

/*
 * The job's object: {setting_server, firmware_status, firmware_status_own, mac, user_agent,
 * ca_file, settings_known: {url, etag, last_modified}, firmware_known: {...}}; members that would
 * be empty are left out. firmware_status_own: the settings file's firmware_status does not count,
 * the user's own does. NULL without memory.
 */
cJSON *look_order_json(const struct look_order *order);

/*
 * "Mozilla/4.0 (compatible; snomD785-SIP 10.1.64.14 000413aabbcc SXM:0 UXM:1)": the phone's type,
 * version, MAC, and the number of modules, into `text` of `room` bytes, cut where there is no more;
 * what is not configured is left out, what no header may hold too. Returns `text`.
 */
const char *look_user_agent(char *text, size_t room, const char *type, const char *version,
			    const char *mac, size_t modules);

/*
 * A line of the job into `look`; false, and nothing changed, if it is none of these:
 *   {"event":"file","file":"settings"|"firmware","state":"not_asked"|"unchanged"|"empty"|"came",
 *    "url","etag","last_modified"}
 *   {"event":"setting","file":...,"name","value","perm"}   of that file, behind its line
 *   {"event":"note","text"}
 *   {"event":"result","result","code","text","retry_after"}
 * Everything is judged again: the lines come from another process.
 */
bool look_take_line(struct look *look, const cJSON *line);

/* Frees what it holds, and makes it zero. */
void look_release(struct look *look);

#endif
