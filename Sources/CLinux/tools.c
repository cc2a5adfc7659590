#define _GNU_SOURCE
#include "tools.h"

#include "BatonCLinux.h"
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

int clinux_watch_file(int fd) {
  // By its descriptor, so that it is the file that was opened and not one of the same name.
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int watch = inotify_init1(IN_CLOEXEC);
  if (watch != -1 && inotify_add_watch(watch, path, IN_MODIFY | IN_ATTRIB) == -1) {
    int error = clinux_errno();
    close(watch);
    clinux_restore_errno(error);
    return -1;
  }
  return watch;
}

int clinux_length(int fd, uint64_t *length, uint64_t *names) {
  struct stat found;
  if (fstat(fd, &found) == -1)
    return -1;
  *length = (uint64_t)found.st_size;
  *names = found.st_nlink;
  return 0;
}
