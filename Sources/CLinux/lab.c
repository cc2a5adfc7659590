#define _GNU_SOURCE
#include "lab.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "BatonCLinux.h"

uint32_t clinux_lab_group_id(void) { return getegid(); }

int clinux_lab_create_memory(int seals, int is_huge) {
  int fd = memfd_create("lab", MFD_CLOEXEC | MFD_ALLOW_SEALING | (is_huge ? MFD_HUGETLB : 0));
  if (fd == -1)
    return -1;
  if (ftruncate(fd, 1 << 21) == -1 || (seals != 0 && fcntl(fd, F_ADD_SEALS, seals) == -1)) {
    int code = clinux_errno();
    close(fd);
    clinux_restore_errno(code);
    return -1;
  }
  return fd;
}

int clinux_lab_unshare_user(void) { return unshare(CLONE_NEWNET | CLONE_NEWUSER); }

int clinux_lab_stay_on(int number) {
  cpu_set_t allowed, chosen;
  CPU_ZERO(&chosen);
  if (number < 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) CPU_SET(cpu, &chosen);
    return sched_setaffinity(0, sizeof chosen, &chosen);
  }
  if (sched_getaffinity(0, sizeof allowed, &allowed) < 0) return -1;
  int left = number % CPU_COUNT(&allowed);
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (CPU_ISSET(cpu, &allowed) && left-- == 0) CPU_SET(cpu, &chosen);
  }
  return sched_setaffinity(0, sizeof chosen, &chosen);
}

enum { guard_bytes = 1 << 20 };

void *clinux_lab_map_guarded(size_t count) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  char *whole = mmap(NULL, count + 2 * guard_bytes, PROT_NONE, flags, -1, 0);
  if (whole == MAP_FAILED) return NULL;
  if (mprotect(whole + guard_bytes, count, PROT_READ | PROT_WRITE) == 0) return whole + guard_bytes;
  munmap(whole, count + 2 * guard_bytes);
  return NULL;
}

void clinux_lab_unmap_guarded(void *address, size_t count) {
  munmap((char *)address - guard_bytes, count + 2 * guard_bytes);
}

/// Makes one request about an interface on a socket of its own.
static int request(unsigned long number, void *argument) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int result = ioctl(fd, number, argument);
  int code = clinux_errno();
  close(fd);
  if (result < 0) clinux_restore_errno(code);
  return result;
}

static void put_address(struct sockaddr *where, uint32_t address) {
  struct sockaddr_in value;
  memset(&value, 0, sizeof value);
  value.sin_family = AF_INET;
  value.sin_addr.s_addr = htonl(address);
  memcpy(where, &value, sizeof value);
}

int clinux_lab_set_neighbour(const char *name, uint32_t address, const uint8_t *hardware) {
  struct arpreq entry;
  memset(&entry, 0, sizeof entry);
  put_address(&entry.arp_pa, address);
  entry.arp_ha.sa_family = ARPHRD_ETHER;
  memcpy(entry.arp_ha.sa_data, hardware, 6);
  entry.arp_flags = ATF_PERM | ATF_COM;
  strncpy(entry.arp_dev, name, sizeof entry.arp_dev - 1);
  return request(SIOCSARP, &entry);
}

int clinux_udp_connect(uint32_t address, uint16_t port, int receive_buffer) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  struct sockaddr_in peer;
  memset(&peer, 0, sizeof peer);
  peer.sin_family = AF_INET;
  peer.sin_addr.s_addr = htonl(address);
  peer.sin_port = htons(port);
  // Beyond the limit of the system (net.core.rmem_max) for who may, or else up to it.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  if (connect(fd, (struct sockaddr *)&peer, sizeof peer) == 0) return fd;
  int code = clinux_errno();
  close(fd);
  clinux_restore_errno(code);
  return -1;
}
