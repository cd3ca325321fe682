/*
 * The commands. Each returns the result, which is the exit code, and says what there is to say.
 */
#ifndef TOOLS_UXM_COMMAND_H
#define TOOLS_UXM_COMMAND_H

#include "options.h"

enum uxm_result command_list(const struct options *options, struct uxm_failure *why);
enum uxm_result command_update(const struct options *options, struct uxm_failure *why);
enum uxm_result command_check(const struct options *options, struct uxm_failure *why);
/* Reads its own command line, of which arguments[1] is "image". */
enum uxm_result command_image(int count, char **arguments, struct uxm_failure *why);

#endif
