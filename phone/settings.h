/*
 * The settings that uxmd knows: one table of names, defaults, permissions and limits, and their
 * values, kept in one XML file in the provisioning format (`<settings><phone-settings>`).
 */
#ifndef PHONE_SETTINGS_H
#define PHONE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uxm/result.h"

enum phone_id {
	PHONE_FIRMWARE_UXM = 0,  /* the URL of the image that the module is known to run */
	PHONE_FIRMWARE,          /* the phone's own firmware's URL */
	PHONE_SETTING_SERVER,    /* the settings file's URL */
	PHONE_FIRMWARE_STATUS,   /* the firmware file's URL */
	PHONE_FIRMWARE_INTERVAL, /* minutes between looks */
	PHONE_FIRMWARE_SPREAD,   /* seconds within which the first look comes, at random */
	PHONE_UPDATE_POLICY,
	PHONE_UXM_ALLOW_OLDER,
	PHONE_UXM_PER_MODULE,
	PHONE_DOWNLOAD_USE_DEFAULTS,
	PHONE_DOWNLOAD_METHOD,
	PHONE_DOWNLOAD_SERVER,
	PHONE_DOWNLOAD_PORT,
	PHONE_DOWNLOAD_ACCOUNT,
	PHONE_DOWNLOAD_USER,
	PHONE_DOWNLOAD_PASSWORD,
	PHONE_DOWNLOAD_PATH,
	PHONE_DOWNLOAD_BASE_URL,
	PHONE_HTTP_USER,
	PHONE_HTTP_PASS,
	PHONE_HIDDEN_TAGS,
	PHONE_UXM_KEYS, /* files of keys, with blanks between them; out of the web's reach */
	PHONE_UXM_REQUIRE_SIGNATURE, /* out of the web's reach */
	PHONE_UXM_CA_FILE,           /* out of the web's reach */
	PHONE_UXM_MODULE_IDS, /* as 1209:0001, with blanks between them; out of the web's reach */
	PHONE_LED,            /* a name in /sys/class/leds, "" for none */
	PHONE_SETTINGS,
};

enum phone_kind {
	PHONE_TEXT = 0,
	PHONE_URL,    /* printable; what else it must be is judged where it is fetched */
	PHONE_SECRET, /* text that is never shown nor logged */
	PHONE_SWITCH, /* "on" or "off" */
	PHONE_NUMBER, /* decimal, from `least` to `most` */
	PHONE_CHOICE, /* one of `choices` */
};

/* Whom the table lets reach a setting at all, whatever its permission is. */
enum phone_reach {
	PHONE_REACH_WEB = 0, /* pages and provisioning */
	PHONE_REACH_FLEET,   /* provisioning; pages show it */
	PHONE_REACH_MACHINE, /* the file on this machine alone; pages do not show it */
};

struct phone_setting {
	const char *name;
	const char *label;   /* what a page calls it */
	const char *initial; /* its default */
	const char *choices; /* of PHONE_CHOICE: words with blanks between them; else NULL */
	enum phone_kind kind;
	enum phone_reach reach;
	uint32_t least; /* of PHONE_NUMBER */
	uint32_t most;  /* of PHONE_NUMBER; of texts, URLs and secrets: bytes of the longest */
};

/* The table's row; `id` is below PHONE_SETTINGS. */
const struct phone_setting *phone_setting(enum phone_id id);

/* Finds a setting by its name; false if uxmd knows none of that name. */
bool phone_setting_find(const char *name, enum phone_id *id);

/*
 * What a setting's `perm` says (service.snom.com, "Permission Flags"): "!" the user may change it
 * and provisioning then leaves it alone; "R", "&" or one blank: read-only; "RW", "$" or empty: the
 * user may change it, provisioning overwrites it; "V": as that, but after a restart what it
 * was before holds again; of setting_server it is read as "".
 */
enum phone_perm {
	PHONE_PERM_WRITE = 0,
	PHONE_PERM_OWN,      /* "!" */
	PHONE_PERM_READ,     /* "R" */
	PHONE_PERM_VOLATILE, /* "V" */
};

/* Reads a `perm`; unknown ones are PHONE_PERM_READ, the careful reading. The text as it is written
 * back: "", "!", "R", "V". */
enum phone_perm phone_perm_parse(const char *text);
const char *phone_perm_text(enum phone_perm perm);

/* Who changes a setting. */
enum phone_author {
	PHONE_BY_USER = 0, /* a page, or a GET by hand */
	PHONE_BY_PROVISIONING,
	PHONE_BY_UXMD, /* uxmd itself: firmware_uxm, firmware */
};

struct phone_settings;

