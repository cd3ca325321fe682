/*
 * uxmd. From top to bottom: the start-up procedure; signals; the parts, made and given up; the end.
 */
#include "phone/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "phone/daemon_inside.h"
#include "phone/job.h"
#include "phone/listener.h"

/* Milliseconds that an update which is cancelled has at uxmd's end: job.c has killed it then. */
#define END_PATIENCE (PHONE_JOB_PATIENCE + 2000u)

static const char *value(const struct daemon *daemon, enum config_id id)
{
	return daemon->config->text[id];
}

/* ---- the start-up procedure ---- */

static void warn_of_file(const struct daemon *daemon, enum phone_id id, const char *path)
{
	if (access(path, R_OK) != 0)
		log_line(&daemon->log, LOG_IS_WARNING,
			 "The setting %s names %s, which cannot be read: %s; what needs it fails "
			 "until it "
			 "can be.",
			 phone_setting(id)->name, path, strerror(errno));
}

/* Of files that settings name, before an update misses them. */
static void warn_of_files(const struct daemon *daemon)
{
	const char *authorities = phone_settings_text(daemon->settings, PHONE_UXM_CA_FILE);
	char *keys = strdup(phone_settings_text(daemon->settings, PHONE_UXM_KEYS));
	char *rest = keys;
	const char *key;

	if (authorities[0] != '\0')
		warn_of_file(daemon, PHONE_UXM_CA_FILE, authorities);
	while (rest != NULL && (key = strsep(&rest, " ")) != NULL) {
		if (key[0] != '\0')
			warn_of_file(daemon, PHONE_UXM_KEYS, key);
	}
	free(keys);
}

static bool load(struct daemon *daemon, bool again, struct uxm_failure *why)
{
	return store_load(&daemon->store, daemon->settings, value(daemon, CONFIG_MODULE_IDS), again,
			  &daemon->log, why);
}

/* The kernel's events, modules, the server; the list settles what the journal holds. */
static void go_on(struct daemon *daemon, bool again)
{
	struct uxm_failure none;

	if (phone_settings_text(daemon->settings, PHONE_HTTP_PASS)[0] == '\0')
		log_line(&daemon->log, LOG_IS_WARNING,
			 "No http_pass is set: changes are taken from this machine alone.");
	if (strchr(phone_settings_text(daemon->settings, PHONE_HTTP_USER), ':') != NULL)
		log_line(&daemon->log, LOG_IS_WARNING,
			 "The setting http_user holds a colon, so nobody can log in with it; set "
			 "another one in %s and send SIGHUP.",
			 daemon->store.settings);
	warn_of_files(daemon);
	if (daemon->uevent == NULL)
		daemon->uevent = uevent_new(daemon->loop, daemon_list, daemon, &none);
	if (daemon->uevent == NULL)
		log_line(&daemon->log, LOG_IS_WARNING, "%s", none.text);
	updater_look(daemon->updater);
	provisioner_start(provisioning_mind(daemon->provisioning), again);
}

static bool start_up(struct daemon *daemon, struct uxm_failure *why)
{
	if (!load(daemon, false, why))
		return false;
	go_on(daemon, false);
	return true;
}

void daemon_start_up_again(void *self)
{
	struct daemon *daemon = self;
	struct uxm_failure why;

	if (daemon->ending)
		return;
	log_line(&daemon->log, LOG_IS_NOTICE, "The start-up procedure begins again.");
	if (load(daemon, true, &why))
		go_on(daemon, true);
	else
		log_line(&daemon->log, LOG_IS_ERROR, "%s", why.text);
}

static void go_on_again(void *self)
{
	struct daemon *daemon = self;

	if (!daemon->ending)
		go_on(daemon, true);
}

/* The settings have just been read, and who reads them in is about to change them: the rest of the
 * procedure waits. */
void daemon_reread(void *self)
{
	struct daemon *daemon = self;
	struct uxm_failure why;

	if (!store_is_edited(&daemon->store))
		return;
	log_line(&daemon->log, LOG_IS_NOTICE,
		 "%s was edited: it is read before it is written, and the start-up procedure "
		 "begins again.",
		 daemon->store.settings);
	if (!load(daemon, true, &why))
		log_line(&daemon->log, LOG_IS_ERROR, "%s", why.text);
	else if (!store_is_edited(&daemon->store))
		loop_at(daemon->loop, &daemon->restart, loop_now(daemon->loop), go_on_again,
			daemon);
}

