/* libbaton: the network of a guest whose VMM speaks vhost-user. Include <baton.h>. */
#ifndef BATON_PORT_H
#define BATON_PORT_H

#include "device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A TAP behind a socket on which VMMs that speak vhost-user connect, two at once for a guest that
 * is migrated between them (docs/VHOST-USER.md). The guest and its memory are the VMM's. A
 * migration moves any number of ports to another process, and no VMM notices. */
typedef struct baton_port baton_port;

/* What a port is wished to be; equal on both sides of a move. One of `path`, `calls` and `listener`
 * is needed. */
typedef struct baton_port_options {
  uint32_t size;
  /* Queue pairs, 1 to 128; 0 is 1. */
  uint32_t queues;
  /* Listens there, at most 107 bytes; the file has mode 0600 (with a peer_user 0666) and
   * goes with the port. */
  const char *path;
  /* VMMs listen there (QEMU: server=on), and are called until they answer: one, or two. */
  const char *calls[2];
  /* A stream socket of AF_UNIX that listens already, made by a service manager, who removes its
   * file; refused for any other one. It is duplicated, and does not block from then on. 0 is none.
   * With `incoming` it comes with the migration, and any other number says no more than that. */
  int listener;
  /* 1: the VMM runs as `peer_user`, and not as this process's user. */
  uint32_t has_peer_user;
  uint32_t peer_user;
  /* Set on the interface, 68 to 65535 bytes, which needs CAP_NET_ADMIN; 0 leaves it. */
  uint16_t interface_mtu;
  /* The longest ring: a power of two, 2 to 1024; 0 is 1024. */
  uint16_t ring_size_max;
  /* The interface, at most 15 bytes, or a template such as tap%d; NULL is that. */
  const char *interface_name;
  /* All of the TAP in QEMU's words, in place of interface_name, queues and interface_mtu; see
   * baton_net_options. The descriptors that it names are the host's still where the port is
   * refused, which takes as many more for a moment. */
  const char *netdev;
  /* Feature bits of virtio-net that may be offered, as far as the TAP can do them; 0 is all that
   * the library knows of checksums and segments. */
  uint64_t offloads;
} baton_port_options;

/* How a port speaks to the host; each may be NULL. They may not destroy or close the port. Those
 * about the TAP may be called inside baton_port_create. */
typedef struct baton_port_calls {
  uint32_t size;
  uint32_t reserved;
  /* A VMM has connected; `process` is 0 where the kernel does not tell. */
  void (*connected)(int process, void *context);
  /* A VMM is gone: by itself (`reason` is NULL), or sent away for what it did. */
  void (*left)(const char *reason, void *context);
  /* Somebody was not let in: both places are taken, or it is another user. Told once as well while
   * this process has no descriptor left, and who connects waits. */
  void (*turned_away)(const baton_refusal *why, void *context);
  /* Who listens at `path` does not answer, and is called again so many nanoseconds later. */
  void (*unreached)(const char *path, const baton_refusal *why, uint64_t again, void *context);
  /* A guest has broken a ring, which rests until its driver starts anew. */
  void (*ring_broken)(unsigned ring, const char *reason, void *context);
  /* The TAP serves the guest of this VMM (its place, 0 or 1) from now on; -1: nobody. */
  void (*serves)(int place, void *context);
  /* The interface was deleted under the port, within the last second; told once. VMMs stay, and
   * their guests run on without a network, until baton_port_reopen. Such a port is not handed over
   * (the migration is refused for this reason); one that is on its way when it happens is the
   * target's to tell of. */
  void (*lost)(const baton_refusal *why, void *context);
  /* A script or a helper did not do, and there is no TAP. */
  void (*unopened)(const baton_refusal *why, void *context);
  /* Something did not go as it should, and ends nothing: the down script, for instance. */
  void (*warned)(const baton_refusal *why, void *context);
  /* A script or a helper, by its path, has written a line, which is here without its end. */
  void (*said)(const char *program, const char *line, void *context);
  /* The TAP was opened anew (NULL), or could not be: inside baton_port_reopen, or later when a
   * script or a helper runs first, or when it was called inside `lost`. */
  void (*reopened)(const baton_refusal *why, void *context);
} baton_port_calls;

/* Opens the TAP and meets its VMMs, or with `incoming` waits for a migration that brings both.
 * `name` is equal on both sides of a move, BATON_NAME_MAX bytes at most. Refused for options that
 * cannot be, and by the kernel. `notifiers` is the list of the migration that moves it; NULL is the
 * loop's own. `trace` and `calls` may be NULL. */
int baton_port_create(baton_loop *loop, const char *name, const baton_port_options *options,
                      int incoming, baton_notifiers *notifiers, baton_trace *trace,
                      const baton_port_calls *calls, void *context, baton_port **port,
                      baton_refusal *why);

/* Closes the port and ends it. Misuse inside callbacks of a migration or the port's own, while a
 * migration uses it, and while a program of the TAP runs or its down script is to run: close it
 * first, and turn the loop until baton_port_is_closed. */
int baton_port_destroy(baton_port *port);

/* The port as a device that a migration moves; the same object, not another one. NULL for misuse.
 * The guest of a migration that moves nothing but ports is NULL. */
baton_device *baton_port_device(baton_port *port);

/* Sends its VMMs away, closes the TAP for good and removes the socket. What was handed over stays
 * as it is in the other process. Misuse while a migration uses the port. */
int baton_port_close(baton_port *port);

/* Opens the TAP anew after it was lost, with the options as they were; VMMs have stayed, and their
 * guests get their network back. Refused by the kernel (another try is legal), and while there is a
 * TAP, or none was lost. Inside `lost` the answer comes by `reopened`. */
int baton_port_reopen(baton_port *port, baton_refusal *why);

/* 1 when the TAP is closed for good and the down script has run, 0 when not. */
int baton_port_is_closed(baton_port *port);

/* The interface's name, as the kernel has it now, into 16 bytes with the NUL; refused without a
 * TAP, as from `lost` on. */
int baton_port_interface(baton_port *port, char name[16]);

/* How many VMMs are connected, 0 to 2. */
unsigned baton_port_front_ends(baton_port *port);

/* How long nobody served the rings when the port came from another process, in nanoseconds; 0 when
 * it did not. */
uint64_t baton_port_blackout(baton_port *port);

/* Lets this process outlive a VMM that shortens its guest's memory: a handler of SIGBUS for the
 * whole process. Without it memory is refused that is not sealed against that (F_SEAL_SHRINK; what
 * QEMU's memory-backend-memfd makes is sealed, a file is not). The one thing that this library
 * installs, for a host without a handler of its own; any thread. Refused by the kernel. */
int baton_survive_shrinking(void);

#ifdef __cplusplus
}
#endif

#endif
