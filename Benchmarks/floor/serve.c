// The back-end: messages of vhost-user as far as they are needed, split rings, one epoll.
#define _GNU_SOURCE
#include "floor.h"

#include <linux/io_uring.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/un.h>

struct entry { uint64_t address; uint32_t length; uint16_t flags, next; };
struct available { uint16_t flags, index, heads[]; };
struct used { uint16_t flags, index; struct { uint32_t head, length; } entries[]; };

struct ring {
  unsigned size;
  uint16_t next, done, told;
  uint64_t places[4];
  struct entry *table;
  volatile struct available *available;
  struct used *used;
  int kick, call;
  bool runs, enabled;
};

struct region { uint64_t guest, size, user, offset; };
struct message {
  uint32_t request, flags, size;
  union {
    uint64_t number;
    struct { uint32_t index, value; } state;
    struct { uint32_t index, flags; uint64_t table, used, available, log; } address;
    struct { uint32_t count, padding; struct region regions[8]; } memory;
    char bytes[512];
  };
} __attribute__((packed));

static struct ring rings[2];
static struct region regions[8];
static char *hosts[8];
static unsigned region_count;
static uint64_t features;
static int line = -1, tap, epoll;
static bool starved, blocked, batches;

static void *at(uint64_t address, bool is_user) {
  for (unsigned index = 0; index < region_count; index++) {
    uint64_t start = is_user ? regions[index].user : regions[index].guest;
    if (address - start < regions[index].size) return hosts[index] + (address - start);
  }
  errno = EFAULT;
  fail("an address of the front-end's");
}

static void watch(int descriptor, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.fd = descriptor};
  check(epoll_ctl(epoll, operation, descriptor, &event), "epoll_ctl");
}

/// Fills in the pieces of the chain at the head of a ring.
static int pieces_of(struct ring *ring, uint16_t place, struct iovec *pieces, uint16_t *head) {
  *head = ring->available->heads[place & (ring->size - 1)];
  struct entry *table = ring->table, *entry = &table[*head];
  if (entry->flags & 4) table = entry = at(entry->address, false);
  int count = 0;
  while (true) {
    pieces[count++] = (struct iovec){at(entry->address, false), entry->length};
    if (!(entry->flags & 1) || count == PIECES) return count;
    entry = &table[entry->next];
  }
}

static void complete(struct ring *ring, uint16_t head, uint32_t length) {
  unsigned place = ring->done & (ring->size - 1);
  ring->used->entries[place].head = head;
  ring->used->entries[place].length = length;
  ring->done++;
  ring->next++;
}

/// Shows the front-end a round's chains at once, and rings if it wants that.
static void publish(struct ring *ring) {
  if (ring->told == ring->done) return;
  __atomic_store_n(&ring->used->index, ring->done, __ATOMIC_RELEASE);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  uint16_t before = ring->told;
  ring->told = ring->done;
  bool wants = features >> 29 & 1
                   ? (uint16_t)(ring->done - ring->available->heads[ring->size] - 1) <
                         (uint16_t)(ring->done - before)
                   : !(ring->available->flags & 1);
  if (wants && ring->call >= 0) eventfd_write(ring->call, 1);
}

/// Asks to be told of the next chain; true if there is one already.
static bool ask(struct ring *ring) {
  if (!(features >> 29 & 1)) return false;
  volatile uint16_t *wish = (void *)(ring->used->entries + ring->size);
  *wish = ring->next;
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return ring->available->index != ring->next;
}

static uint16_t waiting(struct ring *ring) {
  return (uint16_t)(__atomic_load_n(&ring->available->index, __ATOMIC_ACQUIRE) - ring->next);
}

// --- with io_uring: a batch a call

static struct {
  int ring;
  unsigned *head, *tail, *mask, *array, *done_head, *done_tail, *done_mask;
  struct io_uring_sqe *entries;
  struct io_uring_cqe *done;
} uring;

static void use_uring(void) {
  struct io_uring_params set = {.flags = IORING_SETUP_SINGLE_ISSUER};
  uring.ring = check((int)syscall(__NR_io_uring_setup, 2 * BATCH, &set), "io_uring_setup");
  size_t size = set.sq_off.array + set.sq_entries * sizeof(unsigned);
  size_t other = set.cq_off.cqes + set.cq_entries * sizeof(struct io_uring_cqe);
  if (other > size) size = other;
  char *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, uring.ring, 0);
  uring.entries = mmap(NULL, set.sq_entries * sizeof *uring.entries, PROT_READ | PROT_WRITE,
                       MAP_SHARED, uring.ring, (off_t)IORING_OFF_SQES);
  if (base == MAP_FAILED || uring.entries == MAP_FAILED) fail("mmap");
  uring.head = (unsigned *)(base + set.sq_off.head);
  uring.tail = (unsigned *)(base + set.sq_off.tail);
  uring.mask = (unsigned *)(base + set.sq_off.ring_mask);
  uring.array = (unsigned *)(base + set.sq_off.array);
  uring.done_head = (unsigned *)(base + set.cq_off.head);
  uring.done_tail = (unsigned *)(base + set.cq_off.tail);
  uring.done_mask = (unsigned *)(base + set.cq_off.ring_mask);
  uring.done = (struct io_uring_cqe *)(base + set.cq_off.cqes);
}

