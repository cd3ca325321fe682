/* The rules. */
#include "uxm/decide.h"

#include <string.h>

bool uxm_decide_name(const struct uxm_name *name, const struct uxm_identity *module,
		     struct uxm_failure *why)
{
	if (strcmp(name->model, module->model) == 0)
		return true;
	uxm_fail(why, UXM_IMAGE_REFUSED,
		 "%s is an image for a %s, but the module is a %s; choose an image for a %s.",
		 name->file, name->model, module->model, module->model);
	return false;
}

bool uxm_decide_size(const struct uxm_name *name, uint64_t size, const struct uxm_identity *module,
		     struct uxm_failure *why)
{
	if (size <= module->largest_image)
		return true;
	uxm_fail(why, UXM_IMAGE_REFUSED,
		 "%s has %llu bytes, but the module holds at most %llu; choose another image.",
		 name->file, (unsigned long long)size, (unsigned long long)module->largest_image);
	return false;
}
