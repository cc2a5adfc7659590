#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

int clinux_open(const char *path) { return open(path, O_RDWR | O_CLOEXEC); }

int clinux_open_log(const char *path) {
  // Not blocking, so that a FIFO that nobody reads is an error (ENXIO) and no wait.
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
  if (fd != -1 && fcntl(fd, F_SETFL, O_APPEND) == -1) {
    int error = clinux_errno();
    close(fd);
    clinux_restore_errno(error);
    return -1;
  }
  return fd;
}

int clinux_open_output(const char *path, int *is_made) {
  *is_made = 0;
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd != -1 || clinux_errno() != ENOENT)
    return fd;
  fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  *is_made = fd != -1;
  // Somebody else has made it in between, or it is a link to what is not there yet.
  return fd == -1 && clinux_errno() == EEXIST
             ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666)
             : fd;
}

int clinux_empty(int fd) {
  struct stat found;
  if (fstat(fd, &found) == -1)
    return -1;
  return S_ISREG(found.st_mode) ? ftruncate(fd, 0) : 0;
}

void clinux_fill_standard_descriptors(void) {
  int fd;
  do
    fd = open("/dev/null", O_RDWR);
  while (fd != -1 && fd <= STDERR_FILENO);
  if (fd != -1)
    close(fd);
}

int clinux_open_macvtap(uint32_t index) {
  char path[32];
  snprintf(path, sizeof path, "/dev/tap%u", (unsigned)index);
  return clinux_open(path);
}

int clinux_close(int fd) { return close(fd); }

int clinux_duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }

// Not read(3) and write(3), which are cancellation points: with a second thread in the process that
// is a tenth of what a frame costs, and nobody here is ever cancelled.
long clinux_read(int fd, void *bytes, size_t length) {
  return syscall(SYS_read, fd, bytes, length);
}

long clinux_read_two(int fd, void *first, size_t first_length, void *rest, size_t rest_length) {
  struct iovec parts[2] = {{first, first_length}, {rest, rest_length}};
  return syscall(SYS_readv, fd, parts, rest_length > 0 ? 2 : 1);
}

long clinux_write(int fd, const void *bytes, size_t length) {
  return syscall(SYS_write, fd, bytes, length);
}

int clinux_get_descriptor_flags(int fd) { return fcntl(fd, F_GETFD); }

int clinux_is_nonblocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags == -1 ? -1 : (flags & O_NONBLOCK) != 0;
}

int clinux_set_nonblocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags == -1 || flags & O_NONBLOCK)
    return flags == -1 ? -1 : 0;
  return fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int clinux_stat(int fd, struct clinux_kind *kind) {
  struct stat found;
  if (fstat(fd, &found) == -1)
    return -1;
  *kind = (struct clinux_kind){.size = found.st_size};
  if (S_ISCHR(found.st_mode)) {
    kind->form = 1;
    kind->major_number = major(found.st_rdev);
    kind->minor_number = minor(found.st_rdev);
  } else if (S_ISSOCK(found.st_mode)) {
    kind->form = 2;
  } else if (S_ISREG(found.st_mode)) {
    kind->form = 3;
  } else if (S_ISFIFO(found.st_mode)) {
    kind->form = 4;
  }
  return 0;
}

int clinux_file(int fd, uint64_t *device, uint64_t *inode) {
  struct stat found;
  if (fstat(fd, &found) == -1)
    return -1;
  *device = found.st_dev;
  *inode = found.st_ino;
  return 0;
}

int clinux_compare(int a, int b) {
  int self = getpid();
  return (int)syscall(SYS_kcmp, self, self, KCMP_FILE, (unsigned long)a, (unsigned long)b);
}

int clinux_poll(int fd) {
  struct pollfd asked = {.fd = fd, .events = POLLIN | POLLOUT};
  if (poll(&asked, 1, 0) != 1 || (asked.revents & POLLNVAL))
    return 0;
  int both = asked.revents & (POLLERR | POLLHUP);
  return ((asked.revents & POLLIN) || both ? 1 : 0) | ((asked.revents & POLLOUT) || both ? 2 : 0);
}
