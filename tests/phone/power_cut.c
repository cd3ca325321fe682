/*
 * Ends a program as a power cut does, when it writes something down for good: preloaded into uxmd.
 * POWER_CUT counts the moments: 1 is just before the first rename or removal of a file, 2 just
 * after it, 3 before the second, and so on; without it nothing happens.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned long moments;

/* Whatever the program starts has power. */
__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("POWER_CUT");

	moments = text != NULL ? strtoul(text, NULL, 10) : 0;
	unsetenv("LD_PRELOAD");
}

static void pass(void)
{
	if (moments == 1)
		(void)kill(getpid(), SIGKILL);
	if (moments > 0)
		moments--;
}

/* The system's own names of arguments are reserved.
 * NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int rename(const char *from, const char *to)
{
	int done;

	pass();
	done = renameat(AT_FDCWD, from, AT_FDCWD, to);
	pass();
	return done;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int unlink(const char *path)
{
	int done;

	pass();
	done = unlinkat(AT_FDCWD, path, 0);
	pass();
	return done;
}
