#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// glibc 2.36 knows P_PIDFD only from its own enumeration, older ones not at all.
enum { by_pidfd = 3 };

int clinux_open_process(int32_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_signal_process(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int clinux_signal_group(int32_t leader, int signal) {
  // 0 and -1 are other groups, and everybody.
  if (leader <= 1) {
    clinux_restore_errno(EINVAL);
    return -1;
  }
  return kill(-leader, signal);
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

int clinux_await_end(int pidfd) {
  siginfo_t info;
  return waitid((idtype_t)by_pidfd, (id_t)pidfd, &info, WEXITED | WNOWAIT);
}

int clinux_has_stopped(int pidfd) {
  siginfo_t info = {0};
  int what = WEXITED | WSTOPPED | WNOWAIT | WNOHANG;
  if (waitid((idtype_t)by_pidfd, (id_t)pidfd, &info, what) == -1)
    return -1;
  return info.si_pid != 0;
}

/// `count` strings that stand one behind the other, as a list that ends with NULL; NULL without
/// memory. The list is the caller's, the strings are not copied.
static char **list_of(const char *strings, size_t count) {
  char **list = calloc(count + 1, sizeof *list);
  for (size_t place = 0; list != NULL && place < count; place++) {
    list[place] = (char *)strings;
    strings += strlen(strings) + 1;
  }
  return list;
}

static void close_all(const int fds[3]) {
  for (int place = 0; place < 3; place++)
    if (fds[place] != -1)
      close(fds[place]);
}

/// Copies at 3 and above, so that none of the three stands where another one has to go.
static int copy_all(const int fds[3], int copies[3]) {
  copies[0] = copies[1] = copies[2] = -1;
  for (int place = 0; place < 3; place++) {
    copies[place] = fcntl(fds[place], F_DUPFD_CLOEXEC, 3);
    if (copies[place] == -1) {
      // EINVAL: not even the number 3 may be used.
      int code = clinux_errno() == EINVAL ? EMFILE : clinux_errno();
      close_all(copies);
      clinux_restore_errno(code);
      return -1;
    }
  }
  return 0;
}

/// posix_spawn(3) with these descriptors and no others, and no signal blocked or ignored, whatever
/// the caller has open, blocks and ignores.
static int start(const struct clinux_program *program, char **arguments, char **environment,
                 const int fds[3], pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                (program->leads ? POSIX_SPAWN_SETSID : 0)));
  int code = posix_spawn_file_actions_init(&actions);
  for (int place = 0; code == 0 && place < 3; place++)
    code = posix_spawn_file_actions_adddup2(&actions, fds[place], place);
  // What others of this process opened without close-on-exec does not leak either.
  if (code == 0)
    code = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  if (code == 0)
    code = posix_spawn(pid, program->path, &actions, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return code;
}

int clinux_spawn(const struct clinux_program *program, const int fds[3], int32_t *pid) {
  extern char **environ;
  int copies[3], code = ENOMEM, pidfd = -1;
  pid_t child = -1;
  if (copy_all(fds, copies) == -1)
    return -1;
  char **arguments = list_of(program->arguments, program->argument_count);
  char **environment = list_of(program->environment, program->environment_count);
  if (arguments != NULL && environment != NULL)
    code = start(program, arguments, program->inherits ? environ : environment, copies, &child);
  free(arguments);
  free(environment);
  // Leaves numbers free for the pidfd: who has no room for it starts nothing.
  close_all(copies);
  if (code == 0) {
    pidfd = clinux_open_process(child);
    if (pidfd == -1) {
      // Another thread took the numbers meanwhile. Nobody could watch the child.
      code = clinux_errno();
      kill(child, SIGKILL);
      while (waitpid(child, NULL, 0) == -1 && clinux_errno() == EINTR) {
      }
    }
  }
  *pid = child;
  clinux_restore_errno(code);
  return pidfd;
}

void clinux_stop_self(void) { kill(getpid(), SIGSTOP); }

long clinux_raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
    return -1;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
    return -1;
  return (long)limit.rlim_cur;
}

int32_t clinux_process_id(void) { return getpid(); }

uint32_t clinux_user_id(void) { return geteuid(); }

void clinux_admit_signal(int number) {
  sigset_t set;
  sigemptyset(&set);
  if (sigaddset(&set, number) == 0)
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int clinux_ignores_signal(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void *end_thread(void *argument) { return argument; }

int clinux_check_thread(void) {
  pthread_t thread;
  int code = pthread_create(&thread, NULL, end_thread, NULL);
  if (code == 0)
    pthread_join(thread, NULL);
  return code;
}

void clinux_ignore_signal(int number) { signal(number, SIG_IGN); }
