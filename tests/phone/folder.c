/* Folders of tests. */
#include "folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cmocka.h"

void folder_make(struct folder *folder)
{
	const char *root = getenv("TMPDIR");

	snprintf(folder->path, sizeof(folder->path), "%s/uxm-phone-XXXXXX",
		 root != NULL ? root : "/tmp");
	assert_non_null(mkdtemp(folder->path));
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where)
{
	(void)about;
	(void)type;
	(void)where;
	return remove(path);
}

void folder_remove(struct folder *folder)
{
	assert_int_equal(nftw(folder->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

const char *folder_at(struct folder *folder, const char *name)
{
	snprintf(folder->at, sizeof(folder->at), "%s/%s", folder->path, name);
	return folder->at;
}

static void put(const char *path, const char *text, mode_t mode)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
	assert_int_equal(close(descriptor), 0);
}

void folder_put(struct folder *folder, const char *name, const char *text)
{
	put(folder_at(folder, name), text, 0600);
}

const char *folder_put_script(struct folder *folder, const char *name, const char *text)
{
	char whole[8192];
	const char *path = folder_at(folder, name);

	snprintf(whole, sizeof(whole), "#!/bin/sh\n%s\n", text);
	put(path, whole, 0700);
	return path;
}

char *folder_get(struct folder *folder, const char *name)
{
	FILE *file = fopen(folder_at(folder, name), "re");
	size_t room = 1u << 21;
	char *text;

	if (file == NULL)
		return NULL;
	text = malloc(room);
	assert_non_null(text);
	text[fread(text, 1, room - 1, file)] = '\0';
	fclose(file);
	return text;
}

bool folder_holds(struct folder *folder, const char *name, const char *text)
{
	char *held = folder_get(folder, name);
	bool same = held != NULL && strcmp(held, text) == 0;

	if (held != NULL && !same)
		print_error("%s holds: %s\n", name, held);
	free(held);
	return same;
}

size_t folder_count(const struct folder *folder)
{
	DIR *open_folder = opendir(folder->path);
	size_t count = 0;

	assert_non_null(open_folder);
	for (const struct dirent *one = readdir(open_folder); one != NULL;
	     one = readdir(open_folder))
		count += one->d_name[0] != '.' ? 1 : 0;
	closedir(open_folder);
	return count;
}
