/* Connections, and bodies on their way. What the server says is answer.c's. */
#include "tests/simulation/network.h"

#include <string.h>

#include "tests/simulation/answer.h"
#include "tests/simulation/draw.h"

/* What lies in the sockets at most while nobody reads, in bytes. */
#define WINDOW       (64u * 1024u)
/* curl's limit (uxm/deadline.h, connect), in microseconds. */
#define CONNECT_MOST UINT64_C(30000000)

const char *network_what_name(enum network_what what)
{
	static const char *const names[NETWORK_WHATS] = {
		"refused",       "unreachable",    "no-host",       "connect-timeout",
		"tls",           "no-answer",      "no-memory",     "mute",
		"status",        "later",          "redirect",      "redirects",
		"no-length",     "two-lengths",    "encoded",       "chunked",
		"empty",         "tells-more",     "tells-less",    "range-first",
		"range-last",    "range-complete", "range-unnamed", "range-ignored",
		"range-refused", "range-other",    "other-part",    "changed",
		"wrong-digest",  "reset",          "close",         "stall",
		"pause",         "trickle",        "more",          "corrupt",
	};

	return names[what];
}

void network_init(struct network *network, struct desk *desk, const struct served *files)
{
	memset(network, 0, sizeof(*network));
	network->desk = desk;
	network->files = files;
	network->due = UINT64_MAX;
	memset(network->block, 0xA5, FETCH_BLOCK);
}

void network_start(struct network *network, const struct network_options *options,
		   const struct network_fault *faults, size_t count)
{
	network->options = *options;
	network->fault_count = count;
	memcpy(network->faults, faults, count * sizeof(*faults));
	memset(network->fired, 0, sizeof(network->fired));
	network->starts = 0;
	network->failures = 0;
	network->met = false;
	network->fired_early = false;
	network->sent_other = false;
	network_hang_up(network);
	network->stopped_at = UINT64_MAX;
	owed_begin(&network->owed, desk_waited_for_side(network->desk));
}

void network_hang_up(struct network *network)
{
	network->phase = NETWORK_IDLE;
	network->due = UINT64_MAX;
	network->held = false;
}

/* So long the host has waited for the server; in a new session it begins anew. */
static uint64_t waited(struct network *network)
{
	unsigned sessions = desk_sessions(network->desk);

	if (sessions != network->sessions)
		owed_leave(&network->owed);
	network->sessions = sessions;
	return desk_waited_for_side(network->desk);
}

/* Whether it is the fault's time. */
static bool is_due(const struct network *network, size_t fault)
{
	const struct network_fault *is = &network->faults[fault];

	return network->fired[fault] < is->times && network->starts >= is->from_start &&
	       desk_calls_away(network->desk) >= is->from_call;
}

const struct network_fault *network_fires(struct network *network, enum network_what what)
{
	for (size_t i = 0; i < network->fault_count; i++) {
		const struct network_fault *fault = &network->faults[i];

		if (fault->what != what || !is_due(network, i))
			continue;
		network->fired[i]++;
		network->fired_early = network->fired_early || !network->met;
		desk_trace(network->desk, "  the network: %s", network_what_name(what));
		return fault;
	}
	return NULL;
}

/* How connecting ends: with FETCH_RUNNING well. */
static enum fetch_end connection(struct network *network)
{
	static const struct {
		enum network_what what;
		enum fetch_end end;
	} ends[] = {
		{NETWORK_REFUSED, FETCH_CONNECTION_REFUSED},
		{NETWORK_UNREACHABLE, FETCH_UNREACHABLE},
		{NETWORK_NO_HOST, FETCH_NO_HOST},
		{NETWORK_CONNECT_TIMEOUT, FETCH_CONNECT_TIMEOUT},
		{NETWORK_TLS, FETCH_TLS},
		{NETWORK_NO_ANSWER, FETCH_NO_ANSWER},
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (network_fires(network, ends[i].what) != NULL)
			return ends[i].end;
	}
	return FETCH_RUNNING;
}

/* The host wants another part than before. */
static void ask_anew(struct network *network)
{
	owed_leave(&network->owed);
	if (network->stopped)
		network->failures--;
	else if (network->failures > NETWORK_ATTEMPTS)
		network->failures = 0;
}

