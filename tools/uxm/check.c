/*
 * uxm check: one look at the provisioning server. The settings file says where the firmware file
 * is; each is asked for only if it has changed, read whole, and shown only when all of it is right.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check_show.h"
#include "command.h"
#include "document.h"
#include "fetch/sentence.h"
#include "fetch/small.h"
#include "job.h"
#include "wait.h"

struct check {
	const struct options *options;
	enum check_form form;
	int signal_fd;
	struct provision found[2]; /* by enum provision_kind */
	uint32_t retry_after;      /* seconds that a server asked for */
};

/* One file on its way. */
struct asked {
	struct fetch_small *small;
	struct fetch_small_file file;
	struct fetch_validators known;
};

/* What is longer than there is room for was never said by fetch_small. */
static void copy_known(const char *text, char *to, size_t room)
{
	if (text != NULL && strlen(text) < room)
		memcpy(to, text, strlen(text) + 1);
}

static bool make_small(const struct check *check, const char *url,
		       const struct options_known *known, struct asked *asked,
		       struct uxm_failure *why)
{
	const struct options *options = check->options;
	char filled[FETCH_URL_TEXT] = "";
	struct fetch_small_options small = {
		.url = filled,
		.trust = options->trust,
		.largest = PROVISION_FILE_MOST,
		.deadlines = UXM_DEADLINES,
		.known = &asked->known,
	};
	bool made;

	/* A look is made again by itself: a server in trouble gets one request for a look, and is
	 * left alone for as long as it asks for, which uxmd is told, and say_pause says. */
	small.deadlines.retries = 0;
	small.deadlines.retry_after_most = UINT32_MAX;
	if (options->network_timeout != 0)
		small.deadlines.network = options->network_timeout;
	/* What is known of another URL says nothing about this one. */
	if (known->url != NULL && strcmp(known->url, url) == 0) {
		copy_known(known->etag, asked->known.etag, sizeof(asked->known.etag));
		copy_known(known->last_modified, asked->known.modified,
			   sizeof(asked->known.modified));
	}
	made = fetch_mac_put(url, options->mac, filled, why) &&
	       fetch_small_new(&small, &asked->small, why);
	/* It may hold a password. */
	explicit_bzero(filled, sizeof(filled));
	return made;
}

/* Behind the failure's own sentence. */
static void say_pause(struct uxm_failure *why, uint32_t seconds)
{
	size_t length = strlen(why->text);
	char pause[FETCH_PAUSE_TEXT];

	if (seconds > 0)
		snprintf(why->text + length, sizeof(why->text) - length, " It asks to wait %s.",
			 fetch_sentence_pause(seconds, pause));
}

/* Waits until the file is there. */
static bool fetch(struct check *check, struct asked *asked, struct uxm_failure *why)
{
	struct pollfd signals = {.fd = check->signal_fd, .events = POLLIN};

	for (;;) {
		enum uxm_io io = fetch_small_read(asked->small, &asked->file, why);

		if (io == UXM_IO_OK)
			return true;
		if (io == UXM_IO_FAILED) {
			check->retry_after = fetch_small_retry_after(asked->small);
			say_pause(why, check->retry_after);
			return false;
		}
		if (!fetch_small_wait(asked->small, &signals, 1, INT_MAX, why))
			return false;
		if (signals.revents != 0) {
			uxm_fail(why, UXM_CANCELLED, "The look at the server was cancelled.");
			return false;
		}
	}
}

/* Whether it could be asked for, by a phone of whatever MAC. */
static bool is_askable(const struct check *check, const char *url, struct uxm_failure *why)
{
	static const char any_mac[] = "000000000000";
	const char *mac = check->options->mac[0] != '\0' ? check->options->mac : any_mac;
	char filled[FETCH_URL_TEXT] = "";
	bool good = fetch_mac_put(url, mac, filled, why) && fetch_url_check(filled, why);

	explicit_bzero(filled, sizeof(filled));
	return good;
}

/* A phone that takes a URL which cannot be asked for never hears of the right one. Of a firmware
 * file nothing is found that names a file. False without memory. */
