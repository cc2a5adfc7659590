/* libbaton: both sides of a migration. Include <baton.h>. */
#ifndef BATON_MIGRATION_H
#define BATON_MIGRATION_H

#include "guest.h"
#include "device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The source's side: gives the guest and its devices to another process. */
typedef struct baton_outgoing baton_outgoing;
/* The target's side: takes them. */
typedef struct baton_incoming baton_incoming;

/* QEMU's MigrationStatus. */
enum {
  BATON_STATUS_NONE = 0,
  BATON_STATUS_SETUP = 1,
  BATON_STATUS_CANCELLING = 2,
  BATON_STATUS_CANCELLED = 3,
  BATON_STATUS_ACTIVE = 4,
  BATON_STATUS_PRE_SWITCHOVER = 5,
  BATON_STATUS_DEVICE = 6,
  BATON_STATUS_COMPLETED = 7,
  BATON_STATUS_FAILED = 8
};

/* The name that QMP uses, such as "pre-switchover"; NULL for no status. Any thread. */
const char *baton_status_name(int status);

/* What an attempt is to be like; a NULL pointer is the same as a struct of zeros. */
typedef struct baton_parameters {
  uint32_t size;
  /* 1: backends travel as open descriptors. Equal on both sides; refused with 0 where a port is
   * moved, or a baton_net that was created with `transfers`. */
  uint32_t transfers;
  /* How long the other side may take to answer while the guest runs; 0 is 5000. */
  uint64_t patience_ms;
  /* How long the guest may stand still for the switch; 0 is 300. Source only. */
  uint64_t switch_ms;
  /* 1: stops before the switch until baton_outgoing_proceed. Source only. */
  uint32_t pauses;
  /* 1: leaves the guest paused (QEMU's -S). Target only. */
  uint32_t leaves_paused;
  /* 1: the other side runs as `peer_user`, and not as this process's user. */
  uint32_t has_peer_user;
  uint32_t peer_user;
} baton_parameters;

/* When each step of the blackout was done, in nanoseconds of CLOCK_MONOTONIC; 0: not reached, or
 * not told yet by the other side. */
typedef struct baton_stamps {
  uint32_t size;
  uint32_t reserved;
  uint64_t begun;
  uint64_t stopped;
  uint64_t quiesced;
  uint64_t saved;
  uint64_t received;
  uint64_t loaded;
  uint64_t taken;
  uint64_t applied;
  uint64_t started;
} baton_stamps;

/* How a migration speaks to the host; `warning` may be NULL. `status` may cancel and proceed, and
 * at an end (completed, failed, cancelled) begin the next attempt: what the state does not allow
 * then is told by the statuses only. Neither may destroy the migration, its guest or its devices.
 * */
typedef struct baton_migration_calls {
  uint32_t size;
  uint32_t reserved;
  void (*status)(int status, void *context);
  /* Something went wrong that ends nothing. */
  void (*warning)(const baton_refusal *why, void *context);
} baton_migration_calls;

/* A migration of this guest with these devices, in this order. It serves any number of attempts,
 * one at a time, and uses guest, devices, notifiers and trace until it is destroyed. What one
 * migration is moving no other one moves: baton_outgoing_migrate is refused. Its list of notifiers
 * is that of each baton_net among the devices; NULL is the loop's own, for both. `trace` may be
 * NULL. `guest` is NULL where it runs elsewhere, in the VMM of a baton_port; misuse with a
 * baton_net. */
int baton_outgoing_create(baton_loop *loop, baton_guest *guest, baton_device *const *devices,
                          size_t count, baton_notifiers *notifiers, baton_trace *trace,
                          const baton_migration_calls *calls, void *context,
                          baton_outgoing **outgoing);
/* Ends it. One that is under way is cancelled first, inside this call: guest and devices go on
 * here, and the last status is BATON_STATUS_CANCELLED. Where the target has taken the guest already
 * they are the target's, as if this process had died: they are released, and no status tells so.
 * Misuse inside callbacks of a migration, its guest, its devices and notifiers. */
int baton_outgoing_destroy(baton_outgoing *outgoing);
/* Starts to move the guest to who listens at `address`, unix:PATH (QMP migrate). Refused when
 * nothing was started. Misuse inside callbacks of a guest, a device or a notifier. */
int baton_outgoing_migrate(baton_outgoing *outgoing, const char *address,
                           const baton_parameters *parameters, baton_refusal *why);
/* Takes the guest back if that is still possible (QMP migrate_cancel); the statuses tell. */
int baton_outgoing_cancel(baton_outgoing *outgoing);
/* Lets a migration that paused go on (QMP migrate-continue); refused in any other state. */
int baton_outgoing_proceed(baton_outgoing *outgoing, baton_refusal *why);
/* The guest's user said stop (0) or cont while the migration has the guest stopped; refused when
 * the guest is the target's already. */
int baton_outgoing_guest_shall(baton_outgoing *outgoing, int run, baton_refusal *why);
/* BATON_STATUS_, as it was told last. */
int baton_outgoing_status(baton_outgoing *outgoing);
/* Why the last attempt did not end in completed: 1 and `why`, or 0 when there is nothing to say. */
int baton_outgoing_refusal(baton_outgoing *outgoing, baton_refusal *why);
int baton_outgoing_stamps(baton_outgoing *outgoing, baton_stamps *stamps);
/* How many calls that can change a backend the target made before it owned the guest, which must be
 * none: 1 and the number, or 0 while it has not said so. */
int baton_outgoing_calls_before_take(baton_outgoing *outgoing, uint64_t *number);

/* As above; each of the devices has to be offered, and no other may be. */
int baton_incoming_create(baton_loop *loop, baton_guest *guest, baton_device *const *devices,
                          size_t count, baton_notifiers *notifiers, baton_trace *trace,
                          const baton_migration_calls *calls, void *context,
                          baton_incoming **incoming);
/* As above. What a port has received, VMMs' connections too, it holds until it is closed. */
int baton_incoming_destroy(baton_incoming *incoming);
/* Waits for a guest at `address` (QMP migrate-incoming). Refused with a veto, an address that does
 * not do, or the state. Misuse as for baton_outgoing_migrate. */
int baton_incoming_listen(baton_incoming *incoming, const char *address,
                          const baton_parameters *parameters, baton_refusal *why);
/* Gives up waiting; refused when the guest is ours already. */
int baton_incoming_cancel(baton_incoming *incoming, baton_refusal *why);
/* The user said stop (0) or cont before the guest is here. */
int baton_incoming_guest_shall(baton_incoming *incoming, int run);
int baton_incoming_status(baton_incoming *incoming);
int baton_incoming_refusal(baton_incoming *incoming, baton_refusal *why);
int baton_incoming_stamps(baton_incoming *incoming, baton_stamps *stamps);
int baton_incoming_calls_before_take(baton_incoming *incoming, uint64_t *number);

#ifdef __cplusplus
}
#endif

#endif
