#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <sys/epoll.h>

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int epoll, int operation, int fd, int ready, uint64_t name) {
  struct epoll_event event = {.data.u64 = name};
  if (ready & 1)
    event.events |= EPOLLIN;
  if (ready & 2)
    event.events |= EPOLLOUT;
  return epoll_ctl(epoll, operation, fd, &event);
}

int clinux_epoll_add(int epoll, int fd, int ready, uint64_t name) {
  return control(epoll, EPOLL_CTL_ADD, fd, ready, name);
}

int clinux_epoll_change(int epoll, int fd, int ready, uint64_t name) {
  return control(epoll, EPOLL_CTL_MOD, fd, ready, name);
}

int clinux_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL); }

int clinux_epoll_ready(int epoll, struct clinux_ready *found, int count) {
  struct epoll_event events[64];
  int ready = epoll_wait(epoll, events, count < 64 ? count : 64, 0);
  for (int i = 0; i < ready; i++) {
    uint32_t what = events[i].events;
    found[i].name = events[i].data.u64;
    found[i].ready = (what & EPOLLIN ? 1u : 0u) | (what & EPOLLOUT ? 2u : 0u);
    // As libevent reports them: whoever reads or writes is told by that call.
    if (what & (EPOLLERR | EPOLLHUP))
      found[i].ready = 3;
  }
  return ready;
}
