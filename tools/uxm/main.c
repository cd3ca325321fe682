/* uxm: the command. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "json.h"

/* Descriptors that the caller closed must not become those of a socket or signal. */
static void open_standard_descriptors(void)
{
	for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
		if (fcntl(descriptor, F_GETFD) < 0)
			(void)open("/dev/null", O_RDWR);
	}
}

int main(int count, char **arguments)
{
	struct options options;
	struct uxm_failure why = {.result = UXM_UPDATED};
	enum uxm_result result = UXM_USAGE;

	open_standard_descriptors();
	/* A reader that went away is no reason to end without a word, nor to leave a module half
	 * done. */
	signal(SIGPIPE, SIG_IGN);
	if (count > 1 && strcmp(arguments[1], "image") == 0) {
		result = command_image(count, arguments, &why);
	} else if (options_read(count, arguments, &options, &why)) {
		switch (options.verb) {
		case OPTIONS_HELP:
			fputs(options_help(), stdout);
			result = UXM_UPDATED;
			break;
		case OPTIONS_VERSION:
			puts("uxm " UXM_PROGRAM_VERSION);
			result = UXM_UPDATED;
			break;
		case OPTIONS_LIST:
			result = command_list(&options, &why);
			break;
		case OPTIONS_UPDATE:
			result = command_update(&options, &why);
			break;
		case OPTIONS_CHECK:
			result = command_check(&options, &why);
			break;
		}
	}
	if ((fflush(stdout) != 0 || ferror(stdout) || !json_printed()) && result == UXM_UPDATED) {
		uxm_fail(&why, UXM_INTERNAL, "Standard output cannot be written to.");
		result = why.result;
	}
	if (result != UXM_UPDATED)
		fprintf(stderr, "uxm: %s\n", why.text);
	return (int)result;
}
