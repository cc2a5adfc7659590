// Signals that are told to a loop: a handler counts each and rings an eventfd, which needs nothing
// of the loop but that it looks at its descriptors.
#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <signal.h>
#include <stdatomic.h>

enum { numbers = 65 };

static struct {
  // The descriptor and one more; 0 for nobody's.
  atomic_int bell;
  atomic_int count;
  struct sigaction former;
} watched[numbers];

static void note(int number) {
  int code = clinux_errno();
  atomic_fetch_add(&watched[number].count, 1);
  int bell = atomic_load(&watched[number].bell);
  if (bell != 0)
    clinux_ring(bell - 1);
  clinux_restore_errno(code);
}

int clinux_watch_signal(int number, int bell) {
  if (number <= 0 || number >= numbers)
    return -1;
  atomic_store(&watched[number].count, 0);
  atomic_store(&watched[number].bell, bell + 1);
  struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
  sigfillset(&action.sa_mask);
  struct sigaction former;
  if (sigaction(number, &action, &former) != 0)
    return -1;
  if (former.sa_handler != note)
    watched[number].former = former;
  return 0;
}

int clinux_take_signals(int number) {
  return number <= 0 || number >= numbers ? 0 : atomic_exchange(&watched[number].count, 0);
}

void clinux_unwatch_signal(int number, int bell) {
  if (number <= 0 || number >= numbers || atomic_load(&watched[number].bell) != bell + 1)
    return;
  sigaction(number, &watched[number].former, NULL);
  atomic_store(&watched[number].bell, 0);
}
