/* uxm: the command. */
#include <stdio.h>
#include <string.h>

#include "command.h"

int main(int count, char **arguments)
{
	struct options options;
	struct uxm_failure why = {.result = UXM_UPDATED};
	enum uxm_result result = UXM_USAGE;

	if (count > 1 && strcmp(arguments[1], "image") == 0) {
		result = command_image(count, arguments, &why);
	} else if (options_read(count, arguments, &options, &why)) {
		switch (options.verb) {
		case OPTIONS_HELP:
			fputs(options_help(), stdout);
			return UXM_UPDATED;
		case OPTIONS_VERSION:
			puts("uxm " UXM_PROGRAM_VERSION);
			return UXM_UPDATED;
		case OPTIONS_LIST:
			result = command_list(&options, &why);
			break;
		case OPTIONS_UPDATE:
			result = command_update(&options, &why);
			break;
		}
	}
	if (result != UXM_UPDATED)
		fprintf(stderr, "uxm: %s\n", why.text);
	return (int)result;
}
