/*
 * The server: libmicrohttpd without threads of its own, its epoll descriptor in the one loop, and
 * the limits on who holds a connection for how long.
 */
#include "phone/web.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "phone/events.h"
#include "phone/upload.h"
#include "phone/web_inside.h"

/* Room for nonces of Digest. Each address has its own, and where two fall on one place
 * libmicrohttpd 0.9.75 takes the right password for a wrong one: a browser that asks for a page's
 * parts at once was sent away about every 30th time with room for 256. */
#define NONCES 16384u

/* GnuTLS's own choice would take TLS 1.0 too, which is deprecated (RFC 8996). */
#define TLS_VERSIONS "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* So often is looked for visitors that are late while one of them loses patience. */
#define SWEEPS 6u

/* libmicrohttpd wants to be called by itself when it has time limits to see to. */
static int before_sleep(void *self)
{
	struct web *web = self;
	MHD_UNSIGNED_LONG_LONG left;

	/* Neither its epoll descriptor nor its time limit tells of it. */
	if (web->due || (MHD_get_timeout(web->daemon, &left) == MHD_YES && left == 0)) {
		web->due = false;
		(void)MHD_run(web->daemon);
	}
	if (web->due)
		return 0;
	if (MHD_get_timeout(web->daemon, &left) != MHD_YES)
		return -1;
	return left < INT_MAX ? (int)left : INT_MAX;
}

static struct visitor *visitor_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

void web_patience(struct web *web, struct MHD_Connection *connection, bool limited)
{
	struct visitor *visitor = visitor_of(connection);

	if (visitor != NULL)
		visitor->deadline = limited ? loop_now(web->with.loop) + web->with.patience : 0;
}

bool web_suspend(struct MHD_Connection *connection)
{
	struct visitor *visitor = visitor_of(connection);

	if (visitor == NULL)
		return false;
	visitor->suspended = connection;
	MHD_suspend_connection(connection);
	return true;
}

void web_resume(struct web *web, struct MHD_Connection *connection)
{
	struct visitor *visitor = visitor_of(connection);

	if (visitor == NULL || visitor->suspended == NULL)
		return;
	visitor->suspended = NULL;
	web->due = true;
	MHD_resume_connection(connection);
}

static void on_ready(void *self, uint32_t events)
{
	struct web *web = self;

	(void)events;
	(void)MHD_run(web->daemon);
}

/* Who has not sent a whole request in time, byte by byte or not at all, goes. libmicrohttpd itself
 * only limits how long nothing comes. */
static void on_sweep(void *self)
{
	struct web *web = self;
	uint64_t now = loop_now(web->with.loop);

	for (struct visitor *visitor = web->visitors; visitor != NULL; visitor = visitor->next) {
		if (visitor->deadline != 0 && visitor->deadline <= now)
			(void)shutdown(visitor->socket, SHUT_RDWR);
	}
	if (web->visitors != NULL)
		loop_at(web->with.loop, &web->sweep, now + web->with.patience / SWEEPS, on_sweep,
			web);
}

static void begin_visit(struct web *web, struct MHD_Connection *connection, void **context)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct visitor *visitor = calloc(1, sizeof(*visitor));
	uint64_t now = loop_now(web->with.loop);

	*context = visitor;
	if (visitor == NULL || info == NULL)
		return;
	visitor->web = web;
	visitor->socket = info->connect_fd;
	visitor->deadline = now + web->with.patience;
	visitor->next = web->visitors;
	visitor->before = &web->visitors;
	if (web->visitors != NULL)
		web->visitors->before = &visitor->next;
	web->visitors = visitor;
	if (web->sweep.loop == NULL)
		loop_at(web->with.loop, &web->sweep, now + web->with.patience / SWEEPS, on_sweep,
			web);
}

static void on_connection(void *self, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct visitor *visitor = *context;
	struct web *web = self;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		begin_visit(web, connection, context);
		return;
	}
	/* Where there were as many as may be, libmicrohttpd listens again only when it is run. */
	web->due = true;
	if (visitor == NULL)
		return;
	*context = NULL;
	if (visitor->before != NULL)
		*visitor->before = visitor->next;
	if (visitor->next != NULL)
		visitor->next->before = visitor->before;
	free(visitor);
}

