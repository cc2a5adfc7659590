/* libbaton: the guest and its memory. Include <baton.h>. */
#ifndef BATON_GUEST_H
#define BATON_GUEST_H

#include "loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The guest: how it is stopped and started, and the memory that moves with it. */
typedef struct baton_guest baton_guest;

/* A part of the guest's memory; 64 at most, which do not overlap. It does not grow. */
typedef struct baton_region {
  uint64_t guest_address;
  /* A multiple of the page size, more than 0. */
  uint64_t byte_count;
} baton_region;

/* How the library speaks to the guest. None of these may call baton_outgoing_migrate or
 * baton_incoming_listen, destroy a migration, a guest or a device, or wait for long: from `stop` to
 * `start` the guest stands still. Everything but `pause`, `discard` and `release` is needed. */
typedef struct baton_guest_calls {
  uint32_t size;
  uint32_t reserved;
  /* Right before the stop: whether the guest runs, and so is to run afterwards. */
  int (*is_running)(void *context);
  /* The blackout begins: returns when no instruction of the guest runs any more. */
  void (*stop)(void *context);
  /* The target has the guest, or the source has it back. */
  void (*start)(void *context);
  /* On the target: its user said stop meanwhile. NULL: `stop` is called. */
  void (*pause)(void *context);
  /* On the target: the memory has come and was checked (sealed, plain pages, the layout that was
   * given to baton_guest_create). Attach the devices now. Another answer than BATON_OK refuses the
   * migration, while the source still runs the guest; say why. */
  int (*adopt)(baton_guest *guest, baton_refusal *why, void *context);
  /* On the target: the guest did not come. The memory goes when this returns. */
  void (*discard)(void *context);
  /* On the source: the guest runs elsewhere. The memory goes when this returns. */
  void (*release)(void *context);
} baton_guest_calls;

/* A guest without memory, whose memory will have this layout on both sides of a move. Refused for a
 * layout that cannot be. */
int baton_guest_create(baton_loop *loop, const baton_region *layout, size_t count,
                       const baton_guest_calls *calls, void *context, baton_guest **guest,
                       baton_refusal *why);

/* Ends a guest and its memory. Misuse inside callbacks of a migration, while a migration uses it,
 * and while a device is attached to it. */
int baton_guest_destroy(baton_guest *guest);

/* Gives it memory of its own making, all zero: a memfd for each region, sealed against shrinking
 * and growing (F_SEAL_SHRINK, F_SEAL_GROW). Refused when it has memory, or by the kernel. */
int baton_guest_allocate(baton_guest *guest, baton_refusal *why);

/* Gives it the host's own memory: one memfd for each region, in their order, sealed as above and at
 * least as large as its region. They are duplicated, and mapped a second time. Refused when the
 * guest has memory, and for descriptors that are not as said. */
int baton_guest_map(baton_guest *guest, const int *descriptors, size_t count, baton_refusal *why);

/* Lets the memory go. Misuse while a device is attached to it. */
int baton_guest_forget(baton_guest *guest);

/* Where `count` bytes at a guest address are mapped; NULL without memory, and unless they lie in
 * one region. Valid until the memory goes. Any callback. */
void *baton_guest_memory(baton_guest *guest, uint64_t address, size_t count);

/* The memfd of a region, by its place in the layout; -1 when there is none. It stays the library's:
 * map or duplicate it, and do not close it. */
int baton_guest_descriptor(baton_guest *guest, size_t region);

#ifdef __cplusplus
}
#endif

#endif
