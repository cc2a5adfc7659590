#ifndef BATON_CLINUX_FORK_H
#define BATON_CLINUX_FORK_H
// A word that children of fork(2) do not inherit.

#include <stdint.h>

/// A word that is 0, and is 0 again in every child of fork(2), whatever its parent has written
/// (MADV_WIPEONFORK, Linux 4.14); NULL and errno.
uintptr_t *clinux_create_own_word(void);
void clinux_free_own_word(uintptr_t *word);

/// The word, which any thread may read while one writes it.
static inline uintptr_t clinux_own_word(const uintptr_t *word) {
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}
static inline void clinux_set_own_word(uintptr_t *word, uintptr_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

#endif
