/*
 * One image from a server that does what the fuzzer's bytes say: what it answers, sends, keeps back
 * and where it leads to. As long as it sends the bytes of the place that it names, the image that
 * is read is the image; and whatever it does, fetching ends, and the password goes to nobody else.
 */
#include "fetch/headers.h"
#include "fetch/http.h"
#include "tests/fuzz/feed.h"

#define HOST       "server.example"
#define SECRET     "Hush31415"
#define STEPS_MOST 200000u
#define SEEKS_MOST 20u
#define KEPT_MOST  150000u

struct server {
	struct feed feed;
	uint64_t now; /* milliseconds */
	uint64_t size;
	bool lied; /* bytes were sent that are not the file's at that place */
	/* The transfer under way. */
	bool running;
	bool in_body;
	struct fetch_receiver receiver;
	struct fetch_headers headers;
	bool has_condition;
	uint64_t from;
	uint64_t at;       /* the offset of the next byte to be sent */
	uint64_t expected; /* bytes that the receiver still wants */
	uint8_t block[FETCH_BLOCK];
	size_t held; /* bytes of `block` that are to be offered again */
	/* What has been read, as the witness remembers it: the first bytes. */
	uint8_t kept[KEPT_MOST];
	uint64_t kept_end;
	uint64_t again_at;
};

static uint8_t byte_at(uint64_t offset)
{
	return (uint8_t)(offset * 7 + (offset >> 8));
}

/* The password goes to the server that it was given for. */
static void check_request(const struct fetch_request *request)
{
	const char *at = strchr(request->url, '@');
	const char *host = at != NULL ? at + 1 : strstr(request->url, "://") + 3;
	bool own = strncmp(host, HOST, strlen(HOST)) == 0 &&
		   strchr("/:?#", host[strlen(HOST)]) != NULL;

	hold(own || strstr(request->url, SECRET) == NULL, "a URL's password stays with its server");
	hold(own || request->access == NULL, "access is given to its server alone");
	hold(request->if_range != NULL, "there is a condition, or an empty one");
}

static enum fetch_end server_start(void *self, const struct fetch_request *request,
				   const struct fetch_receiver *receiver)
{
	struct server *server = self;
	uint8_t how = feed_byte(&server->feed);

	check_request(request);
	server->running = false;
	if (how == 1 || how == 2)
		return how == 1 ? FETCH_NO_MEMORY : FETCH_OTHER;
	server->running = true;
	server->in_body = false;
	server->receiver = *receiver;
	server->from = request->from;
	/* An entity tag that is not its own any more. */
	server->has_condition =
		request->if_range[0] != '\0' && strcmp(request->if_range, "\"a\"") != 0;
	server->held = 0;
	fetch_headers_clear(&server->headers);
	return FETCH_RUNNING;
}

static void server_stop(void *self)
{
	struct server *server = self;

	server->running = false;
}

static enum fetch_end finish(struct server *server, enum fetch_end end,
			     struct fetch_outcome *outcome)
{
	server->running = false;
	*outcome = (struct fetch_outcome){.end = end};
	if (feed_byte(&server->feed) == 1)
		snprintf(outcome->detail, sizeof(outcome->detail), "details");
	return end;
}

static enum fetch_end any_end(struct server *server)
{
	return (enum fetch_end)(FETCH_COMPLETE + feed_byte(&server->feed) % FETCH_OTHER);
}

static void say(struct server *server, const char *line)
{
	(void)fetch_headers_line(&server->headers, line, strlen(line));
}

static void say_number(struct server *server, const char *name, uint64_t number)
{
	char line[64];

	snprintf(line, sizeof(line), "%s%llu\r\n", name, (unsigned long long)number);
	say(server, line);
}

static void say_range(struct server *server, uint64_t first, uint64_t last, uint64_t complete)
{
	char line[128];

	snprintf(line, sizeof(line), "Content-Range: bytes %llu-%llu/%llu\r\n",
		 (unsigned long long)first, (unsigned long long)last, (unsigned long long)complete);
	say(server, line);
}

