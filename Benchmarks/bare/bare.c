// The shortest way of one TAP descriptor from one process to another: what Baton's blackout is
// compared with. Two processes, a TAP in a network namespace of their own, a UNIX socket. The
// holder takes the time, stops reading, passes the descriptor and nothing else; the other one
// waits in epoll for the first frame, reads it and takes the time. They change roles from round to
// round. A third process, one for each holder, puts one frame into the TAP right before the stop,
// so that one is always waiting.
//
// Usage: bare ROUNDS [PAUSE]     prints one duration in microseconds for each round; PAUSE is how
// many milliseconds the holder waits before each: after a pause, caches and processors are as cold
// as between two handovers of a guest.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char host[] = "192.0.2.1";
static const char guest[] = "192.0.2.2";

__attribute__((noreturn)) static void fail(const char *what) {
  fprintf(stderr, "bare: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int check(int result, const char *what) {
  if (result < 0) fail(what);
  return result;
}

static uint64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void write_file(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  ssize_t written = write(file, text, strlen(text));
  (void)written;
  close(file);
}

/// A network namespace of our own; who is not root makes a user namespace for it.
static void isolate(void) {
  if (geteuid() == 0) {
    check(unshare(CLONE_NEWNET), "unshare");
  } else {
    char map[32];
    snprintf(map, sizeof map, "0 %u 1", geteuid());
    check(unshare(CLONE_NEWUSER | CLONE_NEWNET), "unshare");
    write_file("/proc/self/uid_map", map);
  }
  // The kernel's own frames would be read for ours.
  write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
}

static struct sockaddr_in address(const char *text) {
  struct sockaddr_in result = {.sin_family = AF_INET, .sin_port = htons(9)};
  inet_pton(AF_INET, text, &result.sin_addr);
  return result;
}

/// A TAP that is up, with an address and a neighbour that does not have to be asked for.
static int open_tap(void) {
  struct ifreq request = {.ifr_name = "bare0"};
  int tap = check(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "/dev/net/tun");
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  check(ioctl(tap, TUNSETIFF, &request), "TUNSETIFF");

  int control = check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  struct sockaddr_in own = address(host);
  memcpy(&request.ifr_addr, &own, sizeof own);
  check(ioctl(control, SIOCSIFADDR, &request), "SIOCSIFADDR");
  own = address("255.255.255.0");
  memcpy(&request.ifr_netmask, &own, sizeof own);
  check(ioctl(control, SIOCSIFNETMASK, &request), "SIOCSIFNETMASK");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  check(ioctl(control, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");

  struct arpreq neighbour = {.arp_flags = ATF_COM | ATF_PERM, .arp_dev = "bare0"};
  struct sockaddr_in other = address(guest);
  memcpy(&neighbour.arp_pa, &other, sizeof other);
  neighbour.arp_ha.sa_family = ARPHRD_ETHER;
  memcpy(neighbour.arp_ha.sa_data, "\x02\x00\x00\x00\x00\x02", 6);
  check(ioctl(control, SIOCSARP, &neighbour), "SIOCSARP");
  close(control);
  return tap;
}

/// The third party: a frame into the TAP for every byte, which is sent back once it is there.
__attribute__((noreturn)) static void prompt(int line) {
  struct sockaddr_in to = address(guest);
  int sender = check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  char byte;
  while (read(line, &byte, 1) == 1) {
    if (sendto(sender, "baton", 5, 0, (struct sockaddr *)&to, sizeof to) != 5) fail("sendto");
    if (write(line, &byte, 1) != 1) fail("write");
  }
  exit(0);
}

static void watch(int poll, int descriptor, int operation) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  check(epoll_ctl(poll, operation, descriptor, &event), "epoll_ctl");
}

static void await(int poll, int descriptor) {
  struct epoll_event event;
  int count;
  do {
    count = epoll_wait(poll, &event, 1, 10000);
  } while (count < 0 && errno == EINTR);
  if (count != 1 || event.data.fd != descriptor) fail("no event in ten seconds");
}

/// Stops reading and passes the TAP with the time of the stop.
static void give(int poll, int channel, int prompter, int tap, int pause) {
  char byte = 0;
  struct timespec wait = {.tv_sec = pause / 1000, .tv_nsec = pause % 1000 * 1000000L};
  while (nanosleep(&wait, &wait) < 0 && errno == EINTR) continue;
  if (write(prompter, &byte, 1) != 1 || read(prompter, &byte, 1) != 1) fail("prompter");
  uint64_t stopped = nanoseconds();
  watch(poll, tap, EPOLL_CTL_DEL);
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct iovec part = {.iov_base = &stopped, .iov_len = sizeof stopped};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                           .msg_controllen = sizeof control};
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(rights), &tap, sizeof tap);
  if (sendmsg(channel, &message, 0) != sizeof stopped) fail("sendmsg");
}

