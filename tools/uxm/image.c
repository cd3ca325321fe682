/* uxm image: work on image files. */
#include <stdio.h>

#include "command.h"
#include "image_verbs.h"
#include "wait.h"

enum uxm_result command_image(int count, char **arguments, struct uxm_failure *why)
{
	struct image_options options;
	sigset_t signals;
	bool done = false;

	if (!image_options_read(count, arguments, &options, why))
		return why->result;
	switch (options.verb) {
	case IMAGE_HELP:
		fputs(image_options_help(), stdout);
		done = true;
		break;
	case IMAGE_CREATE:
		/* A signal waits until what is unfinished has been removed. */
		wait_block_signals(&signals);
		done = image_create(&options, why);
		break;
	case IMAGE_SHOW:
		done = image_show(&options, why);
		break;
	case IMAGE_VERIFY:
		done = image_verify(&options, why);
		break;
	case IMAGE_SIGN:
		/* A signal waits until what is unfinished has been removed. */
		wait_block_signals(&signals);
		done = image_sign(&options, why);
		break;
	}
	return done ? UXM_UPDATED : why->result;
}
