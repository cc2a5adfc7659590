/* libbaton: the network device, virtio-net over a TAP. Include <baton.h>. */
#ifndef BATON_NET_H
#define BATON_NET_H

#include "device.h"
#include "guest.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A virtio-net device (virtio 1.2, 5.1) over a TAP, which can be handed to another process. */
typedef struct baton_net baton_net;

enum { BATON_HEADER_WANTED = 0, BATON_HEADER_REQUIRED = 1, BATON_HEADER_OFF = 2 };

/* What the TAP and the device are wished to be; equal on both sides of a move, but for `mac`. */
typedef struct baton_net_options {
  uint32_t size;
  /* Queue pairs, 1 to 256; 0 is 1. */
  uint32_t queues;
  /* The interface, at most 15 bytes, or a template such as tap%d; NULL is that. */
  const char *interface_name;
  /* BATON_HEADER_: the virtio-net header in front of each frame. */
  uint32_t header;
  /* Bytes on their way to the kernel (TUNSETSNDBUF); 0 leaves it. */
  uint32_t send_buffer;
  /* Set on the interface, 68 to 65535 bytes, which needs CAP_NET_ADMIN; 0 leaves it. */
  uint16_t interface_mtu;
  /* What the guest is told, 68 at least; 0 tells nothing. */
  uint16_t mtu;
  /* The longest ring: a power of two, 2 to 1024; 0 is 256. */
  uint16_t queue_size_max;
  /* 1: the guest is offered VIRTIO_F_EVENT_IDX. */
  uint16_t event_index;
  /* Feature bits of virtio-net that may be offered, as far as the TAP can do them. */
  uint64_t offloads;
  /* A station's address; needed. */
  uint8_t mac[6];
  uint8_t reserved[2];
  /* All of the TAP in QEMU's words in place of interface_name, queues, header, send_buffer and
   * interface_mtu, which have to be zero then: "tap,ifname=vm0,queues=4,script=/etc/up", at most
   * 4095 bytes. docs/TAP.md has the keys: TAPs that are open already (fd, fds), a helper that opens
   * it, scripts, another network namespace (netns). NULL: as the other members say. The
   * descriptors that it names are the device's once it was created; one that another device of the
   * loop has is refused. */
  const char *netdev;
} baton_net_options;

/* The programs of a TAP. */
enum { BATON_SCRIPT = 0, BATON_DOWN_SCRIPT = 1, BATON_HELPER = 2 };

/* How the device speaks to the host; each may be NULL. They may call everything that concerns the
 * device and the guest, but neither destroy them nor close the device. */
typedef struct baton_net_calls {
  uint32_t size;
  uint32_t reserved;
  /* Chains of a queue were completed: interrupt the guest. Once in a round of the loop, never while
   * the guest is stopped for a move. Not called for queues with an eventfd. */
  void (*interrupt)(unsigned queue, void *context);
  /* The configuration or the status has changed. Not called with an eventfd for it. */
  void (*configuration)(void *context);
  /* The interface was deleted under the device; the guest runs on without a network. Seen when a
   * frame is read or written: while no driver has buffers, baton_net_interface sees it. */
  void (*lost)(const baton_refusal *why, void *context);
  /* The TAP is open (NULL), or could not be opened: inside baton_net_open, or later when a script
   * or a helper runs first. */
  void (*opened)(const baton_refusal *why, void *context);
  /* The TAP is closed for good: inside baton_net_close, or later when a down script runs first. */
  void (*closed)(void *context);
  /* Something did not go as it should, and ends nothing: the down script, for instance. */
  void (*warned)(const baton_refusal *why, void *context);
  /* A script or a helper, by its path, has written a line, which is here without its end. */
  void (*said)(const char *program, const char *line, void *context);
} baton_net_calls;

/* A device that has nothing yet. `name` is equal on both sides of a move, BATON_NAME_MAX bytes at
 * most. With `transfers` the TAP goes as open descriptors when it is moved, else each side opens it
 * by its name; both sides say the same, here and in baton_parameters. Refused for options that
 * cannot be. `notifiers` is the list of the migration that moves it; NULL is the loop's own.
 * `trace` and `calls` may be NULL. */
int baton_net_create(baton_loop *loop, const char *name, const baton_net_options *options,
                     int transfers, baton_notifiers *notifiers, baton_trace *trace,
                     const baton_net_calls *calls, void *context, baton_net **net,
                     baton_refusal *why);

