/* What can be known to be wrong with trust and access before a server is asked. */
#include "fetch/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIN_BEGINNING "sha256//"
/* 32 bytes in base64: 43 characters and one '='. */
#define PIN_DIGITS    43

static bool is_readable(const char *path)
{
	char byte;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool readable = descriptor >= 0 && read(descriptor, &byte, 1) >= 0;
	int error = errno;

	if (descriptor >= 0)
		close(descriptor);
	errno = error;
	return readable;
}

/* Of these libcurl would say nothing, but that no server is signed by them. A file that is not
 * there it notices itself. */
static bool has_authorities(const struct fetch_trust *trust, struct uxm_failure *why)
{
	struct stat status;
	DIR *folder;

	if (trust->ca_file != NULL && stat(trust->ca_file, &status) == 0 &&
	    S_ISREG(status.st_mode) && status.st_size == 0) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The file of trusted authorities '%s' is empty; check its name.",
			 trust->ca_file);
		return false;
	}
	if (trust->ca_directory == NULL)
		return true;
	folder = opendir(trust->ca_directory);
	if (folder == NULL) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The folder of trusted authorities '%s' cannot be read: %s; check its "
			 "name and who may read it.",
			 trust->ca_directory, strerror(errno));
		return false;
	}
	closedir(folder);
	return true;
}

/* The first of the files that is a pipe; NULL where none is. libcurl would wait for somebody to
 * write into it, for ever. */
static const char *find_pipe(const struct fetch_trust *trust)
{
	const char *const paths[] = {trust->netrc, trust->ca_file, trust->certificate, trust->key};
	struct stat status;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (paths[i] != NULL && stat(paths[i], &status) == 0 && S_ISFIFO(status.st_mode))
			return paths[i];
	}
	return NULL;
}

/* Anything else libcurl would take for the name of a file that holds the key. */
bool fetch_trust_is_pin(const char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (;;) {
		if (strncmp(text, PIN_BEGINNING, strlen(PIN_BEGINNING)) != 0)
			return false;
		text += strlen(PIN_BEGINNING);
		if (strspn(text, digits) != PIN_DIGITS || text[PIN_DIGITS] != '=')
			return false;
		text += PIN_DIGITS + 1;
		if (text[0] == '\0')
			return true;
		if (text[0] != ';')
			return false;
		text++;
	}
}

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	}
	return false;
}

bool fetch_trust_check(const struct fetch_trust *trust, const struct fetch_access *access,
		       struct uxm_failure *why)
{
	const char *pipe = find_pipe(trust);

	if (pipe != NULL) {
		uxm_fail(why, UXM_USAGE,
			 "'%s' is a pipe; certificates, keys and netrc are read from files.", pipe);
		return false;
	}
	if (trust->netrc != NULL && !is_readable(trust->netrc)) {
		uxm_fail(why, UXM_USAGE,
			 "The netrc file '%s' cannot be read: %s; check its name and who may "
			 "read it.",
			 trust->netrc, strerror(errno));
		return false;
	}
	if ((trust->certificate == NULL) != (trust->key == NULL)) {
		uxm_fail(why, UXM_USAGE,
			 "A client's certificate and its private key are needed together; the "
			 "%s is missing.",
			 trust->key == NULL ? "key" : "certificate");
		return false;
	}
	if (trust->pin != NULL && !fetch_trust_is_pin(trust->pin)) {
		uxm_fail(why, UXM_USAGE,
			 "'%s' is no pin: it has to be \"" PIN_BEGINNING
			 "\" and the SHA-256 of a public key in base64.",
			 trust->pin);
		return false;
	}
	if (trust->user_agent != NULL && has_control(trust->user_agent)) {
		uxm_fail(why, UXM_USAGE,
			 "The user agent holds a control character, such as a line end; leave it "
			 "out.");
		return false;
	}
	if (access != NULL && (has_control(access->user) || has_control(access->password) ||
			       has_control(access->account))) {
		uxm_fail(why, UXM_USAGE,
			 "User, password or account holds a control character, such as a line "
			 "end; leave it out.");
		return false;
	}
	return has_authorities(trust, why);
}
