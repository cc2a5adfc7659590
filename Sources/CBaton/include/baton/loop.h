/* libbaton: loops, and what a host watches on them. Include <baton.h>. */
#ifndef BATON_LOOP_H
#define BATON_LOOP_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;

/* Turns for one thread; everything else is made on a loop. */
typedef struct baton_loop baton_loop;
/* Watches a descriptor of the host's. */
typedef struct baton_watch baton_watch;
/* Fires once at a time. */
typedef struct baton_timer baton_timer;
/* The way into a loop for other threads. */
typedef struct baton_mailbox baton_mailbox;

/* What a watch waits for and reports. */
enum { BATON_READ = 1, BATON_WRITE = 2 };

/* A loop of the library's own, for the calling thread. Refused when there is no descriptor left. */
int baton_loop_create(baton_loop **loop, baton_refusal *why);

/* A loop on the host's event_base (libevent 2.1), for the calling thread, which drives the base as
 * it did before. The base stays the host's, and has to outlive the loop. Without locks on the base
 * (evthread_use_pthreads) no other thread may touch it. A host that drives the base by hand without
 * waiting needs EVLOOP_ONCE | EVLOOP_NONBLOCK. */
int baton_loop_create_on(struct event_base *base, baton_loop **loop, baton_refusal *why);

/* Ends a loop. Misuse inside a callback, and while anything that was made on it is left. */
int baton_loop_destroy(baton_loop *loop);

/* From now on the calling thread is the loop's. No other thread may be using the loop. It is the
 * one function that is no misuse on another thread; misuse inside a callback. */
int baton_loop_move_here(baton_loop *loop);

/* Runs until baton_loop_stop, or until nothing is watched. For a loop of the library's own; misuse
 * inside a callback and on a host's base. */
int baton_loop_run(baton_loop *loop);

/* Runs one round; with `waits` it waits until something happens, else it only does what is ready
 * now. Answers 1, or 0 when nothing was called (without `waits`) or nothing is watched (with it).
 * Misuse as for baton_loop_run. */
int baton_loop_turn(baton_loop *loop, int waits);

/* Ends baton_loop_run after this round; called before it, the next one ends at once. Legal inside
 * callbacks. */
int baton_loop_stop(baton_loop *loop);

/* A descriptor for hosts with an epoll or poll loop of their own: ready for reading whenever
 * baton_loop_turn(loop, 0) has something to do, a timer that is due included. It is made when first
 * asked for, stays the loop's, and is always the same one. Refused when there is no descriptor
 * left; misuse on a host's base. */
int baton_loop_descriptor(baton_loop *loop, int *descriptor, baton_refusal *why);

/* CLOCK_MONOTONIC in nanoseconds, which timers count by; 0 for misuse. */
uint64_t baton_loop_now(baton_loop *loop);

/* What a watch calls: `what` of BATON_READ and BATON_WRITE is ready. It may destroy any watch,
 * timer and mailbox, its own too, and call everything but baton_loop_run, _turn and _destroy. */
typedef void (*baton_ready_fn)(unsigned what, void *context);

/* Watches a descriptor, level-triggered, until destroyed; destroy it before the descriptor is
 * closed. `what` is one or both of the bits. Misuse for what epoll(7) takes not: a regular
 * file, a directory, /dev/null, which are always ready. */
int baton_watch_create(baton_loop *loop, int descriptor, unsigned what, baton_ready_fn ready,
                       void *context, baton_watch **watch);
int baton_watch_destroy(baton_watch *watch);
/* Stops watching until resumed; what became ready meanwhile is told then. Twice is as good as
 * once. */
int baton_watch_suspend(baton_watch *watch);
int baton_watch_resume(baton_watch *watch);

/* What timers and mailboxes call; may do what a baton_ready_fn may. */
typedef void (*baton_fn)(void *context);

/* A timer that is not armed. */
int baton_timer_create(baton_loop *loop, baton_fn fire, void *context, baton_timer **timer);
int baton_timer_destroy(baton_timer *timer);
/* Arms it, or moves it, to so many nanoseconds from now. It fires once and never early. */
int baton_timer_arm(baton_timer *timer, uint64_t nanoseconds);
/* Disarms it; legal when it is not armed. */
int baton_timer_disarm(baton_timer *timer);

/* Opens a mailbox. Refused when there is no descriptor left. */
int baton_mailbox_create(baton_loop *loop, baton_mailbox **mailbox, baton_refusal *why);
/* Closes it, on the loop's thread; no other thread may be posting. What was posted before is still
 * run while the loop turns. */
int baton_mailbox_destroy(baton_mailbox *mailbox);
/* Has `work` called on the loop's thread, in the order of posting, at most 256 in a round. Any
 * thread, and inside callbacks. The context has to live until `work` is called, or the loop has
 * been destroyed without that. */
int baton_mailbox_post(baton_mailbox *mailbox, baton_fn work, void *context);

#ifdef __cplusplus
}
#endif

#endif
