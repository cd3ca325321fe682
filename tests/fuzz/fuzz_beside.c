/*
 * The file beside an image, as sha256sum writes it: the input is the file's text. What is taken for
 * a digest must stand there, for this image.
 */
#include <ctype.h>
#include <fcntl.h>
#include <unistd.h>

#include "fetch/beside.h"
#include "tests/fuzz/feed.h"

#define NAME "snomD7C-1.6.1-r.bin"

static char folder[] = "/tmp/fuzz-beside-XXXXXX";
static char image[64];
static char text[80];

/* As libFuzzer declares it. NOLINTNEXTLINE(readability-non-const-parameter) */
int LLVMFuzzerInitialize(int *count, char ***arguments);

static void clean(void)
{
	(void)unlink(text);
	(void)rmdir(folder);
}

/* NOLINTNEXTLINE(readability-non-const-parameter) */
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	(void)count;
	(void)arguments;
	hold(mkdtemp(folder) != NULL, "there is a folder");
	snprintf(image, sizeof(image), "%s/" NAME, folder);
	snprintf(text, sizeof(text), "%s" FETCH_BESIDE_SUFFIX, image);
	return atexit(clean);
}

static void write_text(const uint8_t *bytes, size_t length)
{
	int fd = open(text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	hold(fd >= 0 && write(fd, bytes, length) == (ssize_t)length, "the text can be written");
	close(fd);
}

/* The rule, said again: the digits, and the name where there is one. */
static void check_digest(const uint8_t *bytes, size_t length, const uint8_t digest[32])
{
	char digits[2 * FETCH_DIGEST_SIZE + 1];
	const uint8_t *end = memchr(bytes, '\n', length);
	size_t line = end != NULL ? (size_t)(end - bytes) : length;

	hold(line >= sizeof(digits) - 1, "there are as many digits as a digest has");
	for (size_t i = 0; i < FETCH_DIGEST_SIZE; i++)
		snprintf(digits + 2 * i, 3, "%02x", digest[i]);
	for (size_t i = 0; i < sizeof(digits) - 1; i++)
		hold(tolower(bytes[i]) == digits[i], "the digest is the one that stands there");
	while (line > sizeof(digits) - 1 && (bytes[line - 1] == ' ' || bytes[line - 1] == '\r'))
		line--;
	if (line == sizeof(digits) - 1)
		return;
	hold(line >= sizeof(digits) + 1 + strlen(NAME) &&
		     memcmp(bytes + line - strlen(NAME), NAME, strlen(NAME)) == 0,
	     "it is this image's");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	const struct fetch_beside_options options = {.deadlines = UXM_DEADLINES};
	struct fetch_beside *beside = NULL;
	struct uxm_failure why = {.result = UXM_UPDATED};
	uint8_t digest[FETCH_DIGEST_SIZE];
	uint8_t again[FETCH_DIGEST_SIZE];
	enum uxm_io io;

	write_text(input, length);
	hold(fetch_beside_new(image, &options, &beside, &why), "one can be made");
	io = fetch_beside_read(beside, digest, &why);
	hold(io == UXM_IO_OK || io == UXM_IO_FAILED, "a file needs no waiting for");
	hold(fetch_beside_read(beside, again, &why) == io, "asked again it says the same");
	if (io == UXM_IO_OK) {
		hold(length <= FETCH_BESIDE_MOST, "it is small");
		check_digest(input, length, digest);
	} else {
		hold(why.result == UXM_IMAGE_REFUSED, "what is no digest is refused");
		hold_sentence(why.text, sizeof(why.text));
	}
	fetch_beside_free(beside);
	return 0;
}
