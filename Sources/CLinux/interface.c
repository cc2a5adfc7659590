#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int clinux_unshare_network(void) { return unshare(CLONE_NEWNET); }

static struct ifreq request_for(const void *name) {
  struct ifreq request = {0};
  memcpy(request.ifr_name, name, IFNAMSIZ);
  request.ifr_name[IFNAMSIZ - 1] = 0;
  return request;
}

// Any socket of this thread's namespace serves for a request about an interface, an address needs
// its own family.
static int ask(int domain, unsigned long number, struct ifreq *request) {
  int fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd == -1)
    return -1;
  int result = ioctl(fd, number, request);
  int code = clinux_errno();
  close(fd);
  clinux_restore_errno(code);
  return result;
}

// All numbers of an ifreq are one int at the same place of a union.
int clinux_interface_number(const void *name, int number) {
  struct ifreq request = request_for(name);
  return ask(AF_UNIX, (unsigned long)number, &request) == -1 ? -1 : request.ifr_ifindex;
}

int clinux_set_interface_number(const void *name, int number, int value) {
  struct ifreq request = request_for(name);
  request.ifr_ifindex = value;
  return ask(AF_UNIX, (unsigned long)number, &request);
}

int clinux_interface_set_up(const void *name, int up) {
  struct ifreq request = request_for(name);
  if (ask(AF_UNIX, SIOCGIFFLAGS, &request) == -1)
    return -1;
  request.ifr_flags = (short)(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
  return ask(AF_UNIX, SIOCSIFFLAGS, &request);
}

static int set_address(unsigned long number, const void *name, uint32_t value) {
  struct ifreq request = request_for(name);
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(value);
  memcpy(&request.ifr_addr, &address, sizeof address);
  return ask(AF_INET, number, &request);
}

int clinux_interface_set_address(const void *name, uint32_t address, uint32_t mask) {
  if (set_address(SIOCSIFADDR, name, address) == -1)
    return -1;
  return set_address(SIOCSIFNETMASK, name, mask);
}