static bool keep_out_wrong(struct check *check, struct check_file *file, struct uxm_failure *why)
{
	static const enum phone_id names[] = {
		[PROVISION_SETTINGS] = PHONE_SETTING_SERVER,
		[PROVISION_FIRMWARE] = PHONE_FIRMWARE_STATUS,
	};
	struct provision *found = &check->found[file->kind];
	char shown[FETCH_SHOWN_TEXT];

	for (size_t i = 0; i < 2; i++) {
		const char *value = found->of[names[i]].value;

		if (value == NULL || value[0] == '\0' || is_askable(check, value, why))
			continue;
		if (why->result == UXM_INTERNAL)
			return false;
		uxm_fail(&file->wrong[i], UXM_FETCH_FAILED,
			 "The settings file names '%s' for %s, and the phone keeps its own: it "
			 "must be a complete URL of http, https, ftp or ftps, as in "
			 "http://server/settings.xml; correct it there.",
			 fetch_url_shown(value, shown), phone_setting(names[i])->name);
		provision_keep_out(found, names[i]);
	}
	return true;
}

static bool read_file(struct check *check, enum provision_kind kind, const char *url,
		      const struct asked *asked, struct uxm_failure *why)
{
	struct check_file file = {
		.kind = kind,
		.what = LOOK_UNCHANGED,
		.url = url,
		.validators = &asked->file.validators,
		.found = &check->found[kind],
	};
	char shown[FETCH_SHOWN_TEXT];
	struct uxm_failure reason;

	if (!asked->file.unchanged) {
		if (!provision_read(&check->found[kind], kind, (const char *)asked->file.bytes,
				    asked->file.length, &reason) ||
		    !keep_out_wrong(check, &file, &reason))
			goto fail;
		file.what = check->found[kind].empty ? LOOK_EMPTY : LOOK_CAME;
	}
	if (check_show_file(check->form, &file, &reason))
		return true;
fail:
	uxm_fail(why, reason.result, "The %s %s cannot be used: %s", check_file_name(kind),
		 fetch_url_shown(url, shown), reason.text);
	return false;
}

static bool look_at(struct check *check, enum provision_kind kind, const char *url,
		    const struct options_known *known, struct uxm_failure *why)
{
	static const struct fetch_validators none = {.etag = ""};
	const struct check_file no_file = {.kind = kind,
					   .what = LOOK_NOT_ASKED,
					   .url = "",
					   .validators = &none,
					   .found = &check->found[kind]};
	struct asked asked = {.small = NULL};
	bool done;

	if (url == NULL || url[0] == '\0')
		return check_show_file(check->form, &no_file, why);
	done = make_small(check, url, known, &asked, why) && fetch(check, &asked, why) &&
	       read_file(check, kind, url, &asked, why);
	fetch_small_free(asked.small);
	return done;
}

/* What the settings file says counts, as phone_settings_provision has it: not for a URL that the
 * user chose under "!", as long as it is under "!". */
static const char *firmware_url(const struct check *check)
{
	const struct options *options = check->options;
	const struct provision *settings = &check->found[PROVISION_SETTINGS];

	if (!settings->of[PHONE_FIRMWARE_STATUS].named ||
	    (options->firmware_status_own &&
	     settings->of[PHONE_FIRMWARE_STATUS].perm == PHONE_PERM_OWN))
		return options->firmware_status;
	return settings->of[PHONE_FIRMWARE_STATUS].value;
}

static bool look(struct check *check, struct uxm_failure *why)
{
	const struct options *options = check->options;
	const char *url;

	if (!look_at(check, PROVISION_SETTINGS, options->setting_server, &options->settings_known,
		     why))
		return false;
	url = firmware_url(check);
	if (look_at(check, PROVISION_FIRMWARE, url, &options->firmware_known, why))
		return true;
	/* A URL that is wrong is the server's fault where the server named it. */
	if (why->result == UXM_USAGE && url != options->firmware_status)
		why->result = UXM_FETCH_FAILED;
	return false;
}

enum uxm_result command_check(const struct options *options, struct uxm_failure *why)
{
	struct options all = *options;
	struct check check = {.options = &all, .signal_fd = -1};
	cJSON *job = NULL;

	if (options->job_fd >= 0)
		check.form = CHECK_JOB;
	else
		check.form = options->json ? CHECK_JSON : CHECK_LINES;
	if ((options->job_fd < 0 || (job_follow_parent(why) && job_read(&all, &job, why))) &&
	    wait_signals(&check.signal_fd, why) && look(&check, why))
		uxm_fail(why, UXM_UPDATED, "The server was looked at.");
	check_show_result(check.form, why, check.retry_after);
	if (check.signal_fd >= 0)
		close(check.signal_fd);
	provision_release(&check.found[PROVISION_SETTINGS]);
	provision_release(&check.found[PROVISION_FIRMWARE]);
	document_forget(job);
	return why->result;
}
