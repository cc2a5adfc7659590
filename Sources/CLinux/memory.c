#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

int clinux_create_memory(const char *name) {
  unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
  // Before Linux 6.3 the flag is unknown.
  return fd == -1 && clinux_errno() == EINVAL ? memfd_create(name, flags) : fd;
}

int clinux_truncate(int fd, int64_t length) { return ftruncate(fd, length); }

int clinux_seal(int fd) {
  return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

int clinux_seals(int fd) {
  int seals = fcntl(fd, F_GET_SEALS);
  if (seals == -1) return -1;
  return (seals & F_SEAL_SHRINK ? 1 : 0) | (seals & F_SEAL_GROW ? 2 : 0);
}

int clinux_file_system(int fd, uint32_t *type) {
  struct statfs found;
  if (fstatfs(fd, &found) == -1)
    return -1;
  *type = (uint32_t)found.f_type;
  return 0;
}

int clinux_allocate(int fd, int64_t length) { return fallocate(fd, 0, 0, length); }

int clinux_commits_strictly(void) {
  char mode = 0;
  int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);
  if (fd == -1)
    return 0;
  ssize_t count = read(fd, &mode, 1);
  close(fd);
  return count == 1 && mode == '2';
}

void *clinux_map(int fd, size_t length) {
  void *address = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return address == MAP_FAILED ? NULL : address;
}

int clinux_unmap(void *address, size_t length) { return munmap(address, length); }

int clinux_create_counter(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void clinux_ring(int counter) {
  uint64_t one = 1;
  while (write(counter, &one, sizeof one) == -1 && clinux_errno() == EINTR)
    continue;
}

void clinux_unring(int counter) {
  uint64_t count;
  while (read(counter, &count, sizeof count) == -1 && clinux_errno() == EINTR)
    continue;
}
