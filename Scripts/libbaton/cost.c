/* What a call through the C interface costs: nanoseconds of each, the least of many batches. The same calls in Swift are in
 * Benchmarks/calls; Scripts/libbaton-cost.sh has both run in turns. */
#include <baton.h>
#include <stdio.h>
#include <time.h>

enum { BATCHES = 40, CALLS = 100000 };

static baton_loop *loop;
static baton_timer *timer;
static baton_net *net;

static void nothing(void *context) { (void)context; }

static void call_now(void) { baton_loop_now(loop); }
static void call_arm(void) { baton_timer_arm(timer, 1000000000000); }
static void call_notify(void) { baton_net_notify(net, 1); }
static void call_status(void) { baton_net_status(net); }

static double nanos(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void measure(const char *name, void (*call)(void)) {
  double least = 1e18;
  for (int batch = 0; batch < BATCHES; batch++) {
    const double began = nanos();
    for (int i = 0; i < CALLS; i++) call();
    const double each = (nanos() - began) / CALLS;
    if (each < least) least = each;
  }
  printf("%s %.1f\n", name, least);
}

int main(void) {
  baton_net_options options;
  BATON_INIT(options);
  options.mac[0] = 2;
  if (baton_loop_create(&loop, NULL) || baton_timer_create(loop, nothing, NULL, &timer) ||
      baton_net_create(loop, "net0", &options, 1, NULL, NULL, NULL, NULL, &net, NULL))
    return 1;
  measure("now", call_now);
  measure("arm", call_arm);
  measure("notify", call_notify);
  measure("status", call_status);
  return baton_net_destroy(net) || baton_timer_destroy(timer) || baton_loop_destroy(loop);
}
