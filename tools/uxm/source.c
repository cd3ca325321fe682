/* Where an image comes from. */
#include "source.h"

#include <string.h>
#include <unistd.h>

static bool is_url(const char *location)
{
	return strstr(location, "://") != NULL;
}

bool source_name(const struct options *options, struct uxm_name *name, struct uxm_failure *why)
{
	const char *location = options->name != NULL ? options->name : options->source;
	char shown[FETCH_SHOWN_TEXT];

	if (uxm_name_parse(location, name))
		return true;
	uxm_fail(why, UXM_IMAGE_REFUSED, "%s is not named like an image; the file name must be %s.",
		 is_url(location) ? fetch_url_shown(location, shown) : location, uxm_name_forms());
	return false;
}

bool source_init(struct source *source, const struct options *options, struct wait *wait,
		 struct uxm_failure *why)
{
	const struct fetch_options fetch = {.url = options->source,
					    .trust = {.ca_file = options->ca_file},
					    .deadlines = UXM_DEADLINES};
	const struct fetch_beside_options beside = {.trust = fetch.trust,
						    .deadlines = fetch.deadlines};
	bool made;

	source->wait = wait;
	if (options->digest_beside &&
	    !fetch_beside_new(options->source, &beside, &source->beside, why))
		return false;
	if (is_url(options->source)) {
		if (!fetch_new(&fetch, &source->fetch, why))
			return false;
		wait->fetch = source->fetch;
		source->image = fetch_image(source->fetch);
		return true;
	}
	if (strcmp(options->source, "-") == 0)
		made = fetch_file_inherit(STDIN_FILENO, "standard input", options->size, 0,
					  &source->file, why);
	else
		made = fetch_file_new(options->source, 0, &source->file, why);
	if (!made)
		return false;
	wait->file = source->file;
	source->image = fetch_file_image(source->file);
	return true;
}

void source_release(struct source *source)
{
	fetch_beside_free(source->beside);
	fetch_free(source->fetch);
	fetch_file_free(source->file);
}

/* The small file first: it decides whether the large one is wanted. */
static enum uxm_io open_image(void *self, uint64_t *size, struct uxm_failure *why)
{
	struct source *source = self;

	if (source->beside != NULL && !source->has_digest) {
		enum uxm_io io = fetch_beside_read(source->beside, source->digest, why);

		source->wait->small =
			io == UXM_IO_AGAIN ? fetch_beside_small(source->beside) : NULL;
		if (io != UXM_IO_OK)
			return io;
		source->has_digest = true;
	}
	return source->image.ops->open(source->image.self, size, why);
}

static enum uxm_io read_image(void *self, uint8_t *buffer, size_t room, size_t *got,
			      struct uxm_failure *why)
{
	const struct source *source = self;

	return source->image.ops->read(source->image.self, buffer, room, got, why);
}

static enum uxm_io seek_image(void *self, uint64_t offset, struct uxm_failure *why)
{
	const struct source *source = self;

	return source->image.ops->seek(source->image.self, offset, why);
}

static bool digest_of_image(void *self, uint8_t digest[32])
{
	const struct source *source = self;

	if (!source->has_digest)
		return source->image.ops->digest(source->image.self, digest);
	memcpy(digest, source->digest, sizeof(source->digest));
	return true;
}

static bool image_owes(void *self)
{
	const struct source *source = self;

	return source->image.ops->owes(source->image.self);
}

static const struct uxm_image_ops source_ops = {
	.open = open_image,
	.read = read_image,
	.seek = seek_image,
	.digest = digest_of_image,
	.owes = image_owes,
};

struct uxm_image source_image(struct source *source)
{
	return (struct uxm_image){.ops = &source_ops, .self = source};
}
