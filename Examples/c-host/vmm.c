/* A VMM as small as it can be that knows nothing of libbaton: it has a guest in shared memory, and
 * says in vhost-user (docs/VHOST-USER.md) where the rings are.
 *
 * Usage: vmm SOCKET   connects, and again when the backend is gone
 * Then a line on standard input: "count", "connect" (after a "gone"), "quit". */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "guest.h"

/* Requests, and the bits that every driver of today has. */
enum {
  SET_FEATURES = 2, SET_OWNER = 3, SET_MEM_TABLE = 5, SET_VRING_NUM = 8, SET_VRING_ADDR = 9,
  SET_VRING_BASE = 10, SET_VRING_KICK = 12, SET_VRING_CALL = 13, SET_PROTOCOL_FEATURES = 16,
  SET_VRING_ENABLE = 18
};
#define VERSION_1 (1ULL << 32)
#define PROTOCOL_FEATURES (1ULL << 30)

struct vmm {
  const char *path;
  int memory;
  uint8_t *ram;
  int socket;
  int kicks[2];
  int calls[2];
};

static void say(const char *text) {
  printf("%s\n", text);
  fflush(stdout);
}

static int must(int answer, const char *what) {
  if (answer >= 0) return answer;
  perror(what);
  exit(1);
}

/* A message of numbers of eight bytes each, and a descriptor or -1. */
static void send_message(struct vmm *vmm, uint32_t request, const uint64_t *numbers, size_t count,
                         int descriptor) {
  uint32_t head[3] = {request, 1, (uint32_t)(count * 8)};
  struct iovec parts[2] = {{head, sizeof head}, {(void *)(uintptr_t)numbers, count * 8}};
  union {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct msghdr message;
  struct cmsghdr *lent;
  memset(&message, 0, sizeof message);
  memset(&control, 0, sizeof control);
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  if (descriptor >= 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    lent = CMSG_FIRSTHDR(&message);
    lent->cmsg_level = SOL_SOCKET;
    lent->cmsg_type = SCM_RIGHTS;
    lent->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(lent), &descriptor, sizeof descriptor);
  }
  /* Who has gone meanwhile is found gone by poll(2). */
  (void)!sendmsg(vmm->socket, &message, MSG_NOSIGNAL);
}

static void say_number(struct vmm *vmm, uint32_t request, uint64_t number) {
  send_message(vmm, request, &number, 1, -1);
}

/* How far the device was when it was lost: what it has used, of what was made available. */
static uint16_t used(struct vmm *vmm, int ring) {
  uint16_t index;
  memcpy(&index, vmm->ram + ring_used(ring) + 2, sizeof index);
  return index;
}

static void run(struct vmm *vmm) {
  const uint64_t one = 1;
  int ring;
  guest_step(vmm->ram);
  for (ring = RECEIVE; ring <= TRANSMIT; ring++) (void)!write(vmm->kicks[ring], &one, sizeof one);
}

static void tell_ring(struct vmm *vmm, int ring) {
  const uint64_t index = (uint64_t)ring;
  const uint64_t address[5] = {index, ring_descriptors(ring), ring_used(ring),
                               ring_available(ring), 0};
  say_number(vmm, SET_VRING_NUM, index | (uint64_t)RING_SIZE << 32);
  say_number(vmm, SET_VRING_BASE, index | (uint64_t)used(vmm, ring) << 32);
  send_message(vmm, SET_VRING_ADDR, address, 5, -1);
  send_message(vmm, SET_VRING_KICK, &index, 1, vmm->kicks[ring]);
  send_message(vmm, SET_VRING_CALL, &index, 1, vmm->calls[ring]);
  say_number(vmm, SET_VRING_ENABLE, index | 1ULL << 32);
}

static void join(struct vmm *vmm) {
  struct sockaddr_un address;
  /* One region, at the guest's and our address 0; the second half of the first number is unused. */
  const uint64_t table[5] = {1, 0, RAM_BYTES, 0, 0};
  int ring;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  snprintf(address.sun_path, sizeof address.sun_path, "%s", vmm->path);
  vmm->socket = must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  must(connect(vmm->socket, (const struct sockaddr *)&address, sizeof address), vmm->path);
  say_number(vmm, SET_PROTOCOL_FEATURES, 0);
  send_message(vmm, SET_OWNER, NULL, 0, -1);
  say_number(vmm, SET_FEATURES, VERSION_1 | PROTOCOL_FEATURES);
  send_message(vmm, SET_MEM_TABLE, table, 5, vmm->memory);
  for (ring = RECEIVE; ring <= TRANSMIT; ring++) tell_ring(vmm, ring);
  run(vmm);
  say("connected");
}

/* Memory that nobody can shorten, and a guest that has booted in it. */
static void boot(struct vmm *vmm) {
  int ring;
  vmm->memory = must(memfd_create("guest", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create");
  must(ftruncate(vmm->memory, RAM_BYTES), "ftruncate");
  must(fcntl(vmm->memory, F_ADD_SEALS, F_SEAL_SHRINK), "F_ADD_SEALS");
  vmm->ram = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, vmm->memory, 0);
  if (vmm->ram == MAP_FAILED) must(-1, "mmap");
  for (ring = RECEIVE; ring <= TRANSMIT; ring++) {
    vmm->kicks[ring] = must(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
    vmm->calls[ring] = must(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
  }
  guest_boot(vmm->ram);
}

/* 0 when it is told to end. */
static int obey(struct vmm *vmm, const char *line) {
  if (!strncmp(line, "quit", 4)) return 0;
  if (!strncmp(line, "connect", 7) && vmm->socket < 0) join(vmm);
  else {
    printf("echoed %llu\n", (unsigned long long)guest_echoed(vmm->ram));
    fflush(stdout);
  }
  return 1;
}

/* A backend that closes the connection is gone; it says nothing that was not asked. */
static void look(struct vmm *vmm) {
  char byte;
  if (recv(vmm->socket, &byte, 1, MSG_DONTWAIT) > 0) return;
  close(vmm->socket);
  vmm->socket = -1;
  say("gone");
}

static int once(struct vmm *vmm) {
  struct pollfd all[4] = {{0, POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}};
  uint64_t counter;
  char line[64];
  int ring;
  all[1].fd = vmm->socket;
  for (ring = RECEIVE; ring <= TRANSMIT; ring++) all[2 + ring].fd = vmm->calls[ring];
  if (poll(all, 4, -1) < 0) return errno == EINTR;
  for (ring = RECEIVE; ring <= TRANSMIT; ring++)
    if (all[2 + ring].revents) (void)!read(vmm->calls[ring], &counter, sizeof counter);
  if (all[2].revents || all[3].revents) run(vmm);
  if (all[1].revents) look(vmm);
  if (!all[0].revents) return 1;
  /* Who asks waits for the answer: a line comes alone. */
  if (!fgets(line, sizeof line, stdin)) return 0;
  return obey(vmm, line);
}

int main(int count, char **words) {
  struct vmm vmm;
  memset(&vmm, 0, sizeof vmm);
  if (count != 2) {
    fprintf(stderr, "usage: vmm SOCKET\n");
    return 2;
  }
  vmm.path = words[1];
  boot(&vmm);
  join(&vmm);
  while (once(&vmm)) continue;
  munmap(vmm.ram, RAM_BYTES);
  return 0;
}