static void submit(unsigned number, int code, struct iovec *pieces, int count) {
  unsigned tail = *uring.tail, place = tail & *uring.mask;
  uring.entries[place] = (struct io_uring_sqe){
      .opcode = (uint8_t)code, .fd = tap, .addr = (uint64_t)(uintptr_t)pieces, .rw_flags = 8,
      .len = (unsigned)count, .off = (uint64_t)-1, .user_data = number};
  uring.array[place] = place;
  __atomic_store_n(uring.tail, tail + 1, __ATOMIC_RELEASE);
}

static void await(unsigned count, int *results) {
  check((int)syscall(__NR_io_uring_enter, uring.ring, count, count, IORING_ENTER_GETEVENTS, NULL,
                     0), "io_uring_enter");
  unsigned head = *uring.done_head;
  while (head != __atomic_load_n(uring.done_tail, __ATOMIC_ACQUIRE)) {
    struct io_uring_cqe *entry = &uring.done[head++ & *uring.done_mask];
    results[entry->user_data] = entry->res;
  }
  __atomic_store_n(uring.done_head, head, __ATOMIC_RELEASE);
}

/// A batch of frames in one call; how many of them went, in order.
static unsigned move_batch(struct ring *ring, int code, unsigned count, uint16_t *heads,
                           int *results) {
  static struct iovec pieces[BATCH][PIECES];
  if (count > BATCH) count = BATCH;
  for (unsigned index = 0; index < count; index++) {
    uint16_t place = (uint16_t)(ring->next + index);
    int length = pieces_of(ring, place, pieces[index], &heads[index]);
    submit(index, code, pieces[index], length);
  }
  if (count) await(count, results);
  unsigned went = 0;
  while (went < count && results[went] >= 0) {
    if (code == IORING_OP_READV) ((char *)pieces[went][0].iov_base)[10] = 1;
    went++;
  }
  return went;
}

static void transmit(void) {
  struct ring *ring = &rings[1];
  struct iovec pieces[PIECES];
  uint16_t head, count = 0;
  int done = 0;
  if (!ring->runs) return;
  if (batches) {
    uint16_t heads[BATCH];
    int results[BATCH];
    do {
      unsigned went = move_batch(ring, IORING_OP_WRITEV, waiting(ring), heads, results);
      for (unsigned index = 0; index < went; index++) complete(ring, heads[index], 0);
      if (went) done = BATCH;
    } while (!done && ask(ring));
  }
  while (done < BATCH && (count > 0 || (count = waiting(ring)) > 0 || ask(ring))) {
    if (count == 0) continue;
    int length = pieces_of(ring, ring->next, pieces, &head);
    if (writev(tap, pieces, length) < 0 && errno == EAGAIN) break;
    complete(ring, head, 0);
    count--;
    done++;
  }
  publish(ring);
  bool more = done == BATCH;
  if (more != blocked) watch(tap, (starved ? 0 : EPOLLIN) | (more ? EPOLLOUT : 0), EPOLL_CTL_MOD);
  blocked = more;
}

static void receive(void) {
  struct ring *ring = &rings[0];
  struct iovec pieces[PIECES];
  uint16_t head, count = 0;
  if (!ring->runs) return;
  for (int done = 0; done < BATCH; done++) {
    if (batches && (count = waiting(ring)) > 0) {
      uint16_t heads[BATCH];
      int results[BATCH];
      unsigned went = move_batch(ring, IORING_OP_READV, count, heads, results);
      for (unsigned index = 0; index < went; index++)
        complete(ring, heads[index], (uint32_t)results[index]);
      break;
    }
    if (count == 0 && (count = waiting(ring)) == 0) {
      if (ask(ring)) continue;
      starved = true;
      watch(tap, blocked ? EPOLLOUT : 0, EPOLL_CTL_MOD);
      break;
    }
    int length = pieces_of(ring, ring->next, pieces, &head);
    ssize_t size = readv(tap, pieces, length);
    if (size < 0) break;
    // Every frame of these is in one buffer.
    ((char *)pieces[0].iov_base)[10] = 1;
    complete(ring, head, (uint32_t)size);
    count--;
  }
  publish(ring);
}

static void feed(void) {
  if (!starved) return;
  starved = false;
  watch(tap, EPOLLIN | (blocked ? EPOLLOUT : 0), EPOLL_CTL_MOD);
}

