/*
 * An empty folder for a test, and the files in it.
 */
#ifndef TESTS_PHONE_FOLDER_H
#define TESTS_PHONE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#define FOLDER_TEXT 128

struct folder {
	char path[FOLDER_TEXT];
	char at[2 * FOLDER_TEXT]; /* of folder_at */
};

/* Makes it; the test fails where it cannot. */
void folder_make(struct folder *folder);
/* Removes it with all that is in it. */
void folder_remove(struct folder *folder);

/* The path of a file in it, until the next call. */
const char *folder_at(struct folder *folder, const char *name);
/* Writes a file, with mode 0600. */
void folder_put(struct folder *folder, const char *name, const char *text);
/* A program of the shell; returns its path, until the next folder_at. */
const char *folder_put_script(struct folder *folder, const char *name, const char *text);
/* What is in a file, to be freed; NULL: there is no such file. */
char *folder_get(struct folder *folder, const char *name);
/* Whether there is such a file, with exactly this in it. */
bool folder_holds(struct folder *folder, const char *name, const char *text);
/* How many files are in it. */
size_t folder_count(const struct folder *folder);

#endif