static enum fetch_end transfer_start(void *self, const struct fetch_request *request,
				     const struct fetch_receiver *receiver)
{
	struct network *network = self;

	desk_call_away(network->desk, "start");
	network->starts++;
	if (network_fires(network, NETWORK_NO_MEMORY) != NULL)
		return FETCH_NO_MEMORY;
	/* After a failure there is a pause. */
	if (desk_now(network->desk) == network->stopped_at)
		ask_anew(network);
	owed_ask(&network->owed, waited(network));
	network->receiver = *receiver;
	network->held = false;
	answer_prepare(network, request);
	desk_trace(network->desk, "  asked for %s from %llu on, if-range '%s'", request->url,
		   (unsigned long long)request->from, request->if_range);
	network->end = connection(network);
	network->phase = NETWORK_CONNECTING;
	network->due = desk_now(network->desk) + network->options.connect_time;
	if (network->end == FETCH_CONNECT_TIMEOUT)
		network->due = desk_now(network->desk) + CONNECT_MOST;
	return FETCH_RUNNING;
}

static enum fetch_end finish(struct network *network, enum fetch_end end,
			     struct fetch_outcome *outcome)
{
	const struct fetch_response *response = &network->headers.response;
	bool failed = end != FETCH_COMPLETE && end != FETCH_STOPPED;

	/* A part of the body; anything but a redirect that was not wanted. */
	if (end == FETCH_COMPLETE)
		failed = network->at < network->stop || network->at < network->said;
	if (end == FETCH_STOPPED)
		failed = response->status < 300 || response->status >= 400;
	owed_end(&network->owed, waited(network), failed);
	network->failures += failed ? 1 : 0;
	network_hang_up(network);
	outcome->end = end;
	outcome->detail[0] = '\0';
	desk_trace(network->desk, "  the transfer has ended (%u)", (unsigned)end);
	return end;
}

static void connected(struct network *network)
{
	if (network->end == FETCH_RUNNING)
		owed_connect(&network->owed, waited(network));
	if (network->end == FETCH_RUNNING || network->end == FETCH_NO_ANSWER)
		network->receiver.ops->connected(network->receiver.self);
	network->phase = network->end == FETCH_RUNNING ? NETWORK_ANSWERING : NETWORK_ENDING;
	network->due = desk_now(network->desk) + network->options.latency;
	if (network->end == FETCH_RUNNING && network_fires(network, NETWORK_MUTE) != NULL) {
		network->phase = NETWORK_STUCK;
		network->due = UINT64_MAX;
	}
}

/* Returns whether the body is wanted. */
static bool answered(struct network *network)
{
	uint64_t expected = 0;

	answer_make(network);
	network->said = network->at + network->headers.response.length;
	owed_answer(&network->owed, waited(network), network->at, network->from);
	if (!network->receiver.ops->response(network->receiver.self, &network->headers.response,
					     &expected))
		return false;
	network->phase = NETWORK_SENDING;
	network->rate = network->options.rate;
	network->piece = network->options.piece;
	network->end = FETCH_COMPLETE;
	return true;
}

/* What befalls the body at the byte where it is. Returns whether nothing did that ends it. */
static bool body_fault(struct network *network, const struct network_fault *fault)
{
	switch (fault->what) {
	case NETWORK_RESET:
	case NETWORK_CLOSE:
		network->end = fault->what == NETWORK_RESET ? FETCH_RESET : FETCH_COMPLETE;
		network->phase = NETWORK_ENDING;
		return false;
	case NETWORK_STALL:
		network->phase = NETWORK_STUCK;
		network->due = UINT64_MAX;
		return false;
	case NETWORK_PAUSE:
		network->due += fault->amount;
		return false;
	case NETWORK_TRICKLE:
		network->piece = 1;
		network->rate = fault->amount == 0 ? 1 : 1000000 / fault->amount + 1;
		return true;
	case NETWORK_MORE:
		network->extra = 1 + fault->amount;
		return true;
	default:
		return true;
	}
}

/* The next fault of the body from `at` on: those at it happen, others bound the next piece. False:
 * the body does not go on now. */
static bool body_faults(struct network *network, size_t *length)
{
	for (size_t i = 0; i < network->fault_count; i++) {
		const struct network_fault *fault = &network->faults[i];

		if (fault->what < NETWORK_RESET || fault->what == NETWORK_CORRUPT ||
		    !is_due(network, i))
			continue;
		if (fault->at > network->at) {
			if (fault->at - network->at < *length)
				*length = (size_t)(fault->at - network->at);
			continue;
		}
		(void)network_fires(network, fault->what);
		if (!body_fault(network, fault))
			return false;
		if (*length > network->piece)
			*length = network->piece;
	}
	return true;
}