/* As a server should. */
static void answer_well(struct server *server)
{
	bool part = server->from > 0 && !server->has_condition;

	if (part && server->from >= server->size) {
		say(server, "HTTP/1.1 416 Range Not Satisfiable\r\n");
		say_number(server, "Content-Range: bytes */", server->size);
		return;
	}
	say(server, part ? "HTTP/1.1 206 Partial Content\r\n" : "HTTP/1.1 200 OK\r\n");
	say(server, "ETag: \"a\"\r\n");
	if (part)
		say_range(server, server->from, server->size - 1, server->size);
	say_number(server, "Content-Length: ", server->size - (part ? server->from : 0));
}

static void answer_so(struct server *server)
{
	struct feed *feed = &server->feed;
	uint8_t fields = feed_byte(feed);
	static const unsigned statuses[] = {200, 206, 304, 400, 401, 403, 404, 408,
					    416, 429, 500, 501, 502, 503, 504, 100};

	say_number(server, "HTTP/1.1 ", statuses[feed_byte(feed) % 16]);
	if ((fields & 0x01) != 0)
		say_number(server, "Content-Length: ", feed_number(feed));
	if ((fields & 0x02) != 0) {
		uint64_t first = feed_number(feed);
		uint64_t last = feed_number(feed);

		say_range(server, first, last, feed_number(feed));
	}
	if ((fields & 0x04) != 0)
		say_number(server, "Retry-After: ", feed_number(feed));
	if ((fields & 0x08) != 0)
		say(server, feed_byte(feed) % 2 == 0 ? "ETag: \"b\"\r\n" : "ETag: W/\"a\"\r\n");
	if ((fields & 0x10) != 0)
		say(server, "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n");
	if ((fields & 0x20) != 0)
		say(server, "Date: Thu, 01 Jan 2026 00:00:10 GMT\r\n");
	if ((fields & 0x40) != 0)
		say_number(server, "Content-Length: ", server->size);
	if ((fields & 0x80) != 0)
		say(server, "Transfer-Encoding: chunked\r\n");
}

static void redirect(struct server *server)
{
	static const char *const places[] = {
		"/other.bin",
		"http://elsewhere.example/file.bin",
		"https://" HOST "/file.bin",
		"http://" HOST ".evil.example/",
		"//elsewhere.example/a?b",
		"http://" HOST ":8080/",
		"ftp://" HOST "/file",
		"file:///etc/passwd",
		"?query",
		"http://" HOST "@elsewhere.example/",
		"http://other@" HOST "/",
		"http:\\\\elsewhere.example\\",
	};
	static const unsigned statuses[] = {301, 302, 303, 307, 308, 300, 304, 305};
	char line[512] = "Location: ";
	uint8_t which = feed_byte(&server->feed);

	say_number(server, "HTTP/1.1 ", statuses[feed_byte(&server->feed) % 8]);
	if (which < sizeof(places) / sizeof(places[0])) {
		snprintf(line, sizeof(line), "Location: %s\r\n", places[which]);
	} else {
		feed_fill(&server->feed, line + 10, which);
		line[10 + which] = '\0';
	}
	say(server, line);
}

static enum fetch_end send_headers(struct server *server, struct fetch_outcome *outcome)
{
	const struct fetch_response *response = &server->headers.response;
	uint8_t how = feed_byte(&server->feed);

	if (how == 1)
		return FETCH_RUNNING;
	if (how == 2)
		return finish(server, any_end(server), outcome);
	server->receiver.ops->connected(server->receiver.self);
	if (how == 3) {
		answer_so(server);
	} else if (how == 4) {
		redirect(server);
	} else if (how == 5) {
		char line[256];
		size_t length = feed_byte(&server->feed);

		answer_well(server);
		feed_fill(&server->feed, line, length);
		(void)fetch_headers_line(&server->headers, line, length);
	} else {
		answer_well(server);
	}
	if (fetch_headers_line(&server->headers, "\r\n", 2) != FETCH_LINE_COMPLETE)
		return finish(server, FETCH_NO_ANSWER, outcome);
	server->at = response->status == 206 ? response->first : 0;
	server->expected = 0;
	if (!server->receiver.ops->response(server->receiver.self, response, &server->expected))
		return finish(server, FETCH_STOPPED, outcome);
	hold(server->expected > 0, "a body that is wanted has bytes");
	server->in_body = true;
	return FETCH_RUNNING;
}

