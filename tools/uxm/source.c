/* Where an image comes from. */
#include "source.h"

#include <string.h>
#include <unistd.h>

#include "uxm/prepare.h"

bool source_name(const struct options *options, struct uxm_name *name, struct uxm_failure *why)
{
	const char *location = options->name != NULL ? options->name : options->source;
	char shown[FETCH_SHOWN_TEXT];

	if (uxm_name_parse(location, name))
		return true;
	uxm_fail(why, UXM_IMAGE_REFUSED, "%s is not named like an image; the file name must be %s.",
		 fetch_location_shown(location, shown), uxm_name_forms());
	return false;
}

bool source_url(const struct options *options, char url[FETCH_URL_TEXT],
		struct fetch_access *access, struct uxm_failure *why)
{
	const char *location = options->source;
	struct fetch_access asking = options->access;
	char assembled[FETCH_URL_TEXT];
	bool made = false;

	if (options->has_defaults) {
		if (!fetch_defaults_url(&options->defaults, location, assembled, &asking, why))
			goto done;
		location = assembled;
	}
	made = fetch_mac_put(location, options->mac, url, why) && fetch_url_check(url, why);
	if (made)
		*access = asking;
done:
	explicit_bzero(&asking, sizeof(asking));
	explicit_bzero(assembled, sizeof(assembled));
	return made;
}

static void again(void *self)
{
	struct source *source = self;

	uxm_known_again(&source->known, source->update);
}

static bool same(void *self, const uint8_t *bytes, size_t length)
{
	struct source *source = self;

	return uxm_known_same(&source->known, bytes, length);
}

static bool guards(void *self)
{
	const struct source *source = self;

	return uxm_update_knows_digest(source->update);
}

/* Tells what went wrong and is being tried again. */
static void tell_remarks(void *self)
{
	struct source *source = self;
	const char *remark;

	while ((remark = fetch_remark(source->fetch)) != NULL) {
		source->update->teller.progress.pause = fetch_pause(source->fetch);
		uxm_tell_note(&source->update->teller, "%s", remark);
		source->update->teller.progress.pause = 0;
	}
}

static bool is_somebody(const struct fetch_access *access)
{
	return access->user[0] != '\0' || access->password[0] != '\0' || access->account[0] != '\0';
}

static bool init_remote(struct source *source, const struct options *options,
			const struct uxm_deadlines *deadlines, struct uxm_failure *why)
{
	char url[FETCH_URL_TEXT];
	struct fetch_access access = {.user = ""};
	struct fetch_options fetch = {
		.url = url,
		.trust = options->trust,
		.deadlines = *deadlines,
		.witness = {.again = again, .same = same, .guards = guards, .self = source},
	};
	struct fetch_beside_options beside = {.trust = fetch.trust, .deadlines = fetch.deadlines};
	bool made = source_url(options, url, &access, why);

	if (is_somebody(&access)) {
		fetch.access = &access;
		beside.access = &access;
	}
	made = made &&
	       (!options->digest_beside || fetch_beside_new(url, &beside, &source->beside, why));
	made = made && fetch_new(&fetch, &source->fetch, why);
	explicit_bzero(&access, sizeof(access));
	explicit_bzero(url, sizeof(url));
	if (!made)
		return false;
	source->wait->fetch = source->fetch;
	source->wait->woke = tell_remarks;
	source->wait->self = source;
	source->image = fetch_image(source->fetch);
	return true;
}

/* What is passed over has come all the same: nobody has fallen silent. */
static void tell_passed(void *self)
{
	struct source *source = self;
	uint64_t passed = fetch_file_passed(source->file);

	if (passed == 0)
		return;
	source->update->send.server_bytes += passed;
	uxm_tell(&source->update->teller);
}

static bool init_local(struct source *source, const struct options *options,
		       struct uxm_failure *why)
{
	const struct fetch_beside_options none = {.access = NULL};
	const char *sender = options->job_upload != NULL ? "The uploaded file" : "Standard input";
	bool made;

	if (options->digest_beside &&
	    !fetch_beside_new(options->source, &none, &source->beside, why))
		return false;
	if (strcmp(options->source, "-") == 0)
		made = fetch_file_inherit(STDIN_FILENO, sender, options->size, 0, &source->file,
					  why);
	else
		made = fetch_file_new(options->source, 0, &source->file, why);
	if (!made)
		return false;
	source->wait->file = source->file;
	source->wait->woke = tell_passed;
	source->wait->self = source;
	source->image = fetch_file_image(source->file);
	/* Of a file in the file system all is there, and nobody is waited for. */
	source->image.sender = sender;
	return true;
}

bool source_init(struct source *source, const struct options *options,
		 const struct uxm_deadlines *deadlines, struct uxm_update *update,
		 struct wait *wait, struct uxm_failure *why)
{
	source->wait = wait;
	source->update = update;
	if (options_is_remote(options))
		return init_remote(source, options, deadlines, why);
	return init_local(source, options, why);
}

void source_release(struct source *source)
{
	fetch_beside_free(source->beside);
	fetch_free(source->fetch);
	fetch_file_free(source->file);
	uxm_known_release(&source->known);
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

	/* The small file has deadlines of its own. */
	if (source->beside != NULL && !source->has_digest)
		return false;
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
	return (struct uxm_image){
		.ops = &source_ops,
		.self = source,
		.sender = source->image.sender,
	};
}