/* Changes a byte of the piece, where one is to be changed; returns by which fault. */
static const struct network_fault *corrupt(const struct network *network, uint8_t *piece,
					   size_t length)
{
	for (size_t i = 0; i < network->fault_count; i++) {
		const struct network_fault *fault = &network->faults[i];

		if (fault->what != NETWORK_CORRUPT || !is_due(network, i) ||
		    fault->at >= network->at + length)
			continue;
		piece[fault->at > network->at ? fault->at - network->at : 0] ^= 0x20;
		return fault;
	}
	return NULL;
}

static enum fetch_take send_piece(struct network *network, size_t length)
{
	const struct network_fault *corrupts;
	uint8_t *piece = network->block + FETCH_BLOCK;
	uint64_t room = network->file->size - length;
	uint64_t at = network->at - network->shift;
	enum fetch_take take;

	memcpy(piece, network->bytes + (at < room ? at : room), length);
	corrupts = corrupt(network, piece, length);
	take = network->receiver.ops->body(network->receiver.self, piece, length);
	network->met = network->met || take == FETCH_TAKEN;
	if (take == FETCH_TAKEN)
		owed_receive(&network->owed, waited(network), network->at, length);
	if (take != FETCH_FULL && corrupts != NULL)
		(void)network_fires(network, NETWORK_CORRUPT);
	return take;
}

static void schedule(struct network *network, size_t length)
{
	uint64_t now = desk_now(network->desk);
	uint64_t most = network->rate == 0 ? 0 : WINDOW * UINT64_C(1000000) / network->rate;

	if (network->due + most < now)
		network->due = now - most;
	if (network->rate != 0)
		network->due += length * UINT64_C(1000000) / network->rate;
}

/* What has arrived by now. */
static enum fetch_take send(struct network *network)
{
	while (network->phase == NETWORK_SENDING && network->due <= desk_now(network->desk)) {
		uint64_t left = network->stop + network->extra - network->at;
		size_t length = left < network->piece ? (size_t)left : network->piece;
		enum fetch_take take;

		if (!body_faults(network, &length))
			break;
		if (network->at == network->stop + network->extra) {
			network->phase = NETWORK_ENDING;
			network->due += network->options.latency;
			break;
		}
		if (length == 0)
			continue;
		/* What is too much comes late. */
		if (network->at == network->told) {
			network->told = UINT64_MAX;
			network->due += network->options.latency;
			continue;
		}
		if (network->at < network->told && network->told - network->at < length)
			length = (size_t)(network->told - network->at);
		if (length > network->file->size)
			length = (size_t)network->file->size;
		take = send_piece(network, length);
		network->held = take == FETCH_FULL;
		if (take != FETCH_TAKEN)
			return take;
		network->at += length;
		schedule(network, length);
	}
	return FETCH_TAKEN;
}

static enum fetch_end transfer_perform(void *self, struct fetch_outcome *outcome)
{
	struct network *network = self;

	desk_call_away(network->desk, "perform");
	network->held = false;
	while (network->due <= desk_now(network->desk)) {
		switch (network->phase) {
		case NETWORK_CONNECTING:
			connected(network);
			break;
		case NETWORK_ANSWERING:
			if (!answered(network))
				return finish(network, FETCH_STOPPED, outcome);
			break;
		case NETWORK_SENDING:
			if (send(network) == FETCH_ENOUGH)
				return finish(network, FETCH_STOPPED, outcome);
			if (network->held)
				return FETCH_RUNNING;
			break;
		case NETWORK_ENDING:
			return finish(network, network->end, outcome);
		case NETWORK_IDLE:
		case NETWORK_STUCK:
			return FETCH_RUNNING;
		}
	}
	return FETCH_RUNNING;
}

static void transfer_stop(void *self)
{
	struct network *network = self;

	desk_call_away(network->desk, "stop");
	network->stopped_at = desk_now(network->desk);
	network->stopped = network->phase != NETWORK_IDLE;
	if (network->stopped)
		owed_end(&network->owed, waited(network), true);
	network->failures += network->stopped ? 1 : 0;
	network_hang_up(network);
}

uint64_t network_due(const struct network *network)
{
	return network->held ? UINT64_MAX : network->due;
}

struct fetch_transfer network_transfer(struct network *network)
{
	static const struct fetch_transfer_ops ops = {
		.start = transfer_start,
		.perform = transfer_perform,
		.stop = transfer_stop,
	};

	return (struct fetch_transfer){.ops = &ops, .self = network};
}
