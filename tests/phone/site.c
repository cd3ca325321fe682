/* Sites and visitors of tests. */
#include "site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/cmocka.h"

/* No test waits longer than that for anything, in milliseconds. */
#define PATIENCE 20000u

static bool say(struct site *site, struct uxm_failure *why)
{
	if (site->says == UXM_UPDATED)
		return true;
	uxm_fail(why, site->says, "The test says <no>.");
	return false;
}

static bool on_start(void *self, const struct order *order, int input, struct uxm_failure *why)
{
	struct site *site = self;

	if (!say(site, why))
		return false;
	site->starts++;
	snprintf(site->source, sizeof(site->source), "%s", order->source);
	site->override = order->override;
	site->allow_older = order->allow_older;
	site->upload_size = order->upload_size;
	state_begin(&site->state, order->source, "A1", "1.6.1");
	if (input >= 0) {
		if (site->input >= 0)
			close(site->input);
		site->input = fcntl(input, F_DUPFD_CLOEXEC, 0);
		assert_true(site->input >= 0);
		assert_int_equal(fcntl(site->input, F_SETFL, O_NONBLOCK), 0);
	}
	return true;
}

static bool on_cancel(void *self, struct uxm_failure *why)
{
	struct site *site = self;

	if (!say(site, why))
		return false;
	site->cancels++;
	return true;
}

/* Nobody else writes settings here. */
static void on_reread(void *self)
{
	(void)self;
}

static bool on_keep(void *self, const struct phone_settings *changed, struct uxm_failure *why)
{
	struct site *site = self;

	(void)changed;
	if (!say(site, why))
		return false;
	site->keeps++;
	return true;
}

static void on_saved(void *self, bool cleared)
{
	struct site *site = self;

	site->saves++;
	site->clears += cleared;
}

static bool on_restart(void *self, struct uxm_failure *why)
{
	struct site *site = self;

	if (!say(site, why))
		return false;
	site->restarts++;
	return true;
}

static bool on_look(void *self, struct uxm_failure *why)
{
	struct site *site = self;

	if (!say(site, why))
		return false;
	site->looks++;
	return true;
}

static bool on_answer(void *self, bool now, const char *question, struct uxm_failure *why)
{
	struct site *site = self;

	if (!say(site, why))
		return false;
	site->answers++;
	site->answer_now = now;
	snprintf(site->question, sizeof(site->question), "%s", question);
	return true;
}

static void open_on(struct site *site, const struct sockaddr *address, socklen_t size,
		    uint32_t patience)
{
	struct web_options options = {.name = "phone.example", .patience = patience};
	struct uxm_failure why;

	(void)signal(SIGPIPE, SIG_IGN);
	memset(site, 0, sizeof(*site));
	site->input = -1;
	site->state.phone_type = "D785";
	site->state.phone_version = "10.1.64.14";
	site->state.mac = "00:04:13:00:00:01";
	site->state.looked = true;
	site->loop = loop_new();
	site->settings = phone_settings_new();
	site->record = record_new();
	assert_non_null(site->record);
	assert_non_null(site->loop);
	assert_non_null(site->settings);
	site->listener = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(site->listener >= 0);
	assert_int_equal(bind(site->listener, address, size), 0);
	assert_int_equal(listen(site->listener, 256), 0);
	options.loop = site->loop;
	options.state = &site->state;
	options.settings = site->settings;
	options.record = site->record;
	options.listener = site->listener;
	log_init(&site->log, LOG_IS_NOTICE, NULL);
	site->log.descriptor = memfd_create("log", MFD_CLOEXEC);
	assert_true(site->log.descriptor >= 0);
	options.log = &site->log;
	options.actions = (struct web_actions){on_start,   on_cancel, on_reread, on_keep, on_saved,
					       on_restart, on_look,   on_answer, site};
	site->web = web_new(&options, &why);
	assert_non_null(site->web);
}

static void open_near(struct site *site, uint32_t patience)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	/* All of 127.0.0.0/8, for visitors from several addresses. */
	address.sin_addr.s_addr = htonl(INADDR_ANY);
	open_on(site, (const struct sockaddr *)&address, sizeof(address), patience);
}

void site_open(struct site *site)
{
	open_near(site, 0);
}

void site_open_again(struct site *site, uint32_t patience)
{
	site_close(site);
	open_near(site, patience);
}

void site_open_far(struct site *site)
{
	/* The kernel chooses an abstract name. */
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	open_on(site, (const struct sockaddr *)&address, sizeof(sa_family_t), 0);
}

