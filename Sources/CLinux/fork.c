// A word that children of fork(2) do not inherit: a page of its own that the kernel clears.
#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <sys/mman.h>
#include <unistd.h>

static size_t page(void) { return (size_t)sysconf(_SC_PAGESIZE); }

uintptr_t *clinux_create_own_word(void) {
  void *word =
      mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (word == MAP_FAILED)
    return NULL;
  if (madvise(word, page(), MADV_WIPEONFORK) == 0)
    return word;
  int error = clinux_errno();
  munmap(word, page());
  clinux_restore_errno(error);
  return NULL;
}

void clinux_free_own_word(uintptr_t *word) { munmap(word, page()); }