static void on_watchdog(void *self)
{
	struct daemon *daemon = self;

	notify_say(&daemon->notify, "WATCHDOG=1");
	loop_at(daemon->loop, &daemon->watchdog, loop_now(daemon->loop) + daemon->watchdog_pace,
		on_watchdog, daemon);
}

/* ---- signals ---- */

static void on_impatience(void *self)
{
	struct daemon *daemon = self;

	log_line(&daemon->log, LOG_IS_WARNING, "The update does not end; uxmd does.");
	loop_end(daemon->loop);
}

static void end_orderly(struct daemon *daemon)
{
	struct uxm_failure why;

	if (daemon->ending || daemon->state.update.phase != STATE_RUNNING) {
		daemon->ending = true;
		loop_end(daemon->loop);
		return;
	}
	loop_at(daemon->loop, &daemon->patience, loop_now(daemon->loop) + END_PATIENCE,
		on_impatience, daemon);
	(void)updater_cancel(daemon->updater, &why);
	daemon->ending = true;
}

static void on_signal(void *self, uint32_t events)
{
	struct daemon *daemon = self;
	struct signalfd_siginfo signal;

	(void)events;
	if (read(daemon->signals_descriptor, &signal, sizeof(signal)) != (ssize_t)sizeof(signal))
		return;
	if (signal.ssi_signo == SIGHUP) {
		daemon_start_up_again(daemon);
		return;
	}
	log_line(&daemon->log, LOG_IS_NOTICE, "uxmd ends%s.",
		 daemon->state.update.phase == STATE_RUNNING ? ", and cancels the update" : "");
	notify_say(&daemon->notify, "STOPPING=1");
	end_orderly(daemon);
}

