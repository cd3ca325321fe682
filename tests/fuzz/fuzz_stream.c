/*
 * The whole update, with usb/ under it, against a module, a bus, an image and a clock that do what
 * the fuzzer's bytes say. Whatever that is: it ends, nothing stays behind, and what is said is
 * true.
 */
#include "tests/fuzz/hostile.h"
#include "uxm/update.h"

#define PAYLOAD_MOST 40000u

/* The image: its first bytes decide how it comes. */
struct source {
	struct feed *feed;
	uint8_t bytes[UXM_IMAGE_HEADER_LEAST + PAYLOAD_MOST];
	size_t size;
	size_t at;
	bool names_digest;
	uint8_t digest[UXM_WIRE_DIGEST_SIZE];
};

/* Everything of one run. */
struct run {
	struct feed feed;
	struct hostile hostile;
	struct source source;
	struct uxm_update update;
	uint64_t accepted; /* as it was told last */
};

static enum uxm_io source_open(void *self, uint64_t *size, struct uxm_failure *why)
{
	struct source *source = self;
	uint8_t how = feed_byte(source->feed);

	if (how == 1)
		return UXM_IO_AGAIN;
	if (how == 2) {
		uxm_fail(why, UXM_FETCH_FAILED, "There is no image.");
		return UXM_IO_FAILED;
	}
	source->at = 0;
	*size = source->size;
	return UXM_IO_OK;
}

static enum uxm_io source_read(void *self, uint8_t *buffer, size_t room, size_t *got,
			       struct uxm_failure *why)
{
	struct source *source = self;
	uint8_t how = feed_byte(source->feed);
	size_t left = source->size - source->at;

	hold(room > 0, "there is room where something is read");
	if (how == 1)
		return UXM_IO_AGAIN;
	if (how == 2) {
		uxm_fail(why, UXM_FETCH_FAILED, "The image broke off.");
		return UXM_IO_FAILED;
	}
	if (left == 0 || how == 3)
		return UXM_IO_END;
	*got = left < room ? left : room;
	if (how == 4)
		*got = 1 + feed_number(source->feed) % *got;
	memcpy(buffer, source->bytes + source->at, *got);
	source->at += *got;
	return UXM_IO_OK;
}

static enum uxm_io source_seek(void *self, uint64_t offset, struct uxm_failure *why)
{
	struct source *source = self;

	hold(offset <= source->size, "what is sought is within the image");
	if (feed_byte(source->feed) == 1) {
		uxm_fail(why, UXM_FETCH_FAILED, "The image cannot be read from there.");
		return UXM_IO_FAILED;
	}
	source->at = (size_t)offset;
	return UXM_IO_OK;
}

static bool source_digest(void *self, uint8_t digest[32])
{
	struct source *source = self;

	if (source->names_digest)
		memcpy(digest, source->digest, sizeof(source->digest));
	return source->names_digest;
}

static bool source_owes(void *self)
{
	struct source *source = self;

	return feed_byte(source->feed) != 1;
}

static const struct uxm_image_ops source_ops = {
	.open = source_open,
	.read = source_read,
	.seek = source_seek,
	.digest = source_digest,
	.owes = source_owes,
};

static uint64_t clock_now(void *self)
{
	struct hostile *hostile = self;

	return hostile->now;
}

static enum uxm_stop clock_wait(void *self, uint64_t until)
{
	struct hostile *hostile = self;

	hostile_turn(hostile, until);
	return hostile->stop;
}

static const struct uxm_clock_ops clock_ops = {.now = clock_now, .wait = clock_wait};

static void tell(void *self, const struct uxm_progress *progress)
{
	struct run *run = self;

	hold(progress->accepted >= run->accepted, "progress never goes backwards");
	hold(progress->size == 0 || progress->accepted <= progress->size, "it ends at the whole");
	hold(progress->step < UXM_STEPS && progress->percent <= 100, "it is possible");
	if (progress->note != NULL)
		hold_sentence(progress->note, UXM_SENTENCE);
	run->accepted = progress->accepted;
}

