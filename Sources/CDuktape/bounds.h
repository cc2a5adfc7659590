/// What bounds the engine: included before Duktape's own source, which it configures, and once.
#ifndef CDUKTAPE_BOUNDS_H
#define CDUKTAPE_BOUNDS_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cduktape.h"

/// Instructions between two looks at what is left, so that none of them can do much in between.
#define BLOCK 1024
/// What an allocation, a deeper call and a comparison of so many bytes cost, in steps.
#define ALLOCATION_COST 8
#define CALL_COST 4
#define COMPARED_BYTES 32
/// Steps beyond the budget after which no memory is given either: what throws and unwinds needs
/// some.
#define OVERDRAFT 100000
/// Steps beyond the budget after which a search that still goes on finds nothing, and the longest
/// text that it may still compare then.
#define COLLAPSE 1000000
#define COMPARED_MAX 64
/// Bytes of the thread's stack that are left alone.
#define STACK_RESERVE (128u << 10)
/// Bytes that a new engine needs at most, and that an error may use beyond the account.
#define OPENING_COST (256u << 10)
#define EXPLAINING_COST (64u << 10)
/// The longest text that leaves the engine.
#define RESULT_MAX (1u << 20)

/// An engine. Milliseconds and numbers at random come from the host's clock and from the engine's
/// own sequence, so that a run can be repeated.
struct cduktape {
  cduktape_account *account;
  cduktape_calls calls;
  void *context;
  uint64_t budget;
  int64_t left;
  int64_t nanoseconds;
  int64_t deadline;
  uint64_t random;
  char *stack_end;
  bool is_refused;
  bool is_free;
  bool is_late;
  char error[512];
  char error_file[256];
};

/// The engine that runs on this thread: some of Duktape's hooks do not say which.
static _Thread_local cduktape *current;

/// Where the thread's stack must not go below. Asked once for each thread: for the first one the
/// answer is in a file.
static char *stack_end(void) {
  static _Thread_local char *end;
  if (end) return end;
  pthread_attr_t attributes;
  void *base = NULL;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    pthread_attr_getstack(&attributes, &base, &size);
    pthread_attr_destroy(&attributes);
  }
  char *lowest = base && size > 2 * STACK_RESERVE ? base : (char *)&attributes - 2 * STACK_RESERVE;
  end = lowest + STACK_RESERVE;
  return end;
}

static void charge(cduktape *engine, int64_t steps) {
  if (!engine->is_free && engine->left > -2 * (int64_t)COLLAPSE) engine->left -= steps;
}

static int64_t monotonic(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/// Each block of instructions. A step can take long (a place in a long text that is not ASCII is
/// counted out), so that the clock has a word too; long before it, steps are what ends a script.
static int is_exhausted(void *udata) {
  cduktape *engine = udata;
  charge(engine, BLOCK);
  if (!engine->is_late && monotonic() > engine->deadline) engine->is_late = true;
  if (engine->is_late && engine->left >= 0) engine->left = -1;
  return engine->left < 0;
}

/// Each call of native code, and each step of an expression that goes deeper: regular expressions,
/// JSON, the compiler.
static int is_too_deep(void) {
  if (!current) return 0;
  charge(current, CALL_COST);
  char here;
  return current->left < 0 || &here < current->stack_end;
}

/// A search for a long text compares at every place, and asks nobody in between.
static int compare(const void *left, const void *right, size_t length, bool is_search) {
  if (current) {
    charge(current, (int64_t)(length / COMPARED_BYTES));
    if (is_search && length > COMPARED_MAX && current->left < -(int64_t)COLLAPSE) return 1;
  }
  return memcmp(left, right, length);
}

static double random_number(void *engine) {
  uint64_t *state = &((cduktape *)engine)->random;
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (double)(*state >> 11) / 9007199254740992.0;
}

static double milliseconds(void) {
  return current ? current->calls.now(current->calls.context) : 0;
}

// MARK: Memory: each piece has its size in front of it.

#define HEAD 16

static void *give(void *udata, size_t size) {
  cduktape *engine = udata;
  cduktape_account *account = engine->account;
  charge(engine, ALLOCATION_COST);
  size_t room = account->limit > account->used ? account->limit - account->used : 0;
  if (engine->is_free) room += EXPLAINING_COST;
  bool is_overdrawn = !engine->is_free && engine->left < -(int64_t)OVERDRAFT;
  if (size > room || size > SIZE_MAX - HEAD || is_overdrawn) {
    engine->is_refused |= size > room;
    return NULL;
  }
  size_t *piece = malloc(size + HEAD);
  if (!piece) return NULL;
  *piece = size;
  account->used += size;
  return (char *)piece + HEAD;
}

static void take(void *udata, void *piece) {
  if (!piece) return;
  size_t *head = (size_t *)((char *)piece - HEAD);
  ((cduktape *)udata)->account->used -= *head;
  free(head);
}

static void *resize(void *udata, void *piece, size_t size) {
  if (size == 0) {
    take(udata, piece);
    return NULL;
  }
  void *moved = give(udata, size);
  if (!moved || !piece) return moved;
  size_t old = *(size_t *)((char *)piece - HEAD);
  memcpy(moved, piece, old < size ? old : size);
  take(udata, piece);
  return moved;
}

#endif