// --- the front-end's messages

static void map_memory(struct message *message, int *descriptors) {
  region_count = message->memory.count;
  for (unsigned index = 0; index < region_count; index++) {
    regions[index] = message->memory.regions[index];
    size_t size = regions[index].size + regions[index].offset;
    char *host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors[index], 0);
    if (host == MAP_FAILED) fail("mmap");
    hosts[index] = host + regions[index].offset;
    close(descriptors[index]);
  }
}

static void start(struct ring *ring) {
  ring->table = at(ring->places[0], true);
  ring->used = at(ring->places[1], true);
  ring->available = at(ring->places[2], true);
  ring->done = ring->told = ring->next;
  ring->runs = true;
  watch(ring->kick, EPOLLIN, EPOLL_CTL_ADD);
}

static void stop(struct ring *ring) {
  if (!ring->runs) return;
  ring->runs = false;
  close(ring->kick);
}

static void answer(struct message *message, uint64_t number) {
  message->flags = 5;
  message->size = 8;
  message->number = number;
  if (write(line, message, 20) != 20) fail("answer");
}

static void leave(void) {
  stop(&rings[0]);
  stop(&rings[1]);
  close(line);
  line = -1;
}

static void obey(struct message *message, int *descriptors) {
  struct ring *ring = &rings[message->state.index & 1];
  switch (message->request) {
    // Mergeable buffers, indirect, event index, protocol features, version 1.
    case 1: return answer(message, 1ull << 15 | 1ull << 28 | 1ull << 29 | 1ull << 30 | 1ull << 32);
    case 2: features = message->number; return;
    case 5: return map_memory(message, descriptors);
    case 8: ring->size = message->state.value; return;
    case 9:
      ring->places[0] = message->address.table;
      ring->places[1] = message->address.used;
      ring->places[2] = message->address.available;
      return;
    case 10: ring->next = (uint16_t)message->state.value; return;
    case 11:
      stop(ring);
      message->state.value = ring->next;
      message->flags = 5;
      if (write(line, message, 20) != 20) fail("answer");
      return;
    case 12:
      stop(ring);
      ring->kick = descriptors[0];
      return start(ring);
    case 13: ring->call = descriptors[0]; return;
    case 14: if (descriptors[0] >= 0) close(descriptors[0]); return;
    case 15: return answer(message, 0);
    case 17: return answer(message, 1);
    default: return;
  }
}

static void hear(void) {
  struct message message;
  int descriptors[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
  char control[CMSG_SPACE(sizeof descriptors)];
  struct iovec piece = {&message, 12};
  struct msghdr head = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control,
      .msg_controllen = sizeof control};
  if (recvmsg(line, &head, MSG_CMSG_CLOEXEC | MSG_WAITALL) != 12) return leave();
  struct cmsghdr *first = CMSG_FIRSTHDR(&head);
  if (first) memcpy(descriptors, CMSG_DATA(first), first->cmsg_len - CMSG_LEN(0));
  if (message.size > sizeof message.bytes) fail("a message's length");
  if (message.size && recv(line, message.bytes, message.size, MSG_WAITALL) != (int)message.size)
    return leave();
  obey(&message, descriptors);
}

static int listen_at(const char *path) {
  struct sockaddr_un own = {.sun_family = AF_UNIX};
  snprintf(own.sun_path, sizeof own.sun_path, "%s", path);
  int listener = check(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  check(bind(listener, (struct sockaddr *)&own, sizeof own), "bind");
  check(listen(listener, 1), "listen");
  return listener;
}

void serve(const char *path, int device, bool batches_calls) {
  tap = device;
  batches = batches_calls;
  epoll = check(epoll_create1(EPOLL_CLOEXEC), "epoll");
  int listener = listen_at(path);
  watch(listener, EPOLLIN, EPOLL_CTL_ADD);
  watch(tap, EPOLLIN, EPOLL_CTL_ADD);
  printf("ready\n");
  fflush(stdout);
  if (batches) use_uring();
  while (true) {
    struct epoll_event events[8];
    int count = epoll_wait(epoll, events, 8, -1);
    for (int index = 0; index < count; index++) {
      int which = events[index].data.fd;
      uint64_t rung;
      if (which == listener) {
        line = check(accept(listener, NULL, NULL), "accept");
        watch(line, EPOLLIN, EPOLL_CTL_ADD);
      } else if (which == line) {
        hear();
      } else if (which == tap) {
        if (events[index].events & EPOLLOUT) transmit();
        if (events[index].events & EPOLLIN) receive();
      } else if (rings[0].runs && which == rings[0].kick) {
        if (read(which, &rung, 8) == 8) feed();
      } else if (rings[1].runs && which == rings[1].kick) {
        if (read(which, &rung, 8) == 8) transmit();
      }
    }
  }
}
