#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef TUNGETDEVNETNS
#define TUNGETDEVNETNS _IO('T', 227)
#endif

static const char own[] = "/proc/thread-self/ns/net";

int clinux_open_network(const char *path) {
  // Neither does the opening of a FIFO wait, nor does a terminal become this process's.
  return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

int clinux_is_network(int fd) {
  int type = ioctl(fd, NS_GET_NSTYPE);
  return type == -1 ? -1 : type == CLONE_NEWNET;
}

uint64_t clinux_network_number(int fd) {
  struct stat found;
  int result = fd == -1 ? stat(own, &found) : fstat(fd, &found);
  return result == -1 ? 0 : found.st_ino;
}

int clinux_enter_network(int fd) {
  int home = open(own, O_RDONLY | O_CLOEXEC);
  if (home == -1)
    return -1;
  // The thread is there already, so that this changes nothing; but it asks what the way back asks.
  if (setns(home, CLONE_NEWNET) == 0 && setns(fd, CLONE_NEWNET) == 0)
    return home;
  int code = clinux_errno();
  close(home);
  clinux_restore_errno(code);
  return -1;
}

int clinux_leave_network(int home) {
  int result;
  // Each try is complete or has no effect. Without memory there may be some the next time.
  int tries = 100;
  do
    result = setns(home, CLONE_NEWNET);
  while (result == -1 && (clinux_errno() == EINTR || clinux_errno() == ENOMEM) && --tries > 0);
  if (result == 0)
    close(home);
  return result;
}

int clinux_tun_network(int fd) { return ioctl(fd, TUNGETDEVNETNS); }
