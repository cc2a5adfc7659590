// What the files of the bare back-end share.
#ifndef FLOOR_H
#define FLOOR_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HEADER = 12, BATCH = 64, PIECES = 64 };

__attribute__((noreturn)) static inline void fail(const char *what) {
  fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
  exit(1);
}

static inline int check(int result, const char *what) {
  if (result < 0) fail(what);
  return result;
}

/// Serves one front-end after another, one frame a call or, with `uring`, a batch a call.
__attribute__((noreturn)) void serve(const char *path, int tap, bool uring);

#endif