/* An image with or without a header. */
static void make_image(struct run *run, bool with_header, size_t size)
{
	struct source *source = &run->source;
	size_t start = with_header ? UXM_IMAGE_HEADER_LEAST : 0;
	uint8_t *payload = source->bytes + start;

	for (size_t i = 0; i < size; i++)
		payload[i] = (uint8_t)(i * 7 + (i >> 8));
	source->size = start + size;
	run->hostile.payload = payload;
	run->hostile.size = size;
	if (with_header) {
		struct uxm_image_header header = {
			.size = UXM_IMAGE_HEADER_LEAST,
			.model = "D7C",
			.version = run->hostile.version,
			.highest_hardware = UINT16_MAX,
			.payload_size = size,
		};

		gnutls_hash_fast(GNUTLS_DIG_SHA256, payload, size, header.payload_digest);
		uxm_image_write(&header, source->bytes);
	}
	gnutls_hash_fast(GNUTLS_DIG_SHA256, source->bytes, source->size, source->digest);
}

static void make_order(struct run *run, struct uxm_order *order)
{
	uint8_t how = feed_byte(&run->feed);
	size_t size = 10000;

	*order = (struct uxm_order){.deadlines = UXM_DEADLINES};
	hold(uxm_name_parse("snomD7C-1.6.1-r.bin", &order->name), "the name is one");
	order->allow_older = (how & 0x01) != 0;
	order->override = (how & 0x02) != 0;
	order->if_needed = (how & 0x04) != 0;
	order->wants_digest = (how & 0x40) != 0;
	order->has_digest = (how & 0x40) != 0;
	if ((how & 0x20) != 0)
		size = 1 + feed_number(&run->feed) % PAYLOAD_MOST;
	run->hostile.version = order->name.version;
	make_image(run, (how & 0x08) != 0, size);
	memcpy(order->digest, run->source.digest, sizeof(order->digest));
	run->source.names_digest = (how & 0x10) != 0;
	/* A wrong one. */
	if ((how & 0x80) != 0)
		run->source.digest[0] ^= 1;
}

static void check_result(const struct run *run, enum uxm_result result,
			 const struct uxm_failure *why)
{
	const struct uxm_update *update = &run->update;
	const struct hostile *hostile = &run->hostile;
	const struct uxm_found *before = &update->found;
	const struct uxm_found *after = &update->returned;

	hold((unsigned)result <= UXM_NOT_PERMITTED && result == why->result &&
		     strcmp(uxm_result_name(result), "unknown") != 0,
	     "the result is one of those documented");
	hold(result != UXM_INTERNAL || strstr(why->text, "without a reason") == NULL,
	     "no failure is without a reason");
	hold_sentence(why->text, sizeof(why->text));
	hold(hostile->opened < 0 && !hostile->claimed, "the module is closed");
	for (size_t i = 0; i < HOSTILE_URBS; i++)
		hold(!hostile->urbs[i].queued, "no transfer is under way");
	if (result != UXM_UPDATED)
		return;
	hold(hostile->says_identity &&
		     uxm_version_compare(&hostile->said.running, &update->order.name.version) == 0,
	     "'updated' is said when the module said that version");
	hold(update->order.if_needed || hostile->committed, "and after a commit");
	if (!hostile->committed)
		return;
	hold(before->serial[0] != '\0'
		     ? strcmp(before->serial, after->serial) == 0
		     : strcmp(before->candidate.port_path, after->candidate.port_path) == 0,
	     "by the same module");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	struct run *run = calloc(1, sizeof(*run));
	struct uxm_failure why = {.result = UXM_UPDATED};
	struct usb_module *module = NULL;
	struct uxm_order order;

	hold(run != NULL, "there is memory");
	run->feed = (struct feed){.bytes = input, .left = length};
	hostile_init(&run->hostile, &run->feed);
	run->source.feed = &run->feed;
	make_order(run, &order);
	module = usb_module_over(&hostile_bus_ops, &run->hostile, NULL, 0);
	hold(module != NULL &&
		     uxm_update_init(&run->update, &order,
				     (struct uxm_module){.ops = &usb_module_ops, .self = module},
				     (struct uxm_image){.ops = &source_ops, .self = &run->source},
				     (struct uxm_clock){.ops = &clock_ops, .self = &run->hostile},
				     (struct uxm_watch){.tell = tell, .self = run}, &why),
	     "an update can be prepared");
	check_result(run, uxm_update_run(&run->update, &why), &why);
	/* A run in which nothing goes wrong: the target itself must be able to get there. */
	hold(length > 0 || why.result == UXM_UPDATED, "without decisions it is updated");
	uxm_update_release(&run->update);
	usb_module_free(module);
	free(run);
	return 0;
}