void site_close(struct site *site)
{
	web_free(site->web);
	close(site->listener);
	loop_free(site->loop);
	phone_settings_free(site->settings);
	record_free(site->record);
	close(site->log.descriptor);
	if (site->input >= 0)
		close(site->input);
	free(site->got);
}

static int make(void **state, void (*open_site)(struct site *site))
{
	*state = malloc(sizeof(struct site));
	assert_non_null(*state);
	open_site(*state);
	return 0;
}

int site_make(void **state)
{
	return make(state, site_open);
}

int site_make_far(void **state)
{
	return make(state, site_open_far);
}

int site_free(void **state)
{
	site_close(*state);
	free(*state);
	return 0;
}

void site_assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("'%s' is not in: %s", part, text);
}

void site_assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("'%s' is in: %s", part, text);
}

void site_plug(struct site *site, const char *serial)
{
	struct state_list list = site->state.list;
	struct state_module *module = &list.modules[list.count++];

	memset(module, 0, sizeof(*module));
	snprintf(module->port, sizeof(module->port), "1-%zu", list.count);
	snprintf(module->serial, sizeof(module->serial), "%s", serial);
	snprintf(module->model, sizeof(module->model), "D7C");
	snprintf(module->version, sizeof(module->version), "1.5.3");
	module->hardware_level = 2;
	snprintf(module->protocol, sizeof(module->protocol), "stream");
	snprintf(module->status, sizeof(module->status), "idle");
	state_set_list(&site->state, &list, NULL);
}

void site_end(struct site *site, enum uxm_result result, const char *text)
{
	state_end(&site->state, result, text, 0);
	web_changed(site->web);
}

void site_lock(struct site *site, const char *user, const char *password)
{
	struct uxm_failure why;

	assert_int_equal(
		phone_settings_set(site->settings, PHONE_HTTP_USER, user, PHONE_BY_USER, &why),
		UXM_UPDATED);
	assert_int_equal(
		phone_settings_set(site->settings, PHONE_HTTP_PASS, password, PHONE_BY_USER, &why),
		UXM_UPDATED);
}

static void on_late(void *self)
{
	(void)self;
	fail_msg("nothing happened for %u ms", PATIENCE);
}

static void on_time(void *self)
{
	loop_end(self);
}

static void run(struct site *site)
{
	struct loop_timer late = {.loop = NULL};

	loop_at(site->loop, &late, loop_now(site->loop) + PATIENCE, on_late, NULL);
	loop_run(site->loop);
	loop_cancel(&late);
}

void site_run(struct site *site, uint32_t milliseconds)
{
	struct loop_timer timer = {.loop = NULL};

	loop_at(site->loop, &timer, loop_now(site->loop) + milliseconds, on_time, site->loop);
	loop_run(site->loop);
	loop_cancel(&timer);
}

void site_run_until(struct site *site, const unsigned *what, unsigned least)
{
	uint64_t end = loop_now(site->loop) + PATIENCE;

	while (*what < least) {
		assert_true(loop_now(site->loop) < end);
		site_run(site, 5);
	}
}

static void on_readable(void *self, uint32_t events)
{
	struct visit *visit = self;
	char some[16384];
	ssize_t count = recv(visit->socket, some, sizeof(some), MSG_DONTWAIT);

	(void)events;
	if (count < 0 && errno == EAGAIN)
		return;
	if (count > 0) {
		visit->text = realloc(visit->text, visit->length + (size_t)count + 1);
		assert_non_null(visit->text);
		memcpy(visit->text + visit->length, some, (size_t)count);
		visit->length += (size_t)count;
		visit->text[visit->length] = '\0';
	} else {
		visit->ended = true;
		loop_unwatch(&visit->watch);
	}
	if (visit->ended || (visit->waiting != NULL && strstr(visit->text, visit->waiting) != NULL))
		loop_end(visit->site->loop);
}

