// What vhost-net does where its documents are silent: a line `fact NAME: VALUE` for each. Exit status 77: there is none.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/vhost.h>
#include <linux/virtio_ring.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ring_size = 64, header = 12, memory_size = 1 << 20, frame_size = 60 };

// Guest memory: one page for each ring's parts, then buffers.
static unsigned char *memory;
static int kick[2], call[2];

static void tell(const char *name, long result) {
  if (result >= 0)
    printf("fact %s: %ld\n", name, result);
  else
    printf("fact %s: %s\n", name, strerrorname_np(errno));
  fflush(stdout);
}

static int attach(void) {
  struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)};
  int size = header, it = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  int link = socket(AF_INET, SOCK_DGRAM, 0);
  strcpy(request.ifr_name, "vhost0");
  if (it == -1 || ioctl(it, TUNSETIFF, &request) == -1 || ioctl(it, TUNSETVNETHDRSZ, &size) == -1) return -1;
  request.ifr_flags = IFF_UP;
  ioctl(link, SIOCSIFFLAGS, &request);
  close(link);
  return it;
}

static int set_backend(int vhost, unsigned ring, int tap) {
  struct vhost_vring_file file = {.index = ring, .fd = tap};
  return ioctl(vhost, VHOST_NET_SET_BACKEND, &file);
}

static int set_memory(int vhost) {
  static uint64_t room[8];
  struct vhost_memory *table = (struct vhost_memory *)room;
  table->nregions = 1;
  table->regions[0] =
      (struct vhost_memory_region){.memory_size = memory_size, .userspace_addr = (uintptr_t)memory};
  return ioctl(vhost, VHOST_SET_MEM_TABLE, table);
}

static unsigned char *part(unsigned ring, unsigned which) { return memory + 4096 * (3 * ring + which); }

// Ring 0 receives, ring 1 transmits.
static int set_ring(int vhost, unsigned ring, unsigned base) {
  struct vhost_vring_state size = {.index = ring, .num = ring_size}, start = {.index = ring, .num = base};
  struct vhost_vring_addr places = {.index = ring,
                                    .desc_user_addr = (uintptr_t)part(ring, 0),
                                    .avail_user_addr = (uintptr_t)part(ring, 1),
                                    .used_user_addr = (uintptr_t)part(ring, 2)};
  struct vhost_vring_file bell = {.index = ring, .fd = kick[ring]}, answer = {.index = ring, .fd = call[ring]};
  if (ioctl(vhost, VHOST_SET_VRING_NUM, &size) == -1) return -1;
  if (ioctl(vhost, VHOST_SET_VRING_BASE, &start) == -1) return -1;
  if (ioctl(vhost, VHOST_SET_VRING_ADDR, &places) == -1) return -1;
  if (ioctl(vhost, VHOST_SET_VRING_KICK, &bell) == -1) return -1;
  return ioctl(vhost, VHOST_SET_VRING_CALL, &answer);
}

static int prepare(int vhost, unsigned base) {
  uint64_t features = 1ull << 32 | 1ull << 15; // VERSION_1, MRG_RXBUF: a header of 12 bytes
  if (ioctl(vhost, VHOST_SET_FEATURES, &features) == -1 || set_memory(vhost) == -1) return -1;
  return set_ring(vhost, 0, 0) == -1 || set_ring(vhost, 1, base) == -1 ? -1 : 0;
}

// Gives ring 1 a frame, and waits until it is used: 1, or 0 after a second.
static int transmit(void) {
  struct vring_desc *table = (struct vring_desc *)part(1, 0);
  struct vring_avail *given = (struct vring_avail *)part(1, 1);
  struct vring_used *used = (struct vring_used *)part(1, 2);
  unsigned number = given->idx;
  uint64_t count;
  table[number % ring_size] = (struct vring_desc){.addr = 0x10000, .len = header + frame_size};
  given->ring[number % ring_size] = number % ring_size;
  __atomic_store_n(&given->idx, (uint16_t)(number + 1), __ATOMIC_SEQ_CST);
  eventfd_write(kick[1], 1);
  struct pollfd bell = {.fd = call[1], .events = POLLIN};
  while (__atomic_load_n(&used->idx, __ATOMIC_SEQ_CST) != (uint16_t)(number + 1))
    if (poll(&bell, 1, 1000) != 1 || eventfd_read(call[1], &count) != 0) return 0;
  return 1;
}

static unsigned long sent(void) {
  unsigned long count = 0;
  FILE *file = fopen("/sys/class/net/vhost0/statistics/rx_packets", "r");
  if (file == NULL || fscanf(file, "%lu", &count) != 1) count = 0;
  if (file) fclose(file);
  return count;
}

static int base_of(int vhost, unsigned ring) {
  struct vhost_vring_state state = {.index = ring};
  return ioctl(vhost, VHOST_GET_VRING_BASE, &state) == -1 ? -1 : (int)state.num;
}

