/*
 * What must hold of a provisioning file that was read, or refused, whatever it is.
 */
#ifndef TESTS_FUZZ_PROVISIONED_H
#define TESTS_FUZZ_PROVISIONED_H

#include "phone/provision.h"

/* Reads it and looks at what came of that. */
void hold_provisioned(enum provision_kind kind, const char *text, size_t length);

#endif