/* The next block, unless one is held. */
static void fill_block(struct server *server, size_t length, bool lie)
{
	if (server->held > 0)
		return;
	if (length > FETCH_BLOCK)
		length = FETCH_BLOCK;
	for (size_t i = 0; i < length; i++)
		server->block[i] = byte_at(server->at + i);
	if (lie) {
		server->block[0] ^= 1;
		server->lied = true;
	}
	server->held = length;
}

static enum fetch_end send_body(struct server *server, struct fetch_outcome *outcome)
{
	uint8_t how = feed_byte(&server->feed);
	uint64_t length = server->expected;
	enum fetch_take take;

	if (how == 1)
		return FETCH_RUNNING;
	if (how == 2)
		return finish(server, any_end(server), outcome);
	if (server->expected == 0 && how != 3 && server->held == 0)
		return finish(server, FETCH_COMPLETE, outcome);
	if (how == 3)
		length = 1 + feed_number(&server->feed);
	if (how == 4 && length > 0)
		length = 1 + feed_number(&server->feed) % length;
	fill_block(server, length < FETCH_BLOCK ? (size_t)length : FETCH_BLOCK, how == 5);
	if (server->held == 0)
		return FETCH_RUNNING;
	take = server->receiver.ops->body(server->receiver.self, server->block, server->held);
	if (take == FETCH_ENOUGH)
		return finish(server, FETCH_STOPPED, outcome);
	if (take == FETCH_TAKEN) {
		server->at += server->held;
		server->expected -=
			server->held < server->expected ? server->held : server->expected;
		server->held = 0;
	}
	return FETCH_RUNNING;
}

static enum fetch_end server_perform(void *self, struct fetch_outcome *outcome)
{
	struct server *server = self;

	hold(server->running, "only what runs is performed");
	return server->in_body ? send_body(server, outcome) : send_headers(server, outcome);
}

static const struct fetch_transfer_ops server_ops = {
	.start = server_start,
	.perform = server_perform,
	.stop = server_stop,
};

static uint64_t now(void *self)
{
	struct server *server = self;

	return server->now;
}

static const struct uxm_clock_ops clock_ops = {.now = now};

static void witness_again(void *self)
{
	struct server *server = self;

	server->again_at = 0;
}

static bool witness_same(void *self, const uint8_t *bytes, size_t length)
{
	struct server *server = self;
	uint64_t known =
		server->kept_end > server->again_at ? server->kept_end - server->again_at : 0;
	size_t compared = length < known ? length : (size_t)known;
	bool same = memcmp(bytes, server->kept + server->again_at, compared) == 0;

	hold(length > 0, "the witness is shown something");
	if (compared < length)
		server->again_at = server->kept_end;
	else
		server->again_at += compared;
	return same;
}

/* Keeps what was read, as far as it hangs together. */
static void keep(struct server *server, uint64_t position, const uint8_t *bytes, size_t length)
{
	if (position > server->kept_end || position + length > KEPT_MOST)
		return;
	memcpy(server->kept + position, bytes, length);
	if (position + length > server->kept_end)
		server->kept_end = position + length;
}

static void check_text(const char *text)
{
	hold_sentence(text, UXM_SENTENCE);
	hold(strstr(text, SECRET) == NULL, "no password is shown");
}

/* Nothing could be done at once: it pumps, and time passes. */
static void rest(struct server *server, struct fetch_http *http, unsigned *steps)
{
	const char *remark = NULL;
	uint64_t due = 0;

	hold(++*steps < STEPS_MOST, "fetching ends");
	if (feed_byte(&server->feed) == 1)
		server->now += feed_number(&server->feed) % 1000000;
	while ((remark = fetch_http_remark(http)) != NULL)
		check_text(remark);
	if (fetch_http_pump(http))
		return;
	due = fetch_http_due(http);
	if (due != UINT64_MAX && due > server->now && !server->running)
		server->now = due;
	server->now += 10;
}

static void check_failure(const struct uxm_failure *why)
{
	hold(why->result == UXM_FETCH_FAILED || why->result == UXM_IMAGE_REFUSED ||
		     why->result == UXM_INTERNAL,
	     "a failure is one of three");
	check_text(why->text);
}