// What another process may do with a descriptor whose owner this one is.
static void other_process(int vhost) {
  fflush(stdout);
  if (fork() == 0) {
    uint64_t features = 0;
    tell("another process: VHOST_SET_OWNER", ioctl(vhost, VHOST_SET_OWNER));
    tell("another process: VHOST_GET_FEATURES", ioctl(vhost, VHOST_GET_FEATURES, &features));
    tell("another process: VHOST_RESET_OWNER", ioctl(vhost, VHOST_RESET_OWNER));
    tell("another process: VHOST_GET_VRING_BASE", base_of(vhost, 1));
    tell("another process: VHOST_NET_SET_BACKEND -1", set_backend(vhost, 1, -1));
    _exit(0);
  }
  wait(NULL);
}

static void life(int vhost, int tap) {
  uint64_t features = 0;
  tell("GET_FEATURES before an owner", ioctl(vhost, VHOST_GET_FEATURES, &features));
  printf("fact features: 0x%llx\n", (unsigned long long)features);
  tell("SET_MEM_TABLE before an owner", set_memory(vhost));
  tell("SET_OWNER", ioctl(vhost, VHOST_SET_OWNER));
  tell("SET_OWNER again", ioctl(vhost, VHOST_SET_OWNER));
  tell("SET_BACKEND before rings are set", set_backend(vhost, 1, tap));
  tell("features, memory, rings", prepare(vhost, 0));
  tell("SET_BACKEND of the transmit ring", set_backend(vhost, 1, tap));
  tell("SET_BACKEND of the receive ring", set_backend(vhost, 0, tap));
  tell("SET_MEM_TABLE while rings run", set_memory(vhost));
  tell("SET_VRING_BASE while it runs", set_ring(vhost, 1, 0));
  tell("a frame is transmitted", transmit());
  tell("the TAP has counted", (long)sent());
  other_process(vhost);
  tell("GET_VRING_BASE while it runs", base_of(vhost, 1));
  tell("RESET_OWNER while backends are set", ioctl(vhost, VHOST_RESET_OWNER));
  tell("SET_OWNER after it", ioctl(vhost, VHOST_SET_OWNER));
  tell("features, memory, rings after it", prepare(vhost, 1));
  tell("SET_BACKEND after it", set_backend(vhost, 1, tap));
  tell("a frame is transmitted after it", transmit());
  tell("SET_BACKEND -1", set_backend(vhost, 1, -1));
  tell("GET_VRING_BASE after it", base_of(vhost, 1));
  tell("SET_BACKEND -1 again", set_backend(vhost, 1, -1));
  tell("a frame is transmitted without a backend", transmit());
  tell("SET_BACKEND again", set_backend(vhost, 1, tap));
  struct vring_used *used = (struct vring_used *)part(1, 2);
  struct pollfd bell = {.fd = call[1], .events = POLLIN};
  int waited = poll(&bell, 1, 2000);
  tell("what waited is transmitted then, without a kick", waited == 1 && used->idx == 3);
}

// The owner is killed while its rings run; this process holds the descriptors still.
static void killed(int tap) {
  int vhost = open("/dev/vhost-net", O_RDWR), ready[2];
  char word;
  memset(memory, 0, memory_size);
  if (pipe(ready) == -1) return;
  pid_t child = fork();
  if (child == 0) {
    char done = ioctl(vhost, VHOST_SET_OWNER) == 0 && prepare(vhost, 0) == 0 && set_backend(vhost, 1, tap) == 0 &&
                transmit() == 1;
    if (write(ready[1], &done, 1) == 1) pause();
    _exit(1);
  }
  tell("an owner's rings run", read(ready[0], &word, 1) == 1 && word == 1);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  tell("owner killed: a frame is transmitted all the same", transmit());
  tell("owner killed: SET_OWNER", ioctl(vhost, VHOST_SET_OWNER));
  tell("owner killed: RESET_OWNER", ioctl(vhost, VHOST_RESET_OWNER));
  tell("owner killed: GET_VRING_BASE", base_of(vhost, 1));
  int fresh = open("/dev/vhost-net", O_RDWR);
  memset(memory, 0, memory_size);
  tell("owner killed: a fresh one, SET_OWNER", ioctl(fresh, VHOST_SET_OWNER));
  tell("owner killed: a fresh one, rings", prepare(fresh, 0));
  tell("owner killed: a fresh one, SET_BACKEND of the same TAP", set_backend(fresh, 1, tap));
  tell("owner killed: a fresh one transmits", transmit());
  close(vhost);
  tell("the old one is closed: the fresh one transmits", transmit());
}

int main(void) {
  int vhost = open("/dev/vhost-net", O_RDWR), tap = attach();
  if (vhost == -1 || tap == -1) {
    printf("missing %s: %s\n", vhost == -1 ? "/dev/vhost-net" : "a TAP with a header", strerrorname_np(errno));
    return 77;
  }
  memory = mmap(NULL, memory_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int ring = 0; ring < 2; ring++) {
    kick[ring] = eventfd(0, 0);
    call[ring] = eventfd(0, 0);
  }
  life(vhost, tap);
  close(vhost);
  killed(tap);
  return 0;
}
