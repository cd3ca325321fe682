/*
 * The one loop of uxmd: descriptors, timers and signals, in one thread, over epoll.
 */
#ifndef PHONE_LOOP_H
#define PHONE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop;

/* A descriptor that is watched; the owner's memory, zeroed before the first use. */
struct loop_watch {
	struct loop *loop; /* NULL: not watched */
	int descriptor;
	/* `events` of epoll_ctl(2) that came. May end the watch, and free its memory afterwards. */
	void (*ready)(void *self, uint32_t events);
	void *self;
};

/* A timer; the owner's memory, zeroed before the first use. */
struct loop_timer {
	struct loop *loop; /* NULL: not set */
	uint64_t at;       /* milliseconds of loop_now */
	void (*due)(void *self);
	void *self;
	struct loop_timer *next;
};

/* NULL without memory or descriptors. What is still watched or set when it is freed is forgotten.
 */
struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* Milliseconds of a clock that only goes forward (CLOCK_MONOTONIC). */
uint64_t loop_now(const struct loop *loop);

/*
 * Watches `descriptor` (not closed by it) for `events` (EPOLLIN, EPOLLOUT, ...). A watch that is
 * watched already, on the same descriptor, takes the new events and callback. Returns whether it
 * could; else nothing changed.
 */
bool loop_watch(struct loop *loop, struct loop_watch *watch, int descriptor, uint32_t events,
		void (*ready)(void *self, uint32_t events), void *self);
/* Harmless on what is not watched. Safe from within any callback. */
void loop_unwatch(struct loop_watch *watch);

/* Sets, or sets anew, a timer. `due` is called once. One that is set from within a callback comes
 * after all others had their turn, however early `at` is. */
void loop_at(struct loop *loop, struct loop_timer *timer, uint64_t at, void (*due)(void *self),
	     void *self);
/* Harmless on what is not set. Safe from within any callback. */
void loop_cancel(struct loop_timer *timer);

/* Whoever has to look before each sleep (libmicrohttpd's own time limits): returns the milliseconds
 * until it wants to be called again, -1 for never. One at most. */
void loop_before_sleep(struct loop *loop, int (*look)(void *self), void *self);

/* Runs until loop_end, which may be called before too. Sleeps as long as nothing is due: no
 * periodic wake-up of its own. */
void loop_run(struct loop *loop);
void loop_end(struct loop *loop);

#endif
