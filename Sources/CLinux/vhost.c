#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

int clinux_vhost_open(const char *path) { return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK); }

int clinux_vhost_features(int fd, uint64_t *features) {
  __u64 found = 0;
  int result = ioctl(fd, VHOST_GET_FEATURES, &found);
  *features = found;
  return result;
}

int clinux_vhost_set_owner(int fd) { return ioctl(fd, VHOST_SET_OWNER); }

int clinux_vhost_set_features(int fd, uint64_t features) {
  __u64 value = features;
  return ioctl(fd, VHOST_SET_FEATURES, &value);
}

int clinux_vhost_set_memory(int fd, const struct clinux_vhost_region *regions, uint32_t count) {
  struct vhost_memory *table = calloc(1, sizeof *table + count * sizeof *table->regions);
  if (!table) {
    clinux_restore_errno(ENOMEM);
    return -1;
  }
  table->nregions = count;
  for (uint32_t i = 0; i < count; i++) {
    table->regions[i].guest_phys_addr = regions[i].guest;
    table->regions[i].memory_size = regions[i].length;
    table->regions[i].userspace_addr = regions[i].host;
  }
  int result = ioctl(fd, VHOST_SET_MEM_TABLE, table);
  int error = clinux_errno();
  free(table);
  clinux_restore_errno(error);
  return result;
}

static int set_number(int fd, unsigned long request, unsigned ring, unsigned number) {
  struct vhost_vring_state state = {.index = ring, .num = number};
  return ioctl(fd, request, &state);
}

static int set_file(int fd, unsigned long request, unsigned ring, int file) {
  struct vhost_vring_file value = {.index = ring, .fd = file};
  return ioctl(fd, request, &value);
}

int clinux_vhost_set_size(int fd, unsigned ring, unsigned size) {
  return set_number(fd, VHOST_SET_VRING_NUM, ring, size);
}

int clinux_vhost_set_base(int fd, unsigned ring, unsigned base) {
  return set_number(fd, VHOST_SET_VRING_BASE, ring, base);
}

int clinux_vhost_base(int fd, unsigned ring) {
  struct vhost_vring_state state = {.index = ring};
  int result = ioctl(fd, VHOST_GET_VRING_BASE, &state);
  return result == -1 ? -1 : (int)(state.num & 0xffff);
}

int clinux_vhost_set_place(int fd, unsigned ring, uint64_t descriptors, uint64_t available,
                           uint64_t used) {
  struct vhost_vring_addr place = {.index = ring,
                                   .desc_user_addr = descriptors,
                                   .avail_user_addr = available,
                                   .used_user_addr = used};
  return ioctl(fd, VHOST_SET_VRING_ADDR, &place);
}

int clinux_vhost_set_kick(int fd, unsigned ring, int counter) {
  return set_file(fd, VHOST_SET_VRING_KICK, ring, counter);
}

int clinux_vhost_set_call(int fd, unsigned ring, int counter) {
  return set_file(fd, VHOST_SET_VRING_CALL, ring, counter);
}

int clinux_vhost_set_error(int fd, unsigned ring, int counter) {
  return set_file(fd, VHOST_SET_VRING_ERR, ring, counter);
}

int clinux_vhost_set_busy_loop(int fd, unsigned ring, unsigned micros) {
  return set_number(fd, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, ring, micros);
}

int clinux_vhost_set_backend(int fd, unsigned ring, int tap) {
  return set_file(fd, VHOST_NET_SET_BACKEND, ring, tap);
}
