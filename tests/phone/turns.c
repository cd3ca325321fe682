/* A loop and a folder for each test. */
#include "turns.h"

#include <string.h>

#include "tests/cmocka.h"

struct folder folder;
struct loop *loop;
static struct loop_timer timer;

int turns_make(void **state)
{
	(void)state;
	folder_make(&folder);
	memset(&timer, 0, sizeof(timer));
	loop = loop_new();
	return loop == NULL;
}

int turns_release(void **state)
{
	(void)state;
	loop_cancel(&timer);
	loop_free(loop);
	folder_remove(&folder);
	return 0;
}

static void on_due(void *self)
{
	(void)self;
	loop_end(loop);
}

void turns_run_for(unsigned milliseconds)
{
	loop_at(loop, &timer, loop_now(loop) + milliseconds, on_due, NULL);
	loop_run(loop);
}