/// Receives the TAP, waits for its first frame and reads it; `micros` gets what that took.
static int take(int poll, int channel, double *micros) {
  uint64_t stopped = 0;
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec part = {.iov_base = &stopped, .iov_len = sizeof stopped};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                           .msg_controllen = sizeof control};
  await(poll, channel);
  if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != sizeof stopped) fail("recvmsg");
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  if (!rights || rights->cmsg_type != SCM_RIGHTS) fail("no descriptor came");
  int tap;
  memcpy(&tap, CMSG_DATA(rights), sizeof tap);
  watch(poll, tap, EPOLL_CTL_ADD);
  await(poll, tap);
  char frame[2048];
  if (read(tap, frame, sizeof frame) <= 0) fail("read");
  *micros = (double)(nanoseconds() - stopped) / 1000;
  return tap;
}

/// One of the two. The first one holds the TAP in even rounds; who takes it prints and answers.
static void take_turns(bool is_first, int rounds, int pause, int channel, int prompter,
                       int tap) {
  int poll = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  watch(poll, channel, EPOLL_CTL_ADD);
  if (is_first) watch(poll, tap, EPOLL_CTL_ADD);
  for (int round = 0; round < rounds; round++) {
    char byte = 0;
    if ((round % 2 == 0) == is_first) {
      give(poll, channel, prompter, tap, pause);
      await(poll, channel);
      if (read(channel, &byte, 1) != 1) fail("read");
      close(tap);
    } else {
      double micros;
      tap = take(poll, channel, &micros);
      printf("%.3f\n", micros);
      fflush(stdout);
      if (write(channel, &byte, 1) != 1) fail("write");
    }
  }
}

static pid_t child(void) {
  pid_t made = check(fork(), "fork");
  if (made == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
  return made;
}

int main(int count, char **arguments) {
  int rounds = count >= 2 ? atoi(arguments[1]) : 0;
  int pause = count >= 3 ? atoi(arguments[2]) : 0;
  if (rounds < 1 || pause < 0 || count > 3) {
    fprintf(stderr, "usage: bare ROUNDS [PAUSE_MILLIS]\n");
    return 64;
  }
  isolate();
  int tap = open_tap();
  int channel[2], first_line[2], second_line[2];
  int kind = SOCK_STREAM | SOCK_CLOEXEC;
  check(socketpair(AF_UNIX, kind, 0, channel), "socketpair");
  check(socketpair(AF_UNIX, kind, 0, first_line), "socketpair");
  check(socketpair(AF_UNIX, kind, 0, second_line), "socketpair");
  if (child() == 0) prompt(first_line[1]);
  if (child() == 0) prompt(second_line[1]);
  pid_t other = child();
  if (other == 0) {
    close(tap);
    take_turns(false, rounds, pause, channel[1], second_line[0], -1);
    return 0;
  }
  take_turns(true, rounds, pause, channel[0], first_line[0], tap);
  int status;
  check(waitpid(other, &status, 0), "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
