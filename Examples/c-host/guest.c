/* Little-endian machines only, as the others of this example. */
#include "guest.h"

#include <stdatomic.h>
#include <string.h>

enum { HEADER = 12, BUFFER_BYTES = 2048, ECHOED = 0 };

uint64_t ring_descriptors(int queue) { return 0x1000u * (uint64_t)(queue + 1); }
uint64_t ring_available(int queue) { return ring_descriptors(queue) + 0x400; }
uint64_t ring_used(int queue) { return ring_descriptors(queue) + 0x800; }

static uint8_t *at(void *ram, uint64_t address) { return (uint8_t *)ram + address; }
static uint64_t seen(int queue) { return 16 + (uint64_t)queue * 2; }
static uint64_t buffer(uint32_t number) { return 0x10000 + (uint64_t)number * BUFFER_BYTES; }

static uint16_t load16(void *ram, uint64_t address) {
  uint16_t value;
  memcpy(&value, at(ram, address), sizeof value);
  return value;
}

static uint32_t load32(void *ram, uint64_t address) {
  uint32_t value;
  memcpy(&value, at(ram, address), sizeof value);
  return value;
}

static void store(void *ram, uint64_t address, uint64_t value, size_t count) {
  memcpy(at(ram, address), &value, count);
}

static uint16_t big16(const uint8_t *bytes) { return (uint16_t)(bytes[0] << 8 | bytes[1]); }

static void swap(uint8_t *one, uint8_t *other, size_t count) {
  uint8_t kept[16];
  memcpy(kept, one, count);
  memcpy(one, other, count);
  memcpy(other, kept, count);
}

/* Puts a buffer into a queue's available ring. */
static void give(void *ram, uint32_t number, int queue, uint32_t count) {
  uint64_t entry = ring_descriptors(queue) + number * 16u;
  uint64_t ring = ring_available(queue);
  uint16_t index = load16(ram, ring + 2);
  store(ram, entry, buffer(number), 8);
  store(ram, entry + 8, count, 4);
  store(ram, entry + 12, queue == RECEIVE ? 2 : 0, 2);
  store(ram, ring + 4 + (index % RING_SIZE) * 2u, number, 2);
  atomic_thread_fence(memory_order_release);
  store(ram, ring + 2, (uint16_t)(index + 1), 2);
}

/* The buffer that the device completed next; 0 when there is none. */
static int next(void *ram, int queue, uint32_t *number, uint32_t *count) {
  uint16_t mine = load16(ram, seen(queue));
  uint64_t entry = ring_used(queue) + 4 + (mine % RING_SIZE) * 8u;
  if (load16(ram, ring_used(queue) + 2) == mine) return 0;
  atomic_thread_fence(memory_order_acquire);
  store(ram, seen(queue), (uint16_t)(mine + 1), 2);
  *number = load32(ram, entry) % RING_SIZE;
  *count = load32(ram, entry + 4);
  return 1;
}

/* ARP (RFC 826): who asked and who was asked change places, and we say who we are. */
static void answer_arp(uint8_t *frame) {
  static const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, 2};
  frame[21] = 2;
  swap(frame + 22, frame + 32, 10);
  memcpy(frame + 22, mac, 6);
  memcpy(frame, frame + 32, 6);
  memcpy(frame + 6, mac, 6);
}

/* Turns a frame into its answer; 0 when it has none. */
static int answer(void *ram, uint32_t number) {
  static const uint8_t address[4] = {10, 0, 0, 2};
  uint8_t *frame = at(ram, buffer(number)) + HEADER;
  memset(frame - HEADER, 0, HEADER);
  if (big16(frame + 12) == 0x0806 && big16(frame + 20) == 1 && !memcmp(frame + 38, address, 4)) {
    answer_arp(frame);
    return 1;
  }
  if (big16(frame + 12) != 0x0800 || frame[23] != 17) return 0;
  /* Swapped addresses and ports leave every checksum as it is. */
  swap(frame, frame + 6, 6);
  swap(frame + 26, frame + 30, 4);
  swap(frame + 34, frame + 36, 2);
  store(ram, ECHOED, guest_echoed(ram) + 1, 8);
  return 1;
}

void guest_boot(void *ram) {
  uint32_t number;
  for (number = 0; number < RING_SIZE; number++) give(ram, number, RECEIVE, BUFFER_BYTES);
}

void guest_step(void *ram) {
  uint32_t number, count;
  while (next(ram, TRANSMIT, &number, &count)) give(ram, number, RECEIVE, BUFFER_BYTES);
  while (next(ram, RECEIVE, &number, &count)) {
    if (answer(ram, number)) give(ram, number, TRANSMIT, count);
    else give(ram, number, RECEIVE, BUFFER_BYTES);
  }
}

uint64_t guest_echoed(void *ram) {
  uint64_t value;
  memcpy(&value, at(ram, ECHOED), sizeof value);
  return value;
}
