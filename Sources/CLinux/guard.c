// Mappings of files that somebody else can shorten. A page behind the end of its file is SIGBUS to
// who touches it: here the whole mapping becomes memory of its own, of zeros, and is marked as
// lost, and the process goes on.
#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

enum { slots = 1 << 15 };

static struct {
  atomic_uintptr_t start;
  atomic_size_t length;
  atomic_int lost;
} guarded[slots];

// No slot behind it was ever used.
static atomic_int used;

// Whether this process outlives what is guarded.
static atomic_int survives;

static void end_of_file(int number, siginfo_t *info, void *context) {
  (void)context;
  int code = clinux_errno();
  uintptr_t address = (uintptr_t)info->si_addr;
  int count = atomic_load(&used);
  for (int slot = 0; slot < count; slot++) {
    uintptr_t start = atomic_load(&guarded[slot].start);
    size_t length = atomic_load(&guarded[slot].length);
    if (start == 0 || address < start || address - start >= length)
      continue;
    void *mapped = mmap((void *)start, length, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED)
      break;
    atomic_store(&guarded[slot].lost, 1);
    clinux_restore_errno(code);
    return;
  }
  // Nobody's: as if nobody had asked.
  signal(number, SIG_DFL);
  clinux_restore_errno(code);
}

int clinux_survive_shrinking(void) {
  struct sigaction action = {.sa_sigaction = end_of_file, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGBUS, &action, NULL) != 0)
    return -1;
  atomic_store(&survives, 1);
  return 0;
}

int clinux_guard(void *address, size_t length) {
  if (!atomic_load(&survives))
    return -1;
  for (int slot = 0; slot < slots; slot++) {
    size_t free = 0;
    if (!atomic_compare_exchange_strong(&guarded[slot].length, &free, length))
      continue;
    atomic_store(&guarded[slot].lost, 0);
    atomic_store(&guarded[slot].start, (uintptr_t)address);
    int count = atomic_load(&used);
    while (count <= slot && !atomic_compare_exchange_weak(&used, &count, slot + 1)) {
    }
    return slot;
  }
  return -1;
}

int clinux_is_lost(int slot) {
  return slot >= 0 && slot < slots ? atomic_load(&guarded[slot].lost) : 0;
}

void clinux_unguard(int slot) {
  if (slot < 0 || slot >= slots)
    return;
  atomic_store(&guarded[slot].start, 0);
  atomic_store(&guarded[slot].length, 0);
}
