// The machine over the table. A chart's file defines CHART and the functions CHART_check and
// CHART_run, then includes this: the compiler sees the guards and actions as it does in Swift,
// where `Machine` is generic over the chart.
#include "twin.h"

#define TWIN_JOIN2(chart, name) chart##_##name
#define TWIN_JOIN(chart, name) TWIN_JOIN2(chart, name)
#define NAME(name) TWIN_JOIN(CHART, name)

static inline struct twin_given external(struct twin_event event) {
  return (struct twin_given){event, true};
}

static const struct twin_given NOTHING = {0};

enum { RAISED_NOTHING, RAISED_EVENT, RAISED_DONE };

static inline void push(struct twin_outbox *outbox, struct twin_raised item) {
  if (outbox->raised_count >= TWIN_RAISED) {
    outbox->is_overfull = true;
    return;
  }
  outbox->raised[(outbox->raised_first + outbox->raised_count) % TWIN_RAISED] = item;
  outbox->raised_count += 1;
}

static inline struct twin_raised pop(struct twin_outbox *outbox) {
  struct twin_raised item = outbox->raised[outbox->raised_first];
  outbox->raised_first = (outbox->raised_first + 1) % TWIN_RAISED;
  outbox->raised_count -= 1;
  return item;
}

static inline void perform(struct NAME(machine) * machine, uint16_t start, uint16_t count,
                           struct twin_given given, uint64_t now,
                           struct twin_outbox *outbox) {
  const struct twin_operation *operation = machine->table->operations + start;
  for (const struct twin_operation *end = operation + count; operation < end; operation++) {
    switch (operation->code) {
    case TWIN_RUN:
      NAME(run)(operation->argument, &machine->memory, given, outbox);
      if (outbox->has_failed) {
        outbox->has_failed = false;
        operation += operation->rest;
      }
      break;
    case TWIN_START:
      machine->times[operation->argument] = now + machine->table->slots[operation->argument];
      break;
    case TWIN_CANCEL: machine->times[operation->argument] = UINT64_MAX; break;
    case TWIN_DONE:
      push(outbox, (struct twin_raised){.what = RAISED_DONE, .state = operation->argument});
      break;
    }
  }
}

/// Tells the observer; out of the way of the event, as is everything that is rare.
__attribute__((noinline, cold)) static void report(struct NAME(machine) * machine, uint64_t now,
                                                   size_t column, uint8_t from,
                                                   uint64_t asked, uint64_t held) {
  machine->observer(machine->context, now ^ asked ^ held, column, from, machine->leaf);
}

/// One microstep: the first candidate of the row whose guard holds; NULL when there is none.
__attribute__((always_inline)) static inline const struct twin_candidate *step(
    struct NAME(machine) * machine, size_t column, struct twin_given given, uint64_t now,
    struct twin_outbox *outbox) {
  const struct twin_table *table = machine->table;
  struct twin_row row = table->rows[machine->leaf * table->columns + column];
  uint64_t asked = 0;
  uint64_t held = 0;
  const struct twin_candidate *candidate = table->candidates + row.start;
  for (const struct twin_candidate *end = candidate + row.count; candidate < end; candidate++) {
    if (candidate->guard != TWIN_UNGUARDED) {
      bool holds = NAME(check)(candidate->guard, &machine->memory, given);
      asked |= UINT64_C(1) << candidate->guard;
      held |= (uint64_t)holds << candidate->guard;
      if (holds != candidate->expected) continue;
    }
    uint8_t from = machine->leaf;
    perform(machine, candidate->operation_start, candidate->operation_count, given, now, outbox);
    machine->leaf = candidate->leaf;
    if (machine->observer) report(machine, now, column, from, asked, held);
    return candidate;
  }
  if (machine->observer && (column < table->eventless_column || asked != 0)) {
    report(machine, now, column, machine->leaf, asked, held);
  }
  return NULL;
}

/// `step` for the triggers that are no external event.
__attribute__((noinline)) static bool microstep(struct NAME(machine) * machine, size_t column,
                                                struct twin_given given, uint64_t now,
                                                struct twin_outbox *outbox) {
  const struct twin_candidate *candidate = step(machine, column, given, now, outbox);
  return candidate && candidate->verdict == TWIN_TAKEN;
}

/// Eventless transitions first, then raised events, until nothing is left.
__attribute__((noinline)) static bool complete(struct NAME(machine) * machine,
                                               struct twin_given given, uint64_t now,
                                               struct twin_outbox *outbox) {
  for (int steps = 1; steps <= TWIN_MICROSTEPS; steps++) {
    if (outbox->is_overfull) return false;
    if (microstep(machine, machine->table->eventless_column, given, now, outbox)) continue;
    if (outbox->raised_count == 0) return true;
    struct twin_raised item = pop(outbox);
    if (item.what == RAISED_EVENT) {
      microstep(machine, item.event.kind, external(item.event), now, outbox);
    } else if (item.what == RAISED_DONE) {
      microstep(machine, machine->table->done_column + item.state, NOTHING, now, outbox);
    }
  }
  return false;
}

__attribute__((noinline)) uint8_t NAME(send)(struct NAME(machine) * machine,
                                             struct twin_event event, uint64_t now,
                                             struct twin_outbox *outbox) {
  struct twin_given given = external(event);
  if (machine->has_regions) return TWIN_UNEXPECTED;
  const struct twin_candidate *candidate = step(machine, event.kind, given, now, outbox);
  if (!candidate) return TWIN_UNEXPECTED;
  if (candidate->verdict != TWIN_TAKEN) return candidate->verdict;
  if (candidate->is_restless || outbox->raised_count != 0 || outbox->is_overfull ||
      outbox->has_more) {
    if (!complete(machine, given, now, outbox)) return TWIN_FAILED;
  }
  // Deferred events would be offered again here; the charts of the benchmark have none.
  return machine->has_pool ? TWIN_FAILED : TWIN_TAKEN;
}

static void enter(struct NAME(machine) * machine, const struct twin_table *table,
                  struct twin_outbox *outbox) {
  *machine = (struct NAME(machine)){.table = table, .leaf = table->initial_leaf};
  for (size_t slot = 0; slot < 16; slot++) machine->times[slot] = UINT64_MAX;
  *outbox = (struct twin_outbox){0};
  perform(machine, table->initial_start, table->initial_count, NOTHING, 0, outbox);
  complete(machine, NOTHING, 0, outbox);
}
