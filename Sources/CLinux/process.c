#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// glibc 2.36 knows P_PIDFD only from its own enumeration, older ones not at all.
enum { by_pidfd = 3 };

int clinux_open_process(int32_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_signal_process(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int clinux_wait(int pidfd, struct clinux_exit *exit) {
  siginfo_t info = {0};
  *exit = (struct clinux_exit){0};
  if (waitid((idtype_t)by_pidfd, (id_t)pidfd, &info, WEXITED | WNOHANG) == -1)
    return -1;
  if (info.si_pid != 0) {
    exit->form = info.si_code == CLD_EXITED ? 1 : 2;
    exit->value = info.si_status;
  }
  return 0;
}

int32_t clinux_process_id(void) { return getpid(); }

uint32_t clinux_user_id(void) { return geteuid(); }
