// eventfds that another process holds as well.
//
// O_NONBLOCK belongs to the open file description, so that whoever else has it can take it away,
// and a counter that is full would hold up a write for ever. The kernel's asynchronous I/O signals
// an eventfd at the end of a request without waiting (IOCB_FLAG_RESFD, io_submit(2)); the request
// here is a read of no bytes of the counter itself, which is refused at once and changes nothing.
#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static aio_context_t context;
static int is_tried;

// The head of the ring of what has ended, as the kernel maps it at the address of the context
// (fs/aio.c; the same since Linux 2.6).
struct ring {
  uint32_t id, count, head, tail, magic, compatible, incompatible, length;
};
static const uint32_t known = 0xa10a10a1;

// Takes what has ended, so that there is room for the next one: without a call where that is known.
static void reap(void) {
  struct ring *ring = (struct ring *)(uintptr_t)context;
  if (ring->magic == known && ring->incompatible == 0) {
    uint32_t tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
    __atomic_store_n(&ring->head, tail, __ATOMIC_RELEASE);
    return;
  }
  struct io_event ended[8];
  struct timespec at_once = {0, 0};
  syscall(SYS_io_getevents, context, 0L, 8L, ended, &at_once);
}

// 0 where the kernel has no asynchronous I/O, or no room for it.
static int submit(int counter) {
  struct iocb request = {
      .aio_lio_opcode = IOCB_CMD_PREAD,
      .aio_fildes = (uint32_t)counter,
      .aio_flags = IOCB_FLAG_RESFD,
      .aio_resfd = (uint32_t)counter,
  };
  struct iocb *requests[1] = {&request};
  int is_done = 1;
  pthread_mutex_lock(&lock);
  if (!is_tried) {
    is_tried = 1;
    syscall(SYS_io_setup, 8, &context);
  }
  if (context == 0)
    is_done = 0;
  // EINVAL: it is no eventfd, and nobody waits for it.
  else if (syscall(SYS_io_submit, context, 1L, requests) == 1)
    reap();
  else if (clinux_errno() == EAGAIN || clinux_errno() == ENOSYS)
    is_done = 0;
  pthread_mutex_unlock(&lock);
  return is_done;
}

void clinux_ring_shared(int counter) {
  if (submit(counter))
    return;
  struct pollfd room = {.fd = counter, .events = POLLOUT};
  if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT))
    clinux_ring(counter);
}

int clinux_take_shared(int counter) {
  uint64_t count;
  struct iovec place = {.iov_base = &count, .iov_len = sizeof count};
  ssize_t taken = preadv2(counter, &place, 1, -1, RWF_NOWAIT);
  // Before Linux 5.8 an eventfd does not know the flag.
  if (taken == -1 && (clinux_errno() == EOPNOTSUPP || clinux_errno() == ENOSYS)) {
    struct pollfd ready = {.fd = counter, .events = POLLIN};
    // Somebody else took it: the ring is looked at all the same.
    if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLIN))
      return sizeof count;
    taken = read(counter, &count, sizeof count);
  }
  return (int)taken;
}
