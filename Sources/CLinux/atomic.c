#include "BatonCLinux.h"

#include <stdatomic.h>

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock in one process would mean nothing in another");

uint64_t clinux_load(const void *address) {
  return atomic_load_explicit((const _Atomic uint64_t *)address, memory_order_acquire);
}

uint64_t clinux_compare_exchange(void *address, uint64_t expected, uint64_t desired) {
  atomic_compare_exchange_strong((_Atomic uint64_t *)address, &expected, desired);
  return expected;
}
