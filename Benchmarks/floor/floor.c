// The shortest way of frames between a TAP and a front-end's rings: what Baton's datapath is
// compared with. One pair of queues, no checks of what a guest may do wrong, no migration.
//
// Usage: floor net|uring SOCKET TAP      a vhost-user back-end, until it is killed; with uring it
//                                       moves a batch of frames a call
//        floor send TAP BYTES SECONDS   sends frames of so many bytes into the TAP's interface
//        floor rate TAP PID SECONDS     frames from (rx) and to (tx) the TAP, and the processor's
//                                       nanoseconds of a process meanwhile: RX TX NANOS SECONDS
#define _GNU_SOURCE
#include "floor.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

int open_tap(const char *name) {
  struct ifreq request = {0};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  int tap = check(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "/dev/net/tun");
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  check(ioctl(tap, TUNSETIFF, &request), "TUNSETIFF");
  int header = HEADER;
  check(ioctl(tap, TUNSETVNETHDRSZ, &header), "TUNSETVNETHDRSZ");
  int control = check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  check(ioctl(control, SIOCGIFFLAGS, &request), "SIOCGIFFLAGS");
  request.ifr_flags |= IFF_UP;
  check(ioctl(control, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
  close(control);
  return tap;
}

static uint64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

enum { BLOCK = 2048, FRAMES = 256 };

/// Hands the kernel a ring of frames with each call, so that it is not asked for each of them.
static void send_frames(const char *name, size_t size, double seconds) {
  int line = check(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "socket");
  int yes = 1;
  check(setsockopt(line, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes), "QDISC_BYPASS");
  struct tpacket_req ring = {
      .tp_block_size = BLOCK * FRAMES, .tp_block_nr = 1, .tp_frame_size = BLOCK,
      .tp_frame_nr = FRAMES};
  check(setsockopt(line, SOL_PACKET, PACKET_TX_RING, &ring, sizeof ring), "PACKET_TX_RING");
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = 0};
  to.sll_ifindex = check((int)if_nametoindex(name) - 1, name) + 1;
  check(bind(line, (struct sockaddr *)&to, sizeof to), "bind");
  char *frames = mmap(NULL, BLOCK * FRAMES, PROT_READ | PROT_WRITE, MAP_SHARED, line, 0);
  if (frames == MAP_FAILED) fail("mmap");
  for (int index = 0; index < FRAMES; index++) {
    char *data = frames + index * BLOCK + TPACKET_HDRLEN - sizeof(struct sockaddr_ll);
    memcpy(data, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x88\xb5", 14);
  }
  uint64_t end = nanoseconds() + (uint64_t)(seconds * 1e9);
  while (nanoseconds() < end) {
    for (int index = 0; index < FRAMES; index++) {
      struct tpacket_hdr *head = (struct tpacket_hdr *)(frames + index * BLOCK);
      head->tp_len = (uint32_t)size;
      __atomic_store_n(&head->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
    }
    if (send(line, NULL, 0, 0) < 0 && errno != ENOBUFS && errno != EAGAIN) fail("send");
    // What shares its processor goes on.
    sched_yield();
  }
}

/// Frames that the interface has received from the TAP and given to it.
static void count(const char *name, uint64_t *received, uint64_t *given) {
  FILE *file = fopen("/proc/net/dev", "re");
  char text[512], label[64];
  size_t length = (size_t)snprintf(label, sizeof label, "%s:", name);
  while (file && fgets(text, sizeof text, file)) {
    char *start = text + strspn(text, " ");
    if (strncmp(start, label, length) != 0) continue;
    unsigned long long numbers[10] = {0};
    start += length;
    for (int index = 0; index < 10; index++) numbers[index] = strtoull(start, &start, 10);
    *received = numbers[1];
    *given = numbers[9];
    fclose(file);
    return;
  }
  errno = ENODEV;
  fail(name);
}

static void measure(const char *name, const char *process, double seconds) {
  char path[64], text[64] = {0};
  uint64_t values[2][4];
  snprintf(path, sizeof path, "/proc/%s/schedstat", process);
  for (int round = 0; round < 2; round++) {
    if (round == 1) check(poll(NULL, 0, (int)(seconds * 1000)), "poll");
    values[round][3] = nanoseconds();
    count(name, &values[round][0], &values[round][1]);
    int file = check(open(path, O_RDONLY | O_CLOEXEC), path);
    check((int)read(file, text, sizeof text - 1), path);
    close(file);
    values[round][2] = strtoull(text, NULL, 10);
  }
  for (int index = 0; index < 3; index++)
    printf("%llu ", (unsigned long long)(values[1][index] - values[0][index]));
  printf("%.6f\n", (double)(values[1][3] - values[0][3]) / 1e9);
}

int main(int count, char **words) {
  const char *task = count > 1 ? words[1] : "";
  bool batches = strcmp(task, "uring") == 0;
  if ((batches || strcmp(task, "net") == 0) && count == 4) {
    serve(words[2], open_tap(words[3]), batches);
  } else if (strcmp(task, "send") == 0 && count == 5) {
    send_frames(words[2], strtoul(words[3], NULL, 10), strtod(words[4], NULL));
  } else if (strcmp(task, "rate") == 0 && count == 5) {
    measure(words[2], words[3], strtod(words[4], NULL));
  } else {
    fprintf(stderr, "usage: floor net|uring SOCKET TAP | "
                    "send TAP BYTES SECONDS | rate TAP PID SECONDS\n");
    return 64;
  }
  return 0;
}
