#ifndef BATON_CLINUX_COUNTER_H
#define BATON_CLINUX_COUNTER_H
// eventfds: counters that ring.

// --- memory.c: those of this process

/// eventfd(2) with EFD_CLOEXEC | EFD_NONBLOCK.
int clinux_create_counter(void);
/// Adds one to an eventfd. Never fails: a full counter is as loud as it can be.
void clinux_ring(int counter);
/// Sets an eventfd back to zero. Never fails.
void clinux_unring(int counter);

// --- counter.c: those that another process holds as well

/// Adds one to an eventfd and never waits, whatever O_NONBLOCK says: another process that holds it
/// may change that at any time. A full counter, and what is no eventfd, stay as they are.
void clinux_ring_shared(int counter);
/// Sets an eventfd back to zero and never waits; 8, or -1 and errno.
int clinux_take_shared(int counter);

#endif
