/* The one loop, over epoll(7). */
#include "phone/loop.h"

#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* So many events are taken at once; what more is ready comes with the next turn. */
#define EVENTS_MOST 32

struct loop {
	int epoll;
	bool ended;
	struct loop_timer *timers; /* the earliest first */
	uint64_t turn;             /* timers up to this are called in this turn; 0 outside */
	int (*look)(void *self);
	void *look_self;
	/* Events that were taken and not yet handed out: a watch that ends is struck out. */
	struct epoll_event events[EVENTS_MOST];
	int count;
};

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return NULL;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll >= 0)
		return loop;
	free(loop);
	return NULL;
}

void loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	close(loop->epoll);
	free(loop);
}

uint64_t loop_now(const struct loop *loop)
{
	struct timespec now;

	(void)loop;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool loop_watch(struct loop *loop, struct loop_watch *watch, int descriptor, uint32_t events,
		void (*ready)(void *self, uint32_t events), void *self)
{
	struct epoll_event event = {.events = events, .data = {.ptr = watch}};
	int how = watch->loop != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (epoll_ctl(loop->epoll, how, descriptor, &event) != 0)
		return false;
	watch->loop = loop;
	watch->descriptor = descriptor;
	watch->ready = ready;
	watch->self = self;
	return true;
}

void loop_unwatch(struct loop_watch *watch)
{
	struct loop *loop = watch->loop;

	if (loop == NULL)
		return;
	(void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->descriptor, NULL);
	for (int i = 0; i < loop->count; i++) {
		if (loop->events[i].data.ptr == watch)
			loop->events[i].data.ptr = NULL;
	}
	watch->loop = NULL;
}

void loop_at(struct loop *loop, struct loop_timer *timer, uint64_t at, void (*due)(void *self),
	     void *self)
{
	struct loop_timer **place = &loop->timers;

	loop_cancel(timer);
	/* A timer that sets itself to now must not keep the loop in its turn for ever. */
	timer->at = at > loop->turn ? at : loop->turn + 1;
	timer->due = due;
	timer->self = self;
	timer->loop = loop;
	while (*place != NULL && (*place)->at <= timer->at)
		place = &(*place)->next;
	timer->next = *place;
	*place = timer;
}

void loop_cancel(struct loop_timer *timer)
{
	struct loop_timer **place;

	if (timer->loop == NULL)
		return;
	place = &timer->loop->timers;
	while (*place != timer)
		place = &(*place)->next;
	*place = timer->next;
	timer->loop = NULL;
}

void loop_before_sleep(struct loop *loop, int (*look)(void *self), void *self)
{
	loop->look = look;
	loop->look_self = self;
}

/* Milliseconds until something is due, -1 for never. */
static int time_left(const struct loop *loop)
{
	int left = loop->look != NULL ? loop->look(loop->look_self) : -1;
	uint64_t now = loop_now(loop);
	uint64_t until;

	/* The look may have ended it, or set timers. */
	if (loop->ended)
		return 0;
	if (loop->timers == NULL)
		return left;
	until = loop->timers->at > now ? loop->timers->at - now : 0;
	if (until > INT_MAX)
		until = INT_MAX;
	return left < 0 || (uint64_t)left > until ? (int)until : left;
}

static void call_timers(struct loop *loop)
{
	loop->turn = loop_now(loop);
	while (loop->timers != NULL && loop->timers->at <= loop->turn && !loop->ended) {
		struct loop_timer *timer = loop->timers;

		loop->timers = timer->next;
		timer->loop = NULL;
		timer->due(timer->self);
	}
	loop->turn = 0;
}

void loop_run(struct loop *loop)
{
	while (!loop->ended) {
		int wait = time_left(loop);
		int count = epoll_wait(loop->epoll, loop->events, EVENTS_MOST, wait);

		loop->count = count > 0 ? count : 0;
		for (int i = 0; i < loop->count && !loop->ended; i++) {
			struct loop_watch *watch = loop->events[i].data.ptr;

			if (watch != NULL)
				watch->ready(watch->self, loop->events[i].events);
		}
		loop->count = 0;
		call_timers(loop);
	}
	loop->ended = false;
}

void loop_end(struct loop *loop)
{
	loop->ended = true;
}
