/*
 * What the tests of phone/record.c stand on: a record, and the folder in which it is kept.
 */
#ifndef TESTS_PHONE_RECORD_SCENE_H
#define TESTS_PHONE_RECORD_SCENE_H

#include "folder.h"
#include "phone/record.h"

#define URL "http://s/snomD7C-1.6.1-r.bin"
#define NOW 1800000000

/* A fingerprint. */
#define PRINT 7u

/* One of each a program; each test has it new. */
extern struct folder folder;
extern struct record *record;
extern struct uxm_failure why;

/* Before and after each test. */
int record_make(void **state);
int record_unmake(void **state);

/* As after a restart. */
void record_again(void);

#endif
