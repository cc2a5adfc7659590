/* libbaton: a movable device of the host's own. Include <baton.h>. */
#ifndef BATON_DEVICE_H
#define BATON_DEVICE_H

#include "loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Something that moves: a baton_net, a baton_port, or the host's own. */
typedef struct baton_device baton_device;
/* Those who are told of migrations. */
typedef struct baton_notifiers baton_notifiers;
/* A log of what the charts do. */
typedef struct baton_trace baton_trace;
/* Where a device writes its bytes; valid only in the call that was given it. */
typedef struct baton_writer baton_writer;

/* How the target gets the backend; the answers of `inspect`. */
enum { BATON_ADOPTS = 1, BATON_REOPENS = 2 };

/* How the library speaks to the device, in the order of a move (docs/EMBEDDING.md has the table of
 * when the guest runs, and whether the backend may be changed). What answers an int refuses with
 * any other number than those said, and says why. All but the first nine may be NULL. They may not
 * do what those of a guest may not. */
typedef struct baton_device_calls {
  uint32_t size;
  uint32_t reserved;
  /* Source: what the target compares, 1 048 570 bytes at most. Answers
   * BATON_OK. */
  int (*describe)(baton_writer *writer, baton_refusal *why, void *context);
  /* Source: fills in up to `limit` descriptors that are lent, and answers how many. More than that,
   * and a descriptor that is not open, fail the migration. */
  size_t (*lend)(int *descriptors, size_t limit, void *context);
  /* Source, the guest is stopped: leaves the backend alone. Answers BATON_OK. */
  int (*quiesce)(baton_refusal *why, void *context);
  /* Source: the state, 1 048 572 bytes at most. Answers BATON_OK. */
  int (*save)(baton_writer *writer, baton_refusal *why, void *context);
  /* Target: compares what was described, changing nothing. The descriptors are the device's when it
   * answers BATON_ADOPTS or BATON_REOPENS: it closes them; else the library does. */
  int (*inspect)(const void *bytes, size_t count, const int *descriptors,
                 size_t descriptor_count, baton_refusal *why, void *context);
  /* Target: checks and keeps the state, changing nothing. The bytes are a stranger's. BATON_OK. */
  int (*load)(const void *bytes, size_t count, baton_refusal *why, void *context);
  /* Target: the guest is ours; applies the state. Answers BATON_OK. */
  int (*take)(baton_refusal *why, void *context);
  /* Target: the guest is about to run. */
  void (*activate)(void *context);
  /* Target: the guest did not come; drops what was received. */
  void (*discard)(void *context);
  /* Source: the guest is ours again; puts back what differs. What is refused is a warning. */
  int (*restore)(baton_refusal *why, void *context);
  /* Source: what was lent is ours alone again. */
  void (*withdraw)(void *context);
  /* Source: the target runs the guest; lets go of the backend without touching it. */
  void (*release)(void *context);
  /* How many calls that can change the backend were made so far. */
  uint64_t (*mutating_calls)(void *context);
} baton_device_calls;

/* A device of the host's own; `name` and `kind` are equal on both sides, BATON_NAME_MAX bytes at
 * most. Refused for names that are too long. */
int baton_device_create(baton_loop *loop, const char *name, const char *kind,
                        const baton_device_calls *calls, void *context, baton_device **device,
                        baton_refusal *why);
/* Ends it; for a baton_net it is baton_net_destroy, and for a baton_port baton_port_destroy. Misuse
 * inside callbacks of a migration, and while a migration uses it. */
int baton_device_destroy(baton_device *device);

/* Appends bytes; only in `describe` and `save`. */
int baton_write(baton_writer *writer, const void *bytes, size_t count);

/* What notifiers are told; the first and the fourth may be vetoed. */
enum {
  BATON_EVENT_PRECOPY_SETUP = 0,
  BATON_EVENT_PRECOPY_DONE = 1,
  BATON_EVENT_PRECOPY_FAILED = 2,
  BATON_EVENT_PRE_INCOMING = 3,
  BATON_EVENT_INCOMING_DONE = 4,
  BATON_EVENT_INCOMING_FAILED = 5
};

/* What a notifier answers to BATON_EVENT_PRE_INCOMING when it needs time: no source is met before
 * baton_notifiers_prepared, or the migration's patience is over. */
enum { BATON_PREPARING = 1 };

/* Answers BATON_OK, BATON_PREPARING where that has a meaning, or anything else for a veto, and then
 * says why. May add and remove notifiers, and may not do what the calls of a guest may not. */
typedef int (*baton_notifier_fn)(int event, baton_refusal *why, void *context);

/* A list of those who are told, for a migration and its devices; `trace` may be NULL. */
int baton_notifiers_create(baton_loop *loop, baton_trace *trace, baton_notifiers **notifiers);
/* Misuse while a device or a migration uses it, and inside callbacks of a migration. */
int baton_notifiers_destroy(baton_notifiers *notifiers);
/* Adds one; a higher priority (-128 to 127) is told earlier. `token` may be NULL. */
int baton_notifiers_add(baton_notifiers *notifiers, baton_notifier_fn notified, void *context,
                        int priority, uint64_t *token);
/* Removes one; legal inside its own call, and for a token that is gone. */
int baton_notifiers_remove(baton_notifiers *notifiers, uint64_t token);
/* Who has answered BATON_PREPARING is ready (`why` is NULL), or does not want the migration after
 * all. Without effect when nobody waits for it any more; misuse inside callbacks of a guest, a
 * device or a notifier. */
int baton_notifiers_prepared(baton_notifiers *notifiers, uint64_t token, const baton_refusal *why);

#ifdef __cplusplus
}
#endif

#endif
