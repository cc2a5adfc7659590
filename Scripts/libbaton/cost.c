/* What a call through the C interface costs: nanoseconds of each, the least of many batches. The same calls in Swift are in
 * Benchmarks/calls; Scripts/libbaton-cost.sh has both run in turns.
 * Usage: cost [EVENTS]   with a number: only so many events of a chart, for who counts instructions */
#include <baton.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCHES = 40, CALLS = 100000 };

static baton_loop *loop;
static baton_timer *timer;
static baton_net *net;
static baton_chart *chart;
static baton_machine *machine;
static uint64_t changes;

static void nothing(void *context) { (void)context; }

static void call_now(void) { baton_loop_now(loop); }
static void call_arm(void) { baton_timer_arm(timer, 1000000000000); }
static void call_notify(void) { baton_net_notify(net, 1); }
static void call_status(void) { baton_net_status(net); }

static void call_event(void) { baton_machine_send(machine, 1, NULL, 0, NULL); }

/* A chart of two states and one event, which is taken if the guard holds and runs an action: as in Benchmarks/calls. */
static int may(const baton_event *event, void *context) {
  (void)event;
  return *(const uint64_t *)context != UINT64_MAX;
}
static void count(baton_machine *its, const baton_event *event, void *context) {
  (void)its, (void)event;
  *(uint64_t *)context += 1;
}

static const baton_state states[] = {{.name = "toggle", .initial = 1}, {.name = "off"}, {.name = "on"}};
static const char *const events[] = {NULL, "change"};
static const baton_guard guards[] = {{NULL, NULL}, {"may", may}};
static const baton_action actions[] = {{NULL, NULL}, {"count", count}};
static const baton_transition transitions[] = {
    {.source = 1, .event = 1, .guard = 1, .actions = BATON_LIST(1), .targets = BATON_LIST(2)},
    {.source = 2, .event = 1, .guard = 1, .actions = BATON_LIST(1), .targets = BATON_LIST(1)},
};

static int make_machine(void) {
  baton_chart_tables tables;
  BATON_INIT(tables);
  tables.states = states, tables.state_count = 3;
  tables.events = events, tables.event_count = 2;
  tables.guards = guards, tables.guard_count = 2;
  tables.actions = actions, tables.action_count = 2;
  tables.transitions = transitions, tables.transition_count = 2;
  return baton_chart_create(loop, &tables, NULL, 0, NULL, &chart, NULL) ||
         baton_machine_create(chart, NULL, NULL, &changes, &machine) || baton_machine_start(machine, NULL);
}

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

int main(int argc, char **argv) {
  baton_net_options options;
  BATON_INIT(options);
  options.mac[0] = 2;
  if (baton_loop_create(&loop, NULL) || baton_timer_create(loop, nothing, NULL, &timer) ||
      baton_net_create(loop, "net0", &options, 1, NULL, NULL, NULL, NULL, &net, NULL))
    return 1;
  if (make_machine()) return 1;
  if (argc > 1) {
    const uint64_t wanted = strtoull(argv[1], NULL, 10);
    for (uint64_t i = 0; i < wanted; i++) call_event();
    return changes != wanted;
  }
  measure("now", call_now);
  measure("arm", call_arm);
  measure("notify", call_notify);
  measure("status", call_status);
  measure("event", call_event);
  if (changes != (uint64_t)BATCHES * CALLS) return 1;
  return baton_machine_destroy(machine) || baton_chart_destroy(chart) || baton_net_destroy(net) ||
         baton_timer_destroy(timer) || baton_loop_destroy(loop);
}
