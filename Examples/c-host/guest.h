/* The guest's inside: a virtio-net driver (virtio 1.2, 2.7 and 5.1) whose 16 buffers go round. It
 * answers ARP for 10.0.0.2 and sends every UDP datagram back, and all that it knows lies in its
 * memory, where Examples/handover has it too. */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

enum { RAM_BYTES = 1 << 20, RING_SIZE = 16, RECEIVE = 0, TRANSMIT = 1 };

/* Where a queue's parts are. */
uint64_t ring_descriptors(int queue);
uint64_t ring_available(int queue);
uint64_t ring_used(int queue);

/* Gives all buffers to the device. */
void guest_boot(void *ram);

/* Answers what has come. */
void guest_step(void *ram);

/* How many datagrams were sent back since the boot, wherever the guest ran. */
uint64_t guest_echoed(void *ram);

#endif
