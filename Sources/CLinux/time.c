#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <poll.h>
#include <sched.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>

uint64_t clinux_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t clinux_worked(void) {
  struct timespec time = {0, 0};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int clinux_random(uint64_t *value) {
  // Up to 256 bytes are never short once the pool is ready (getrandom(2)).
  return getrandom(value, sizeof *value, 0) == sizeof *value ? 0 : -1;
}

void clinux_rest(uint64_t nanos) {
  struct timespec time = {(time_t)(nanos / 1000000000u), (long)(nanos % 1000000000u)};
  ppoll(NULL, 0, &time, NULL);
}

void clinux_yield(void) { sched_yield(); }

int clinux_create_timer(void) {
  return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}

void clinux_set_timer(int timer, uint64_t moment) {
  struct timespec value = {(time_t)(moment / 1000000000u), (long)(moment % 1000000000u)};
  struct itimerspec time = {.it_value = value};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &time, NULL);
}
