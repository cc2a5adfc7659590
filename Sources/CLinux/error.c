#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <errno.h>
#include <string.h>

int clinux_errno(void) { return errno; }

void clinux_restore_errno(int code) { errno = code; }

const char *clinux_error_name(int code) { return strerrorname_np(code); }

const char *clinux_error_text(int code) { return strerrordesc_np(code); }

// Errno.swift spells these numbers, because Swift cannot import them without the whole of libc.
_Static_assert(EPERM == 1 && ENOENT == 2 && ESRCH == 3 && EINTR == 4 && EIO == 5, "errno");
_Static_assert(ENXIO == 6 && E2BIG == 7 && EBADF == 9 && ECHILD == 10 && EAGAIN == 11, "errno");
_Static_assert(ENOMEM == 12 && EACCES == 13 && EFAULT == 14 && EBUSY == 16, "errno");
_Static_assert(EEXIST == 17 && ENODEV == 19 && EINVAL == 22 && ENFILE == 23, "errno");
_Static_assert(EMFILE == 24 && ENOTTY == 25 && ENOSPC == 28 && EPIPE == 32, "errno");
_Static_assert(ENOSYS == 38 && EBADFD == 77 && ENOTSOCK == 88 && ENOPROTOOPT == 92, "errno");
_Static_assert(EOPNOTSUPP == 95 && EADDRINUSE == 98 && ECONNRESET == 104, "errno");
_Static_assert(ENOBUFS == 105 && ENOTCONN == 107 && ETOOMANYREFS == 109, "errno");
_Static_assert(ETIMEDOUT == 110 && ECONNREFUSED == 111, "errno");
