/* uxm image: work on image files. */
#include <signal.h>
#include <stdio.h>

#include "command.h"
#include "image_verbs.h"

/* From here on a signal waits until what is unfinished has been removed. A hang-up that whoever
 * started this has it ignore, as nohup does, would not be ignored while it is blocked (signal(7)
 * leaves that open; Linux keeps it). */
static void block_signals(void)
{
	struct sigaction hang_up;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (sigaction(SIGHUP, NULL, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN)
		sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
}

enum uxm_result command_image(int count, char **arguments, struct uxm_failure *why)
{
	struct image_options options;
	bool done = false;

	if (!image_options_read(count, arguments, &options, why))
		return why->result;
	switch (options.verb) {
	case IMAGE_HELP:
		fputs(image_options_help(), stdout);
		done = true;
		break;
	case IMAGE_CREATE:
		block_signals();
		done = image_create(&options, why);
		break;
	case IMAGE_SHOW:
		done = image_show(&options, why);
		break;
	case IMAGE_VERIFY:
		done = image_verify(&options, why);
		break;
	case IMAGE_SIGN:
		block_signals();
		done = image_sign(&options, why);
		break;
	}
	return done ? UXM_UPDATED : why->result;
}