static bool seek(struct server *server, struct uxm_image image, uint64_t offset, uint64_t *position)
{
	struct uxm_failure why = {.result = UXM_UPDATED};

	if (image.ops->seek(image.self, offset, &why) != UXM_IO_OK) {
		check_failure(&why);
		return false;
	}
	(void)server;
	*position = offset;
	return true;
}

static bool open_image(struct server *server, struct fetch_http *http, unsigned *steps,
		       uint64_t *size)
{
	struct uxm_image image = fetch_http_image(http);
	struct uxm_failure why = {.result = UXM_UPDATED};
	enum uxm_io io;

	while ((io = image.ops->open(image.self, size, &why)) == UXM_IO_AGAIN)
		rest(server, http, steps);
	if (io != UXM_IO_OK)
		check_failure(&why);
	return io == UXM_IO_OK;
}

static void read_image(struct server *server, struct fetch_http *http, unsigned *steps,
		       uint64_t size)
{
	struct uxm_image image = fetch_http_image(http);
	struct uxm_failure why = {.result = UXM_UPDATED};
	uint64_t position = 0;
	unsigned seeks = 0;

	for (;;) {
		uint8_t buffer[8192];
		uint8_t how = feed_byte(&server->feed);
		size_t room = how == 1 ? 1 + (size_t)feed_byte(&server->feed) : sizeof(buffer);
		size_t got = 0;
		enum uxm_io io;

		if (how == 2 && seeks++ < SEEKS_MOST &&
		    !seek(server, image, feed_number(&server->feed) % (size + 1), &position))
			return;
		io = image.ops->read(image.self, buffer, room, &got, &why);
		if (io == UXM_IO_AGAIN) {
			rest(server, http, steps);
			continue;
		}
		if (io == UXM_IO_END) {
			hold(position == size, "it ends with its last byte");
			return;
		}
		if (io != UXM_IO_OK) {
			check_failure(&why);
			if (how != 3 || seeks++ >= SEEKS_MOST ||
			    !seek(server, image, position, &position))
				return;
			continue;
		}
		hold(got > 0 && got <= room && got <= size - position, "bytes of the image come");
		for (size_t i = 0; i < got && !server->lied; i++)
			hold(buffer[i] == byte_at(position + i), "each byte is at its place");
		keep(server, position, buffer, got);
		position += got;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	static const struct fetch_access access = {.user = "user", .password = SECRET};
	struct server *server = calloc(1, sizeof(*server));
	struct fetch_http_options options = {.url = "http://user:" SECRET "@" HOST "/a.bin",
					     .largest = 1000000,
					     .deadlines = UXM_DEADLINES};
	struct fetch_http *http = NULL;
	struct uxm_failure why = {.result = UXM_UPDATED};
	unsigned steps = 0;
	uint64_t size = 0;
	uint8_t how = 0;
	bool opened = false;

	hold(server != NULL, "there is memory");
	/* What the server says itself is no secret. */
	if (length >= strlen(SECRET) && memmem(input, length, SECRET, strlen(SECRET)) != NULL)
		goto done;
	server->feed = (struct feed){.bytes = input, .left = length};
	server->now = 1000;
	how = feed_byte(&server->feed);
	server->size = 5000;
	if ((how & 0x01) != 0)
		server->size = 150000;
	if ((how & 0x02) != 0)
		options.url = "https://" HOST "/a.bin?token=" SECRET;
	if ((how & 0x08) == 0)
		options.witness = (struct fetch_witness){
			.again = witness_again, .same = witness_same, .self = server};
	options.access = (how & 0x04) != 0 ? &access : NULL;
	options.seed = how;
	options.transfer = (struct fetch_transfer){.ops = &server_ops, .self = server};
	options.clock = (struct uxm_clock){.ops = &clock_ops, .self = server};
	hold(fetch_http_new(&options, &http, &why), "one can be made");
	opened = open_image(server, http, &steps, &size);
	hold(length > 0 || (opened && size == server->size), "without decisions it is opened");
	if (opened) {
		hold(size > 0 && size <= options.largest, "its size was allowed");
		read_image(server, http, &steps, size);
	}
done:
	fetch_http_free(http);
	free(server);
	return 0;
}
