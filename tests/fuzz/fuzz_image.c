/*
 * Header, decision, file name and version out of one input: a byte that says what is allowed, the
 * file's name up to a zero byte, the file's bytes. Beside crashes it looks for answers that cannot
 * be true.
 */
#include "tests/fuzz/feed.h"
#include "uxm/decide.h"

/* The first byte. */
#define ALLOW_OVERRIDE 0x01
#define ALLOW_OLDER    0x02
#define CONFIGURE_KEY  0x04
#define MODULE_DEMANDS 0x08

/* The public half of fixtures/keys/test-release-private.pem. */
static const struct uxm_keys release = {
	.count = 1,
	.key = {{
		.bytes = {0x3F, 0x56, 0x7D, 0xC5, 0x53, 0x27, 0x19, 0xED, 0x20, 0xE6, 0xC9,
			  0xAB, 0xE7, 0xA1, 0xF5, 0x6F, 0x5D, 0x54, 0x26, 0x8E, 0xE2, 0xC9,
			  0x50, 0x31, 0xE2, 0x83, 0x5B, 0x4E, 0xF1, 0xF9, 0xDD, 0x43},
		.id = {0x4F, 0x0E, 0x89, 0x31, 0x3D, 0x06, 0x46, 0x7D},
	}},
};
static const struct uxm_keys none = {.count = 0};

static bool same_version(const struct uxm_version *a, const struct uxm_version *b)
{
	return uxm_version_compare(a, b) == 0;
}

static void try_version(const char *text)
{
	struct uxm_version read;
	struct uxm_version again;
	char written[UXM_VERSION_TEXT];

	if (!uxm_version_parse(text, strlen(text), &read))
		return;
	uxm_version_text(&read, written);
	hold(uxm_version_parse(written, strlen(written), &again) && same_version(&read, &again),
	     "a version reads as it is written");
}

static bool try_name(const char *location, struct uxm_name *name)
{
	char made[UXM_NAME_TEXT];
	struct uxm_name again;

	if (!uxm_name_parse(location, name))
		return false;
	hold(strlen(name->file) < UXM_NAME_TEXT && strpbrk(name->file, "/ \n\033") == NULL,
	     "a name is a file's name");
	hold(uxm_name_make(name->model, &name->version, made) && uxm_name_parse(made, &again) &&
		     strcmp(again.model, name->model) == 0 &&
		     same_version(&again.version, &name->version),
	     "a name that was made says the same");
	return true;
}

static void check_sentence(const struct uxm_failure *why)
{
	hold(why->result == UXM_IMAGE_REFUSED, "an image is refused and nothing else");
	hold(why->text[0] != '\0' && strpbrk(why->text, "\n\033") == NULL, "it is one sentence");
}

static void try_header(const uint8_t *head, size_t length, uint64_t file_size)
{
	struct uxm_image_header header;
	struct uxm_image_header again;
	uint8_t written[UXM_IMAGE_HEADER_LEAST];
	struct uxm_failure why;

	if (!uxm_image_read(head, length, file_size, "snomD7C-1.6.1-r.bin", &header, &why)) {
		check_sentence(&why);
		return;
	}
	hold(header.size >= UXM_IMAGE_HEADER_LEAST && header.size <= UXM_IMAGE_HEADER_MOST &&
		     header.size <= length,
	     "the header's size is possible");
	hold(header.payload_size > 0 && header.size + header.payload_size == file_size,
	     "header and payload are the file");
	uxm_image_write(&header, written);
	hold(uxm_image_read(written, sizeof(written), sizeof(written) + header.payload_size, "x",
			    &again, &why),
	     "what is written is read");
	hold(strcmp(again.model, header.model) == 0 &&
		     same_version(&again.version, &header.version) &&
		     same_version(&again.oldest_over, &header.oldest_over) &&
		     again.lowest_hardware == header.lowest_hardware &&
		     again.highest_hardware == header.highest_hardware &&
		     memcmp(again.payload_digest, header.payload_digest, UXM_WIRE_DIGEST_SIZE) == 0,
	     "it is read as it was written");
}

/* Of an image that passed: no rule says otherwise. */
static void check_verdict(const struct uxm_offer *offer, const struct uxm_identity *module,
			  const struct uxm_verdict *verdict)
{
	const struct uxm_image_header *header = &verdict->header;
	bool wants_signature =
		offer->keys->count > 0 || (module->flags & UXM_WIRE_FLAG_SIGNATURE) != 0;

	hold(strcmp(offer->name->model, module->model) == 0, "the name's model is the module's");
	hold(!wants_signature || (verdict->has_header && header->is_signed), "it is signed");
	hold(offer->keys->count == 0 || uxm_signature_check(offer->head, header->size, offer->keys),
	     "the signature is valid");
	hold(verdict->payload_size <= module->largest_image, "the module holds it");
	hold(!verdict->overridden || offer->override, "an override was asked for");
	hold(!verdict->older || offer->allow_older, "going back was asked for");
	hold((verdict->note[0] != '\0') == (verdict->overridden || verdict->older),
	     "what was allowed is said, and nothing else");
	if (!verdict->has_header) {
		hold(verdict->payload_size == offer->file_size, "all of it is payload");
		return;
	}
	hold(strcmp(header->model, module->model) == 0, "the header's model is the module's");
	hold(same_version(&header->version, &offer->name->version), "name and header agree");
	hold(verdict->overridden || (module->hardware_level >= header->lowest_hardware &&
				     module->hardware_level <= header->highest_hardware),
	     "the hardware fits");
	hold(uxm_version_compare(&header->oldest_over, &module->running) <= 0,
	     "it may be installed over what runs");
}

static void try_decision(const struct uxm_offer *offer, uint8_t allowed)
{
	const struct uxm_identity module = {
		.model = "D7C",
		.running = {{1, 5, 3, 0}},
		.oldest = {{1, 0, 0, 0}},
		.hardware_level = 2,
		.flags = (allowed & MODULE_DEMANDS) != 0 ? UXM_WIRE_FLAG_SIGNATURE : 0,
		.largest_image = 1500,
	};
	struct uxm_verdict verdict;
	struct uxm_failure why;

	if (uxm_decide(offer, &module, &verdict, &why))
		check_verdict(offer, &module, &verdict);
	else
		check_sentence(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	const uint8_t *end = length > 1 ? memchr(input + 1, 0, length - 1) : NULL;
	const char *location = (const char *)input + 1;
	struct uxm_offer offer = {.keys = &none};
	struct uxm_name name;
	uint8_t *head;

	if (end == NULL)
		return 0;
	offer.file_size = length - (size_t)(end + 1 - input);
	offer.head_length = offer.file_size < UXM_IMAGE_HEADER_MOST ? (size_t)offer.file_size
								    : UXM_IMAGE_HEADER_MOST;
	/* A copy of just this size, so that reading behind it is seen. */
	head = malloc(offer.head_length > 0 ? offer.head_length : 1);
	if (head == NULL)
		return 0;
	memcpy(head, end + 1, offer.head_length);
	offer.head = head;
	offer.override = (input[0] & ALLOW_OVERRIDE) != 0;
	offer.allow_older = (input[0] & ALLOW_OLDER) != 0;
	if ((input[0] & CONFIGURE_KEY) != 0)
		offer.keys = &release;
	try_version(location);
	try_header(offer.head, offer.head_length, offer.file_size);
	if (try_name(location, &name)) {
		offer.name = &name;
		try_decision(&offer, input[0]);
	}
	free(head);
	return 0;
}
