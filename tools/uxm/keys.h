/*
 * Keys out of files: the public ones that signatures are checked with, and the private one that
 * signs. What stands in the PEM is uxm/signature.h's to judge.
 */
#ifndef TOOLS_UXM_KEYS_H
#define TOOLS_UXM_KEYS_H

#include "uxm/signature.h"

/* Every *.pem in it is a configured key (IMAGE.md, "What decides"). */
#define KEYS_FOLDER "/etc/uxm/keys.d"

/* A private key. */
struct keys_private {
	char pem[UXM_KEY_PEM_MOST];
	size_t length;         /* bytes of `pem` */
	struct uxm_key public; /* its other half */
};

/*
 * Adds the public half of the key in the file `path`, a public or a private one. A key that is
 * there already is not added twice. Returns true, or false with *why (UXM_USAGE): the file cannot
 * be read, is no Ed25519 key in PEM, or there are UXM_KEYS_MOST keys already.
 */
bool keys_add_file(struct uxm_keys *keys, const char *path, struct uxm_failure *why);

/*
 * Adds the keys of all files in the folder `path` whose names end in ".pem" and do not begin with
 * '.', in the order of their names. A folder that does not exist holds no key. Returns true, or
 * false with *why: UXM_USAGE for a folder that cannot be read and for any file as keys_add_file
 * says; UXM_INTERNAL for want of memory.
 */
bool keys_add_folder(struct uxm_keys *keys, const char *path, struct uxm_failure *why);

/*
 * Reads the private key in the file `path`. Returns true, or false with *why (UXM_USAGE): the file
 * cannot be read, or is no Ed25519 private key in PEM. *key is set only with true; keys_forget is
 * due then.
 */
bool keys_read_private(const char *path, struct keys_private *key, struct uxm_failure *why);

/* Overwrites it. */
void keys_forget(struct keys_private *key);

/* Room for a key id's text, and the text: 16 hexadecimal digits. Returns `text`. */
#define KEYS_ID_TEXT (2 * UXM_IMAGE_KEY_ID_SIZE + 1)
const char *keys_id_text(const uint8_t id[UXM_IMAGE_KEY_ID_SIZE], char text[KEYS_ID_TEXT]);

#endif
