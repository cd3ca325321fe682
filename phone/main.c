/* uxmd: the program of the phone's side. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "phone/daemon.h"

#define HELP_MOST 4096

/* Descriptors that the caller closed must not become those of a socket or a file. */
static void open_standard_descriptors(void)
{
	for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
		if (fcntl(descriptor, F_GETFD) < 0)
			(void)open("/dev/null", O_RDWR);
	}
}

int main(int count, char **arguments)
{
	struct config config;
	struct uxm_failure why = {.result = UXM_UPDATED};
	enum uxm_result result = UXM_USAGE;
	char help[HELP_MOST];

	open_standard_descriptors();
	if (config_read(&config, count, arguments, CONFIG_FILE, &why)) {
		switch (config.verb) {
		case CONFIG_HELP:
			fputs(config_help(help, sizeof(help)), stdout);
			result = UXM_UPDATED;
			break;
		case CONFIG_VERSION:
			puts("uxmd " UXM_PROGRAM_VERSION);
			result = UXM_UPDATED;
			break;
		case CONFIG_RUN:
			result = daemon_run(&config, &why);
			break;
		}
	} else {
		result = why.result;
	}
	if (fflush(stdout) != 0 && result == UXM_UPDATED) {
		uxm_fail(&why, UXM_INTERNAL, "Standard output cannot be written to.");
		result = why.result;
	}
	if (result != UXM_UPDATED)
		fprintf(stderr, "uxmd: %s\n", why.text);
	return (int)result;
}
