/* Keys out of files. */
#include "keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IS_PIPE (-2)

/* Reads up to `room` bytes; returns how many there were, -1 with errno set when it cannot, IS_PIPE
 * for a pipe, which might be waited for without end. */
static ssize_t read_text(const char *path, char *text, size_t room)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	size_t length = 0;
	ssize_t got = -1;
	int error;

	if (descriptor < 0)
		return -1;
	if (fstat(descriptor, &status) != 0 || S_ISFIFO(status.st_mode)) {
		close(descriptor);
		return IS_PIPE;
	}
	while (length < room) {
		got = read(descriptor, text + length, room - length);
		if (got > 0)
			length += (size_t)got;
		else if (got == 0 || errno != EINTR)
			break;
	}
	error = errno;
	close(descriptor);
	errno = error;
	return got < 0 ? -1 : (ssize_t)length;
}

/* Reads a file that holds a key's PEM, into room for one byte more than a key may have. */
static bool read_pem(const char *path, char pem[UXM_KEY_PEM_MOST + 1], size_t *length,
		     struct uxm_failure *why)
{
	ssize_t read = read_text(path, pem, UXM_KEY_PEM_MOST + 1);

	if (read == IS_PIPE) {
		uxm_fail(why, UXM_USAGE, "The key %s is a pipe; it has to be a file.", path);
		return false;
	}
	if (read < 0) {
		uxm_fail(why, UXM_USAGE, "The key %s cannot be read: %s.", path, strerror(errno));
		return false;
	}
	*length = (size_t)read;
	return true;
}

static bool add(struct uxm_keys *keys, const struct uxm_key *key, const char *path,
		struct uxm_failure *why)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (memcmp(keys->key[i].bytes, key->bytes, sizeof(key->bytes)) == 0)
			return true;
	}
	if (keys->count == UXM_KEYS_MOST) {
		uxm_fail(why, UXM_USAGE,
			 "%s would be one key too many: at most %d may be configured; remove those "
			 "that are no longer in use.",
			 path, UXM_KEYS_MOST);
		return false;
	}
	keys->key[keys->count++] = *key;
	return true;
}

bool keys_add_file(struct uxm_keys *keys, const char *path, struct uxm_failure *why)
{
	char pem[UXM_KEY_PEM_MOST + 1];
	struct uxm_key key;
	size_t length;
	bool read;

	if (!read_pem(path, pem, &length, why))
		return false;
	read = uxm_key_read(pem, length, &key);
	/* It may have been a private one. */
	explicit_bzero(pem, sizeof(pem));
	if (read)
		return add(keys, &key, path, why);
	uxm_fail(why, UXM_USAGE,
		 "%s is no Ed25519 key in PEM; 'openssl pkey -in PRIVATE.pem -pubout' writes one.",
		 path);
	return false;
}

static int is_key_name(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 4 &&
	       strcmp(entry->d_name + length - 4, ".pem") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_of_folder(struct uxm_keys *keys, const char *folder, const char *name,
			  struct uxm_failure *why)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path))
		return keys_add_file(keys, path, why);
	uxm_fail(why, UXM_USAGE, "The path of the key %s in %s is too long.", name, folder);
	return false;
}

bool keys_add_folder(struct uxm_keys *keys, const char *path, struct uxm_failure *why)
{
	struct dirent **found = NULL;
	bool added = true;
	int count = scandir(path, &found, is_key_name, by_name);

	if (count < 0 && errno == ENOENT)
		return true;
	if (count < 0) {
		uxm_fail(why, errno == ENOMEM ? UXM_INTERNAL : UXM_USAGE,
			 "The folder of keys %s cannot be read: %s.", path, strerror(errno));
		return false;
	}
	for (int i = 0; i < count; i++) {
		added = added && add_of_folder(keys, path, found[i]->d_name, why);
		free(found[i]);
	}
	free((void *)found);
	return added;
}

bool keys_read_private(const char *path, struct keys_private *key, struct uxm_failure *why)
{
	struct keys_private read = {.length = 0};
	char pem[UXM_KEY_PEM_MOST + 1];
	/* Signing tells a private key from a public one. */
	uint8_t trial[UXM_IMAGE_HEADER_LEAST] = {0};
	bool is_private = false;

	if (!read_pem(path, pem, &read.length, why))
		goto end;
	is_private = uxm_signature_make(pem, read.length, trial, sizeof(trial)) &&
		     uxm_key_read(pem, read.length, &read.public);
	if (!is_private) {
		uxm_fail(why, UXM_USAGE,
			 "%s is no Ed25519 private key in PEM; 'openssl genpkey -algorithm "
			 "ed25519' makes one.",
			 path);
		goto end;
	}
	memcpy(read.pem, pem, read.length);
	*key = read;
end:
	explicit_bzero(pem, sizeof(pem));
	explicit_bzero(&read, sizeof(read));
	return is_private;
}

void keys_forget(struct keys_private *key)
{
	explicit_bzero(key, sizeof(*key));
}

const char *keys_id_text(const uint8_t id[UXM_IMAGE_KEY_ID_SIZE], char text[KEYS_ID_TEXT])
{
	for (size_t i = 0; i < UXM_IMAGE_KEY_ID_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", id[i]);
	return text;
}
