/*
 * A hostile host on the other end of a virtual module's connection: first it asks for an import as
 * it likes, then it sends commands, whole ones, broken ones and those of a real update, and reads
 * the answers. Each transfer has at most one answer, none after it was unlinked, and no answer
 * brings more than was asked for. Where the module parts from its host as from vhci_hcd, the host
 * goes on meanwhile.
 */
#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fuzz/feed.h"
#include "tools/module/serve.h"

#define STEPS_MOST    300
#define COMMANDS_MOST 512
#define PAYLOAD       20000u
#define PAYLOAD_MOST  65536u

struct command {
	uint32_t seqnum;
	uint32_t length;
	uint32_t unlinks; /* of an unlink: the command's seqnum */
	bool unlink;
	bool in;
	bool answered;
};

struct host {
	struct feed feed;
	struct options options;
	struct unit unit;
	int fd; /* the host's end, -1 for none */
	uint64_t now;
	/* What was sent on this connection, and whether its answers can still be told apart. */
	struct command sent[COMMANDS_MOST];
	size_t count;
	uint32_t seqnum;
	bool muddled;
	/* Answers that have not been read to their end. */
	uint8_t answers[LINK_OUTPUT];
	size_t got;
	uint8_t payload[PAYLOAD];
};

static void put32(uint8_t *bytes, uint32_t value)
{
	value = htonl(value);
	memcpy(bytes, &value, sizeof(value));
}

static uint32_t get32(const uint8_t *bytes)
{
	uint32_t value = 0;

	memcpy(&value, bytes, sizeof(value));
	return ntohl(value);
}

/* The one that waits for an answer, else the last one of this number; NULL when there was none. */
static struct command *find(struct host *host, uint32_t seqnum)
{
	struct command *found = NULL;

	for (size_t i = 0; i < host->count; i++) {
		if (host->sent[i].seqnum == seqnum && (found == NULL || !host->sent[i].answered))
			found = &host->sent[i];
	}
	return found;
}

static void note(struct host *host, const struct command *command)
{
	if (host->count == COMMANDS_MOST || find(host, command->seqnum) != NULL) {
		host->muddled = true;
		return;
	}
	host->sent[host->count++] = *command;
}