static bool start(struct web *web)
{
	const struct web_options *with = &web->with;
	bool tls = with->certificate != NULL;
	/* libmicrohttpd closes what it was given even when it cannot start. */
	int listener = fcntl(with->listener, F_DUPFD_CLOEXEC, 0);
	struct MHD_OptionItem items[] = {
		{MHD_OPTION_LISTEN_SOCKET, listener, NULL},
		{MHD_OPTION_CONNECTION_LIMIT, WEB_CONNECTIONS, NULL},
		{MHD_OPTION_PER_IP_CONNECTION_LIMIT, WEB_CONNECTIONS_ADDRESS, NULL},
		{MHD_OPTION_CONNECTION_TIMEOUT, WEB_SILENCE, NULL},
		{MHD_OPTION_CONNECTION_MEMORY_LIMIT, WEB_MEMORY, NULL},
		{MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
		{MHD_OPTION_NONCE_NC_SIZE, NONCES, NULL},
		{MHD_OPTION_DIGEST_AUTH_RANDOM, sizeof(web->random), web->random},
		{MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)request_done, web},
		{MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, web},
		{MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)request_new, web},
		{MHD_OPTION_END, 0, NULL},
	};

	if (listener < 0)
		return false;
	web->daemon =
		MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0),
				 0, NULL, NULL, request_handle, web, MHD_OPTION_ARRAY, items,
				 tls ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END,
				 with->certificate, MHD_OPTION_HTTPS_MEM_KEY, with->key,
				 MHD_OPTION_HTTPS_PRIORITIES, TLS_VERSIONS, MHD_OPTION_END);
	return web->daemon != NULL;
}

struct web *web_new(const struct web_options *options, struct uxm_failure *why)
{
	struct web *web = calloc(1, sizeof(*web));
	const union MHD_DaemonInfo *info;

	if (web == NULL)
		goto no_memory;
	web->with = *options;
	if (!guard_is_fresh(web) ||
	    getrandom(web->random, sizeof(web->random), 0) != (ssize_t)sizeof(web->random))
		goto no_memory;
	if (web->with.patience == 0)
		web->with.patience = WEB_PATIENCE;
	if (!start(web)) {
		if (options->certificate != NULL)
			uxm_fail(why, UXM_USAGE,
				 "The pages cannot be served over https: check that certificate "
				 "and key are PEM and belong together.");
		else
			uxm_fail(why, UXM_INTERNAL, "The pages cannot be served.");
		goto fail;
	}
	info = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL ||
	    !loop_watch(options->loop, &web->watch, info->listen_fd, EPOLLIN, on_ready, web)) {
		uxm_fail(why, UXM_INTERNAL, "The pages cannot be served: no descriptors.");
		MHD_stop_daemon(web->daemon);
		goto fail;
	}
	loop_before_sleep(options->loop, before_sleep, web);
	return web;

no_memory:
	uxm_fail(why, UXM_INTERNAL, "The pages cannot be served: no memory.");
fail:
	if (web != NULL)
		guard_end(web);
	free(web);
	return NULL;
}

void web_changed(struct web *web)
{
	const struct state_update *update = &web->with.state->update;
	struct upload *upload = web->upload;

	/* Another update may begin before the visitor is answered. */
	if (upload != NULL && update->phase == STATE_ENDED) {
		web->upload = NULL;
		upload_ended(upload, update->result, update->text);
	}
	events_tell(web);
}

void web_free(struct web *web)
{
	if (web == NULL)
		return;
	web->ending = true;
	loop_before_sleep(web->with.loop, NULL, NULL);
	loop_unwatch(&web->watch);
	/* What is suspended must not be when the daemon stops. */
	events_end(web);
	for (struct visitor *visitor = web->visitors; visitor != NULL; visitor = visitor->next) {
		if (visitor->suspended != NULL)
			web_resume(web, visitor->suspended);
		(void)shutdown(visitor->socket, SHUT_RDWR);
	}
	MHD_stop_daemon(web->daemon);
	loop_cancel(&web->sweep);
	guard_end(web);
	free(web);
}