/* Closes the device and ends it. Misuse inside callbacks of a migration or the device's own, while
 * a migration uses it, and while a program of the TAP runs or its down script is to run: close it
 * first, and wait for `closed`. */
int baton_net_destroy(baton_net *net);

/* The device as one that a migration moves; the same object, not another one. NULL for misuse. */
baton_device *baton_net_device(baton_net *net);

/* Opens the TAP for a guest that runs here. Refused by the kernel, or when it was begun before.
 * With a script or a helper it is open when `opened` says so, and not before. */
int baton_net_open(baton_net *net, baton_refusal *why);

/* Waits for a migration that brings the TAP, or opens one then: on a target, before it listens. */
int baton_net_await(baton_net *net, baton_refusal *why);

/* Closes the TAP for good, and forgets the guest. Misuse while a migration uses the device, and
 * inside its own callbacks. A down script runs then, and is over when `closed` is called; the
 * device may be destroyed behind that call. */
int baton_net_close(baton_net *net);

/* Opens the TAP anew after it was lost; inside `lost` the answer comes by `opened`. */
int baton_net_reopen(baton_net *net, baton_refusal *why);

/* The interface's name, as the kernel has it now, into 16 bytes with the NUL; refused without a
 * TAP, and by the call that fails (EBADFD) where the interface was deleted. */
int baton_net_interface(baton_net *net, char name[16]);

/* Gives the device its guest's memory: on a source after baton_guest_allocate or _map, on a target
 * in `adopt`. Refused when the guest has none. Registers are there once there is a TAP, too. */
int baton_net_attach(baton_net *net, baton_guest *guest, baton_refusal *why);

/* The guest's driver has rung: 2n receives and 2n + 1 sends for pair n, the last one controls.
 * Legal inside callbacks; ignored for a queue that is not ready, and during a move. */
int baton_net_notify(baton_net *net, unsigned queue);

/* The same by an eventfd, from any thread or from KVM (KVM_IOEVENTFD): the library waits for it and
 * reads it. -1 ends that. It is the host's, and has to stay open until then. Misuse for a pipe, a
 * socket, a device or a file, here and in the next one. */
int baton_net_notify_by(baton_net *net, unsigned queue, int eventfd);

/* The library writes 1 to this eventfd in place of the callback (KVM_IRQFD, or another thread that
 * reads it); -1 ends that. BATON_CONFIGURATION stands for the configuration's interrupt. */
int baton_net_interrupt_by(baton_net *net, unsigned queue, int eventfd);
#define BATON_CONFIGURATION 0xffffffffu

/* The registers that a transport shows to the guest. Before the device has memory and a TAP, and
 * once the guest has gone, writing is refused and reading answers 0. */
int baton_net_set_status(baton_net *net, uint8_t status);
uint8_t baton_net_status(baton_net *net);
uint64_t baton_net_offered_features(baton_net *net);
uint64_t baton_net_accepted_features(baton_net *net);
int baton_net_set_features(baton_net *net, uint64_t features);
/* Queues in all, the control queue included. */
unsigned baton_net_queue_count(baton_net *net);
/* The ring of a queue: its length and the guest addresses of its parts; refused when it is ready.
 * */
int baton_net_set_queue(baton_net *net, unsigned queue, uint16_t entries, uint64_t descriptors,
                        uint64_t available, uint64_t used);
/* The driver's word that a queue may be used; refused for a ring that cannot be. */
int baton_net_set_queue_ready(baton_net *net, unsigned queue);
/* 1 when it is ready, 0 when not. */
int baton_net_is_queue_ready(baton_net *net, unsigned queue);
/* Bytes of the configuration space, 0 behind its end; and how often it has changed. */
int baton_net_read_configuration(baton_net *net, size_t offset, void *bytes, size_t count);
uint32_t baton_net_generation(baton_net *net);
/* Pulls the cable (0) or plugs it in. */
int baton_net_set_link(baton_net *net, int is_up);

/* What the device has done in this process; it does not move with the guest. */
typedef struct baton_net_counters {
  uint32_t size;
  uint32_t reserved;
  uint64_t frames_to_guest;
  uint64_t frames_from_guest;
  uint64_t frames_dropped;
  uint64_t interrupts;
  uint64_t bad_chains;
  /* Calls that can change the TAP. */
  uint64_t mutating_calls;
} baton_net_counters;
int baton_net_count(baton_net *net, baton_net_counters *counters);

#ifdef __cplusplus
}
#endif

#endif
