/*
 * A loop and a folder, new for each test, and time that passes.
 */
#ifndef TESTS_PHONE_TURNS_H
#define TESTS_PHONE_TURNS_H

#include "folder.h"
#include "phone/loop.h"

extern struct folder folder;
extern struct loop *loop;

int turns_make(void **state);
int turns_release(void **state);

/* The loop runs for so long, or until a callback ends it. */
void turns_run_for(unsigned milliseconds);

#endif
