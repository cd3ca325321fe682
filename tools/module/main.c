/*
 * uxm-module: a virtual USB expansion module, so that the update is tried on a real kernel's USB
 * without hardware.
 */
#include <stdio.h>
#include <sys/prctl.h>

#include "tools/module/front.h"

/*
 * From top to bottom:
 *   main, options        the command line
 *   front, order         the loop; orders from standard input
 *   unit, display        one module on or off the bus; its screen
 *   vhci, serve          how it gets onto a bus: the local kernel's, or a USB/IP host's
 *   link, urb, usbip     the connection: frames, pending transfers, bulk bytes at the bus's pace
 *   endpoint0, descriptor, pace   what USB itself prescribes
 *   device ...           the model (library uxm_device); store keeps its flash
 */

/* How late a sleep may end, in nanoseconds: a fraction of a microframe. */
#define TIMER_SLACK 10000ul

int main(int argc, char *argv[])
{
	struct options options;
	struct uxm_failure why;

	if (!options_read(argc, argv, &options, &why))
		goto fail;
	if (options.command == OPTIONS_HELP) {
		options_help(stdout);
		return UXM_UPDATED;
	}
	(void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK);
	if (!front_run(&options, &why))
		goto fail;
	return UXM_UPDATED;
fail:
	fprintf(stderr, "%s\n", why.text);
	return why.result == UXM_USAGE ? UXM_USAGE : UXM_INTERNAL;
}