/* All at their defaults; NULL without memory. */
struct phone_settings *phone_settings_new(void);
void phone_settings_free(struct phone_settings *settings);
/* Another one with the same values, permissions and owners, to be changed and then taken over; NULL
 * without memory. */
struct phone_settings *phone_settings_copy(const struct phone_settings *settings);

/* The value; valid until the setting changes. Never NULL. */
const char *phone_settings_text(const struct phone_settings *settings, enum phone_id id);
bool phone_settings_is_on(const struct phone_settings *settings, enum phone_id id);
uint32_t phone_settings_number(const struct phone_settings *settings, enum phone_id id);
enum phone_perm phone_settings_perm(const struct phone_settings *settings, enum phone_id id);
/* Whether the user changed it under "!", so that provisioning leaves it alone. */
bool phone_settings_is_own(const struct phone_settings *settings, enum phone_id id);
/* What of it is kept over a restart: all, or under "V" what it was before. */
struct phone_kept {
	const char *value;
	enum phone_perm perm;
	bool own;
};
struct phone_kept phone_settings_kept(const struct phone_settings *settings, enum phone_id id);
/* Whether the user may change it: by reach and permission. */
bool phone_settings_may_change(const struct phone_settings *settings, enum phone_id id);

/*
 * Changes a value. UXM_UPDATED when it is set, or was so already; UXM_USAGE (too long, no such
 * choice or number, a control character or what is no UTF-8, a colon in http_user) or
 * UXM_NOT_PERMITTED (reach, permission), with *why and nothing changed; UXM_INTERNAL without
 * memory. By provisioning a value that the user changed under "!" is left alone: that is
 * UXM_UPDATED too, and *why says so. One that uxmd changes is not the user's any more.
 */
enum uxm_result phone_settings_set(struct phone_settings *settings, enum phone_id id,
				   const char *value, enum phone_author author,
				   struct uxm_failure *why);
/* Provisioning sets the permission along with the value. As phone_settings_set; a value that the
 * user changed under "!" is left alone where `perm` is "!" again. */
enum uxm_result phone_settings_provision(struct phone_settings *settings, enum phone_id id,
					 const char *value, enum phone_perm perm,
					 struct uxm_failure *why);

/*
 * Puts back what was kept: the value, its permission, and whether the user changed it under "!".
 * UXM_UPDATED; UXM_USAGE as phone_settings_set, or UXM_INTERNAL, with *why and nothing changed. An
 * http_user with a colon is taken: nobody can say it, so nobody gets in, while without it any user
 * would do.
 */
enum uxm_result phone_settings_restore(struct phone_settings *settings, enum phone_id id,
				       const char *value, enum phone_perm perm, bool own,
				       struct uxm_failure *why);

/* Exchanges all values of the two; of `settings` that is one change. */
void phone_settings_take_over(struct phone_settings *settings, struct phone_settings *from);

/* Counts changes of values and permissions; who saves compares. */
uint64_t phone_settings_changes(const struct phone_settings *settings);

/* The largest settings file, in bytes, and how deep its elements may stand in each other. */
#define PHONE_SETTINGS_FILE_MOST 1048576u
#define PHONE_SETTINGS_FILE_DEEP 16

/*
 * Reads a settings file's text: <settings><phone-settings><NAME perm="...">VALUE</NAME>...; what
 * else stands there is passed over, and settings of unknown names are counted in *unknown. The
 * user's own values bear by="user". No doctype, hence no entities of its own. Returns true, and
 * *settings is what the text says, with defaults for all others; or false with *why, and *settings
 * as it was: UXM_USAGE, it is not well-formed, too deep, no settings file, or names a value that
 * the table does not allow; UXM_INTERNAL, there is not enough memory.
 */
bool phone_settings_parse(struct phone_settings *settings, const char *text, size_t length,
			  size_t *unknown, struct uxm_failure *why);

/*
 * Reads the file `path`, at most PHONE_SETTINGS_FILE_MOST bytes. A file that is not there: true,
 * nothing changed, *unknown is 0. False with *why as whole_file_load, and nothing changed:
 * UXM_USAGE, it was set aside, and the sentence says what is done `instead` ("the defaults are
 * used"); UXM_INTERNAL, it stays, as it may be good (whole_file_load).
 */
bool phone_settings_load(struct phone_settings *settings, const char *path, const char *instead,
			 size_t *unknown, struct uxm_failure *why);

/*
 * Writes all, of the volatile ones what they were before, but those that are as they were at the
 * beginning, as whole_file_write does: a power cut leaves the old or the new file. Returns whether
 * the new one is there for good; else *why is UXM_INTERNAL.
 */
bool phone_settings_save(const struct phone_settings *settings, const char *path,
			 struct uxm_failure *why);

#endif