static bool take_signals(struct daemon *daemon, struct uxm_failure *why)
{
	sigset_t taken;

	sigemptyset(&taken);
	sigaddset(&taken, SIGTERM);
	sigaddset(&taken, SIGINT);
	sigaddset(&taken, SIGHUP);
	/* Who ignores it, as whatever started uxmd may, is never told how a job ended. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGCHLD, SIG_DFL) == SIG_ERR ||
	    sigprocmask(SIG_BLOCK, &taken, NULL) != 0)
		goto fail;
	daemon->signals_descriptor = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (daemon->signals_descriptor >= 0 &&
	    loop_watch(daemon->loop, &daemon->signals, daemon->signals_descriptor, EPOLLIN,
		       on_signal, daemon))
		return true;
fail:
	uxm_fail(why, UXM_INTERNAL, "Signals cannot be waited for: %s.", strerror(errno));
	return false;
}

/* ---- the parts ---- */

/* A folder can be searched, which access(2) tells as it tells that a file can be run. */
static bool is_program(const char *path, const char *option, struct uxm_failure *why)
{
	const char *reason = "it is not a regular file";
	struct stat about;

	if (stat(path, &about) != 0 || (S_ISREG(about.st_mode) && access(path, X_OK) != 0))
		reason = strerror(errno);
	else if (S_ISREG(about.st_mode))
		return true;
	uxm_fail(why, UXM_USAGE, "%s, which %s names, cannot be run: %s; name a program.", path,
		 option, reason);
	return false;
}

static bool make_updater(struct daemon *daemon, struct uxm_failure *why)
{
	struct updater_options options = {
		.loop = daemon->loop,
		.state = &daemon->state,
		.log = &daemon->log,
		.program = value(daemon, CONFIG_UXM),
		.journal_path = daemon->store.journal,
		.outcome_path = daemon->store.outcome,
		.led_folder = value(daemon, CONFIG_LED_FOLDER),
		.led_path = daemon->store.led,
		.mac = value(daemon, CONFIG_MAC),
	};

	if (!is_program(options.program, "--uxm", why))
		return false;
	daemon->settings = phone_settings_new();
	if (daemon->settings == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory to begin with.");
		return false;
	}
	options.settings = daemon->settings;
	daemon_listen_to_updater(daemon, &options);
	daemon->updater = updater_new(&options, why);
	return daemon->updater != NULL;
}

static bool make_provisioning(struct daemon *daemon, struct uxm_failure *why)
{
	struct provisioning_options options = {
		.loop = daemon->loop,
		.state = &daemon->state,
		.settings = daemon->settings,
		.log = &daemon->log,
		.program = value(daemon, CONFIG_UXM),
		.phone_command = value(daemon, CONFIG_PHONE_UPDATE),
		.phone_lock = daemon->store.phone_lock,
		.record_path = daemon->store.record,
	};

	if (options.phone_command[0] != '\0' &&
	    !is_program(options.phone_command, "--phone-update", why))
		return false;
	daemon_listen_to_provisioning(daemon, &options);
	daemon->provisioning = provisioning_new(&options, why);
	return daemon->provisioning != NULL;
}

static bool make_web(struct daemon *daemon, struct uxm_failure *why)
{
	bool https = value(daemon, CONFIG_CERTIFICATE)[0] != '\0';
	struct web_options options = {
		.loop = daemon->loop,
		.state = &daemon->state,
		.record = provisioner_record(provisioning_mind(daemon->provisioning)),
		.settings = daemon->settings,
		.log = &daemon->log,
		.name = value(daemon, CONFIG_NAME),
	};
	char shown[LISTENER_TEXT];

	if (https && !certificate_read(&daemon->certificate, value(daemon, CONFIG_CERTIFICATE),
				       value(daemon, CONFIG_KEY), why))
		return false;
	daemon->listener = listener_open(value(daemon, CONFIG_ADDRESS), config_port(daemon->config),
					 shown, why);
	if (daemon->listener < 0)
		return false;
	daemon_listen_to_web(daemon, &options);
	options.listener = daemon->listener;
	options.certificate = daemon->certificate.chain;
	options.key = daemon->certificate.key;
	daemon->web = web_new(&options, why);
	if (daemon->web == NULL)
		return false;
	log_line(&daemon->log, LOG_IS_NOTICE, "The pages are at %s://%s/.",
		 https ? "https" : "http", shown);
	return true;
}

/* In the order of use: who uses others goes first. */
static void give_up(struct daemon *daemon)
{
	uevent_free(daemon->uevent);
	web_free(daemon->web);
	if (daemon->provisioning != NULL)
		provisioner_stop(provisioning_mind(daemon->provisioning));
	updater_free(daemon->updater);
	provisioning_free(daemon->provisioning);
	phone_settings_free(daemon->settings);
	loop_cancel(&daemon->watchdog);
	loop_cancel(&daemon->restart);
	loop_cancel(&daemon->patience);
	loop_unwatch(&daemon->signals);
	if (daemon->loop != NULL)
		loop_free(daemon->loop);
	notify_release(&daemon->notify);
	certificate_forget(&daemon->certificate);
	if (daemon->signals_descriptor >= 0)
		close(daemon->signals_descriptor);
	if (daemon->listener >= 0)
		close(daemon->listener);
	store_close(&daemon->store);
	log_release(&daemon->log);
}

/* ---- from start to end ---- */

static void run(struct daemon *daemon)
{
	daemon->watchdog_pace = notify_watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
	notify_say(&daemon->notify, "READY=1");
	if (daemon->watchdog_pace > 0)
		on_watchdog(daemon);
	loop_run(daemon->loop);
}

enum uxm_result daemon_run(const struct config *config, struct uxm_failure *why)
{
	struct daemon daemon = {
		.config = config, .signals_descriptor = -1, .store = {.lock = -1}, .listener = -1};
	enum uxm_result result = UXM_UPDATED;

	log_init(&daemon.log, LOG_IS_NOTICE,
		 strcmp(value(&daemon, CONFIG_SYSLOG), "on") == 0 ? LOG_SYSLOG : NULL);
	if (!notify_init(&daemon.notify, getenv("NOTIFY_SOCKET")))
		log_line(&daemon.log, LOG_IS_WARNING, "The service manager cannot be told.");
	daemon.state.phone_type = value(&daemon, CONFIG_PHONE_TYPE);
	daemon.state.phone_version = value(&daemon, CONFIG_PHONE_VERSION);
	daemon.state.mac = value(&daemon, CONFIG_MAC);
	daemon.loop = loop_new();
	if (daemon.loop == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory to begin with.");
		result = why->result;
	} else if (store_open(&daemon.store, value(&daemon, CONFIG_STATE), why) &&
		   take_signals(&daemon, why) && make_updater(&daemon, why) &&
		   make_provisioning(&daemon, why) && start_up(&daemon, why) &&
		   make_web(&daemon, why)) {
		run(&daemon);
	} else {
		result = why->result;
	}
	give_up(&daemon);
	return result;
}