static void send_bytes(struct host *host, const void *bytes, size_t length)
{
	if (host->fd < 0 || length == 0)
		return;
	if (send(host->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length)
		host->muddled = true;
}

/* Takes one answer off the bytes that came; returns its length, 0 while it is not whole. */
static size_t check_answer(struct host *host, const uint8_t *bytes, size_t length)
{
	uint32_t kind = 0;
	uint32_t actual = 0;
	int32_t status = 0;
	struct command *command = NULL;
	struct command *victim = NULL;

	if (length < USBIP_HEADER)
		return 0;
	kind = get32(bytes);
	status = (int32_t)get32(bytes + 20);
	actual = get32(bytes + 24);
	command = find(host, get32(bytes + 4));
	hold(command != NULL && !command->answered, "a command is answered, and once");
	hold((kind == USBIP_RET_UNLINK) == command->unlink &&
		     (kind == USBIP_RET_SUBMIT) == !command->unlink,
	     "an answer is of its command's kind");
	if (kind == USBIP_RET_SUBMIT) {
		size_t data = command->in ? actual : 0;

		hold(status == USBIP_OK || status == USBIP_STALLED ||
			     (status == USBIP_NOBODY && host->unit.place != UNIT_ON_BUS),
		     "a status is one of two, or nobody is there");
		hold(actual <= command->length, "no more is moved than was asked for");
		if (length < USBIP_HEADER + data)
			return 0;
		command->answered = true;
		return USBIP_HEADER + data;
	}
	hold(status == USBIP_OK || status == USBIP_UNLINKED, "an unlink says one of two");
	command->answered = true;
	victim = find(host, command->unlinks);
	hold(status == USBIP_OK || (victim != NULL && !victim->answered),
	     "what was unlinked had no answer");
	hold(status == USBIP_UNLINKED || victim == NULL || victim->answered || victim->unlink,
	     "what was not unlinked has had its answer");
	if (status == USBIP_UNLINKED)
		victim->answered = true;
	return USBIP_HEADER;
}

static void disconnect(struct host *host)
{
	if (host->fd >= 0)
		close(host->fd);
	host->fd = -1;
	host->count = 0;
	host->got = 0;
	host->muddled = false;
}

static void read_answers(struct host *host)
{
	ssize_t some = 0;

	while (host->fd >= 0 &&
	       (some = recv(host->fd, host->answers + host->got, sizeof(host->answers) - host->got,
			    MSG_DONTWAIT)) > 0) {
		size_t used = 0;
		size_t one = 0;

		host->got += (size_t)some;
		while (!host->muddled &&
		       (one = check_answer(host, host->answers + used, host->got - used)) > 0)
			used += one;
		if (host->muddled)
			used = host->got;
		memmove(host->answers, host->answers + used, host->got - used);
		host->got -= used;
	}
	/* As a kernel does to whom the module has said its last. */
	if (host->fd >= 0 && some == 0)
		disconnect(host);
}

/* Turns the module as its process does (front.c). */
static void turn(struct host *host)
{
	struct unit *unit = &host->unit;
	const char *why = NULL;

	unit_part(unit, host->now);
	if (unit->place == UNIT_ON_BUS) {
		if (!unit_turn(unit, true, host->now, &why)) {
			hold(why == NULL || why[0] != '\0', "there is a phrase");
			device_leave_bus(unit->device, DEVICE_UNPLUGGED);
			unit_leave(unit, host->now);
			unit->place = UNIT_RETURNING;
			unit->return_at = host->now;
		} else if (device_leaving(unit->device) != DEVICE_STAYS) {
			unit_leave(unit, host->now);
		}
	}
	hold(unit->link.pool.pending_count <= URB_COUNT_MOST &&
		     unit->link.pool.pending_bytes <= URB_BYTES_MOST,
	     "what is pending is bounded");
	read_answers(host);
	if (unit_has_parted(unit) && (unit->place == UNIT_AWAY || (unit->place == UNIT_RETURNING &&
								   host->now >= unit->return_at))) {
		unit_power_on(unit, host->now);
		unit->number++;
		unit_plugged(unit, -1);
	}
	if (unit->link.fd < 0)
		disconnect(host);
}

static void send_header(struct host *host, const struct command *command, uint32_t endpoint,
			const uint8_t setup[8])
{
	uint8_t header[USBIP_HEADER] = {0};

	put32(header, USBIP_CMD_SUBMIT);
	put32(header + 4, command->seqnum);
	put32(header + 12, command->in ? 1 : 0);
	put32(header + 16, endpoint);
	put32(header + 24, command->length);
	if (setup != NULL)
		memcpy(header + 40, setup, 8);
	note(host, command);
	send_bytes(host, header, sizeof(header));
}

static void submit_control(struct host *host, const uint8_t setup[8], const void *data)
{
	struct command command = {
		.seqnum = ++host->seqnum,
		.length = (uint32_t)(setup[6] | setup[7] << 8),
		.in = (setup[0] & 0x80) != 0,
	};

	send_header(host, &command, 0, setup);
	if (!command.in)
		send_bytes(host, data, command.length);
}

static void submit_vendor(struct host *host, uint8_t type, uint8_t request, const void *data,
			  uint16_t length)
{
	const uint8_t setup[8] = {
		type, request, 0, 0, 0, 0, (uint8_t)(length & 0xFF), (uint8_t)(length >> 8)};

	submit_control(host, setup, data);
}

static void submit_begin(struct host *host)
{
	struct uxm_begin begin = {.size = PAYLOAD, .version = {{1, 6, 1, 0}}};
	uint8_t bytes[UXM_WIRE_BEGIN_SIZE];

	if (feed_byte(&host->feed) % 2 == 0)
		gnutls_hash_fast(GNUTLS_DIG_SHA256, host->payload, PAYLOAD, begin.id);
	uxm_wire_write_begin(&begin, bytes);
	submit_vendor(host, UXM_WIRE_OUT, UXM_WIRE_BEGIN, bytes, sizeof(bytes));
}

static void submit_commit(struct host *host)
{
	struct uxm_commit commit = {.size = PAYLOAD};
	uint8_t bytes[UXM_WIRE_COMMIT_SIZE];

	gnutls_hash_fast(GNUTLS_DIG_SHA256, host->payload, PAYLOAD, commit.digest);
	uxm_wire_write_commit(&commit, bytes);
	submit_vendor(host, UXM_WIRE_OUT, UXM_WIRE_COMMIT, bytes, sizeof(bytes));
}

/* The chunk that the module waits for; a byte may change it. */
static void submit_chunk(struct host *host)
{
	uint8_t bytes[UXM_WIRE_CHUNK_SIZE + PAYLOAD];
	struct command command = {.seqnum = ++host->seqnum};
	struct uxm_status status;
	struct uxm_chunk chunk;
	uint8_t how = feed_byte(&host->feed);

	device_status(host->unit.device, &status);
	if (status.accepted >= PAYLOAD)
		status.accepted = 0;
	chunk = (struct uxm_chunk){.session = status.session, .offset = status.accepted};
	chunk.length = (uint32_t)(PAYLOAD - status.accepted);
	if (chunk.length > UXM_WIRE_CHUNK_LEAST)
		chunk.length = UXM_WIRE_CHUNK_LEAST;
	chunk.crc = uxm_wire_crc(host->payload + chunk.offset, chunk.length);
	memcpy(bytes + UXM_WIRE_CHUNK_SIZE, host->payload + chunk.offset, chunk.length);
	command.length = (uint32_t)UXM_WIRE_CHUNK_SIZE + chunk.length;
	if (how == 1)
		chunk.length = (uint32_t)feed_number(&host->feed);
	if (how == 2)
		chunk.offset = feed_number(&host->feed);
	if (how == 3)
		command.length = feed_byte(&host->feed);
	uxm_wire_write_chunk(&chunk, bytes);
	send_header(host, &command, DESCRIPTOR_ENDPOINT, NULL);
	send_bytes(host, bytes, command.length);
}

static void submit_bulk(struct host *host)
{
	static const uint8_t zeros[PAYLOAD_MOST];
	struct command command = {.seqnum = ++host->seqnum,
				  .length = (uint32_t)(feed_number(&host->feed) % PAYLOAD_MOST)};

	send_header(host, &command, DESCRIPTOR_ENDPOINT, NULL);
	send_bytes(host, zeros, command.length);
}

static void submit_unlink(struct host *host)
{
	uint8_t header[USBIP_HEADER] = {0};
	struct command command = {.seqnum = ++host->seqnum, .unlink = true};

	command.unlinks = command.seqnum - feed_byte(&host->feed);
	put32(header, USBIP_CMD_UNLINK);
	put32(header + 4, command.seqnum);
	put32(header + 20, command.unlinks);
	note(host, &command);
	send_bytes(host, header, sizeof(header));
}

/* A header of the fuzzer's own, and as much behind it as it announces. */
static void send_any_header(struct host *host)
{
	static const uint8_t zeros[PAYLOAD_MOST];
	uint8_t header[USBIP_HEADER];
	struct usbip_frame frame = {.seqnum = 0};
	struct command command;

	feed_fill(&host->feed, header, sizeof(header));
	header[0] = header[1] = header[2] = 0;
	send_bytes(host, header, sizeof(header));
	if (usbip_read(header, &frame) != NULL || frame.follows > PAYLOAD_MOST) {
		host->muddled = true;
		return;
	}
	command = (struct command){
		.seqnum = frame.seqnum,
		.length = frame.length,
		.in = frame.in,
		.unlink = frame.command == USBIP_CMD_UNLINK,
		.unlinks = frame.unlink,
	};
	/* A request that goes the other way than its transfer, without data: its answer may have
	 * none. */
	note(host, &command);
	send_bytes(host, zeros, frame.follows);
}

static void send_any_bytes(struct host *host)
{
	uint8_t bytes[64];
	size_t length = feed_byte(&host->feed) % sizeof(bytes);

	feed_fill(&host->feed, bytes, length);
	send_bytes(host, bytes, length);
	host->muddled = true;
}

static void submit_any_request(struct host *host)
{
	uint8_t setup[8];
	uint8_t data[256];

	feed_fill(&host->feed, setup, sizeof(setup));
	setup[7] = 0;
	feed_fill(&host->feed, data, (setup[0] & 0x80) != 0 ? 0 : setup[6]);
	submit_control(host, setup, data);
}

/* The exchange before the import; its end gives the module a connection, or not. */
static void import(struct host *host)
{
	struct serve_guest guest = {.fd = -1};
	uint8_t request[USBIP_OP_IMPORT_SIZE] = {0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0, '1', '-', '1'};
	uint8_t reply[1024];
	uint8_t how = feed_byte(&host->feed);
	size_t length = sizeof(request);
	struct unit *unit = NULL;
	int ends[2];

	hold(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0, "there are sockets");
	guest.fd = ends[0];
	host->fd = ends[1];
	if (how == 1)
		request[3] = 0x05;
	if (how == 2)
		feed_fill(&host->feed, request + USBIP_OP_HEADER, USBIP_BUSID);
	if (how == 3)
		feed_fill(&host->feed, request, sizeof(request));
	if (how == 4)
		length = feed_byte(&host->feed) % sizeof(request);
	send_bytes(host, request, length);
	/* A header, its rest, and once more: for what is not there. */
	for (unsigned i = 0; i < 3 && guest.fd >= 0; i++)
		unit = serve_read(&guest, &host->unit, 1);
	hold(unit == NULL || (unit == &host->unit && guest.fd < 0), "an import takes the socket");
	hold(how > 0 || host->unit.link.fd >= 0, "an import as it should be succeeds");
	if (guest.fd >= 0)
		close(guest.fd);
	if (unit == NULL) {
		disconnect(host);
		return;
	}
	hold(recv(host->fd, reply, USBIP_OP_HEADER + USBIP_DEVICE, 0) ==
		     USBIP_OP_HEADER + USBIP_DEVICE,
	     "an import is answered");
}

/* A configured module. */
static void configure(struct host *host)
{
	static const uint8_t setup[8] = {0x00, 0x09, 0x01};

	submit_control(host, setup, NULL);
}

static void act(struct host *host)
{
	switch (feed_byte(&host->feed) % 16) {
	case 1:
		send_any_header(host);
		break;
	case 2:
		submit_any_request(host);
		break;
	case 3:
		submit_begin(host);
		break;
	case 4:
		submit_chunk(host);
		break;
	case 5:
		submit_commit(host);
		break;
	case 6:
		submit_unlink(host);
		break;
	case 7:
		submit_bulk(host);
		break;
	case 8:
		host->now += feed_number(&host->feed) % 60000000;
		break;
	case 9:
		send_any_bytes(host);
		break;
	case 10:
		configure(host);
		break;
	case 11:
		submit_vendor(host, UXM_WIRE_IN, UXM_WIRE_STATUS, NULL, UXM_WIRE_STATUS_SIZE);
		break;
	case 12:
		disconnect(host);
		break;
	case 13:
		submit_vendor(host, UXM_WIRE_OUT, UXM_WIRE_ABORT, NULL, 0);
		break;
	case 14:
		submit_vendor(host, UXM_WIRE_IN, UXM_WIRE_IDENTITY, NULL, feed_byte(&host->feed));
		break;
	case 15:
		/* The next one comes before the module gets to this one. */
		return;
	default:
		break;
	}
	turn(host);
	host->now += 1000;
}

static void make_options(struct host *host)
{
	char name[] = "uxm-module";
	char serve[] = "serve";
	char attach[] = "attach";
	char fault[] = "--fault";
	char silence[] = "silence@5000";
	uint8_t how = feed_byte(&host->feed);
	char *command = how & 0x80 ? attach : serve;
	char *plain[] = {name, command, NULL};
	char *faulty[] = {name, command, fault, silence, NULL};
	bool well = how % 8 != 7;
	struct uxm_failure why;

	hold(options_read(well ? 2 : 4, well ? plain : faulty, &host->options, &why),
	     "the options are some");
	host->options.device.largest_image = 100000;
	host->options.device.largest_chunk = UXM_WIRE_CHUNK_LEAST;
	host->options.bus = (enum pace_bus)(feed_byte(&host->feed) % 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	struct host *host = calloc(1, sizeof(*host));
	FILE *display = fopen("/dev/null", "we");
	struct uxm_failure why;

	hold(host != NULL && display != NULL, "there is memory");
	host->feed = (struct feed){.bytes = input, .left = length};
	host->fd = -1;
	host->now = 1000000;
	for (size_t i = 0; i < PAYLOAD; i++)
		host->payload[i] = (uint8_t)(i * 7 + (i >> 8));
	make_options(host);
	hold(unit_open(&host->unit, &host->options, 0, &why), "a module can be made");
	host->unit.display.to = display;
	for (unsigned i = 0; i < STEPS_MOST && host->feed.left > 0; i++) {
		bool parts = host->unit.place != UNIT_ON_BUS && host->unit.link.fd >= 0;

		while (host->unit.place != UNIT_ON_BUS &&
		       (!parts || feed_byte(&host->feed) % 16 == 1)) {
			parts = false;
			host->now += UINT64_C(10000000);
			turn(host);
		}
		if (host->fd < 0) {
			import(host);
			if (host->fd >= 0 && feed_byte(&host->feed) == 0)
				configure(host);
		}
		act(host);
	}
	turn(host);
	unit_close(&host->unit);
	disconnect(host);
	fclose(display);
	free(host);
	return 0;
}