void visit_begin_from(struct visit *visit, struct site *site, const char *from)
{
	struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
	socklen_t size = sizeof(address);
	struct sockaddr_in mine = {.sin_family = AF_INET};

	memset(visit, 0, sizeof(*visit));
	visit->site = site;
	assert_int_equal(getsockname(site->listener, (struct sockaddr *)&address, &size), 0);
	visit->socket = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(visit->socket >= 0);
	if (address.ss_family == AF_INET) {
		assert_int_equal(inet_pton(AF_INET, from, &mine.sin_addr), 1);
		assert_int_equal(bind(visit->socket, (struct sockaddr *)&mine, sizeof(mine)), 0);
		((struct sockaddr_in *)(void *)&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	}
	assert_int_equal(connect(visit->socket, (struct sockaddr *)&address, size), 0);
	visit->text = calloc(1, 1);
	assert_non_null(visit->text);
	assert_true(
		loop_watch(site->loop, &visit->watch, visit->socket, EPOLLIN, on_readable, visit));
}

void visit_begin(struct visit *visit, struct site *site)
{
	visit_begin_from(visit, site, "127.0.0.1");
}

void visit_say(struct visit *visit, const char *text, size_t length)
{
	uint64_t end = loop_now(visit->site->loop) + PATIENCE;

	while (length > 0) {
		ssize_t count = send(visit->socket, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (count > 0) {
			text += count;
			length -= (size_t)count;
			continue;
		}
		/* Who is refused early need not say all. */
		if (errno != EAGAIN)
			return;
		assert_true(loop_now(visit->site->loop) < end);
		site_run(visit->site, 5);
	}
}

bool visit_hear(struct visit *visit, const char *text)
{
	visit->waiting = text;
	while (strstr(visit->text, text) == NULL && !visit->ended)
		run(visit->site);
	visit->waiting = NULL;
	return strstr(visit->text, text) != NULL;
}

void visit_hear_all(struct visit *visit)
{
	while (!visit->ended)
		run(visit->site);
}

void visit_end(struct visit *visit)
{
	loop_unwatch(&visit->watch);
	close(visit->socket);
	free(visit->text);
}

const char *site_ask(struct site *site, const char *line, const char *headers, const char *body)
{
	struct visit visit;
	char *request;
	int length;

	length =
		asprintf(&request, "%s HTTP/1.1\r\n%s%sConnection: close\r\n", line,
			 strstr(headers, "Host:") != NULL ? "" : "Host: 127.0.0.1:80\r\n", headers);
	assert_true(length > 0);
	visit_begin(&visit, site);
	visit_say(&visit, request, (size_t)length);
	free(request);
	if (body != NULL) {
		length = asprintf(&request, "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
		assert_true(length > 0);
		visit_say(&visit, request, (size_t)length);
		free(request);
	} else {
		visit_say(&visit, "\r\n", 2);
	}
	visit_hear_all(&visit);
	free(site->got);
	site->got = visit.text;
	visit.text = NULL;
	visit_end(&visit);
	return site->got;
}

const char *site_said(struct site *site)
{
	ssize_t count = pread(site->log.descriptor, site->said, sizeof(site->said) - 1, 0);

	assert_true(count >= 0);
	site->said[count] = '\0';
	return site->said;
}

unsigned site_status(const char *answer)
{
	static const char before[] = "HTTP/1.1 ";

	if (strncmp(answer, before, sizeof(before) - 1) != 0)
		return 0;
	return (unsigned)strtoul(answer + sizeof(before) - 1, NULL, 10);
}

const char *site_token(struct site *site, const char *headers)
{
	static const char before[] = "name=\"token\" value=\"";
	const char *found = strstr(site_ask(site, "GET /update.htm", headers, NULL), before);

	assert_non_null(found);
	snprintf(site->token, sizeof(site->token), "%.32s", found + strlen(before));
	return site->token;
}

const char *site_post(struct site *site, const char *path, const char *headers, const char *pairs)
{
	char *line;
	char *body;
	char *all;
	const char *answer;

	if (site->token[0] == '\0')
		site_token(site, headers);
	assert_true(asprintf(&line, "POST %s", path) > 0);
	assert_true(asprintf(&body, "token=%s&%s", site->token, pairs) > 0);
	assert_true(asprintf(&all, "%sContent-Type: application/x-www-form-urlencoded\r\n",
			     headers) > 0);
	answer = site_ask(site, line, all, body);
	free(line);
	free(body);
	free(all);
	return answer;
}

const char *site_basic(const char *user, const char *password)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static char header[256];
	unsigned char plain[96] = {0};
	size_t length;
	char coded[130] = "";
	size_t at = 0;

	length = (size_t)snprintf((char *)plain, sizeof(plain) - 3, "%s:%s", user, password);
	for (size_t i = 0; i < length; i += 3) {
		unsigned three =
			(unsigned)plain[i] << 16 | (unsigned)plain[i + 1] << 8 | plain[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			coded[at++] = digits[three >> shift & 63];
	}
	for (size_t i = 0; i < (3 - length % 3) % 3; i++)
		coded[at - 1 - i] = '=';
	snprintf(header, sizeof(header), "Authorization: Basic %s\r\n", coded);
	return header;
}
