// The flattened table in C: the same rows, candidates and operations as BatonCore's `Layout`, the
// same steps as its `Machine`, and guards and actions as switch functions. What Baton's dispatch is
// compared with, so nothing is left out here that `Machine` does: eventless transitions, raised
// events, delays, the observer, the limits.
#ifndef TWIN_H
#define TWIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct twin_row {
  uint16_t start;
  uint16_t count;
};

struct twin_candidate {
  uint8_t guard;
  bool expected;
  uint8_t verdict;
  uint8_t leaf;
  bool is_restless;
  uint16_t transition;
  uint16_t operation_start;
  uint16_t operation_count;
};

struct twin_operation {
  uint8_t code;
  uint8_t argument;
  uint8_t rest;
};

enum { TWIN_RUN, TWIN_START, TWIN_CANCEL, TWIN_DONE };
enum { TWIN_TAKEN, TWIN_IGNORED, TWIN_REFUSED, TWIN_UNEXPECTED, TWIN_FAILED };
enum { TWIN_UNGUARDED = 255, TWIN_MICROSTEPS = 64, TWIN_EFFECTS = 24, TWIN_RAISED = 8 };

struct twin_table {
  const struct twin_row *rows;
  const struct twin_candidate *candidates;
  const struct twin_operation *operations;
  size_t columns;
  size_t eventless_column;
  size_t done_column;
  const uint8_t *slots;
  uint8_t initial_leaf;
  uint16_t initial_start;
  uint16_t initial_count;
};

struct twin_event {
  uint32_t weight;
  uint8_t kind;
};

/// What guards and actions are given: the event, or none for eventless and done transitions.
struct twin_given {
  struct twin_event event;
  bool is_event;
};

struct twin_effect {
  uint32_t weight;
  uint8_t kind;
};

struct twin_raised {
  uint8_t what;
  uint8_t state;
  struct twin_event event;
};

struct twin_outbox {
  struct twin_effect effects[TWIN_EFFECTS];
  struct twin_raised raised[TWIN_RAISED];
  size_t emitted;
  size_t raised_first;
  size_t raised_count;
  bool is_overfull;
  /// The rest of a block is left out; there are events to send: as in Baton's outbox.
  bool has_failed;
  bool has_more;
};

/// Sees every microstep; NULL in the benchmarks, as no observer is in Baton's.
typedef void twin_observer(void *context, uint64_t now, size_t column, uint8_t from, uint8_t to);

struct flat4_memory {
  uint64_t weight;
  uint32_t steps, backs, flips, stays, heavies;
};

struct flat4_machine {
  const struct twin_table *table;
  uint8_t leaf;
  struct flat4_memory memory;
  uint64_t times[16];
  /// Regions, which are run elsewhere, and events that wait: as in Baton's machine.
  bool has_regions;
  bool has_pool;
  twin_observer *observer;
  void *context;
};

struct hier3_memory {
  uint64_t weight;
  uint32_t siblings, cousins, acrosses, marks, odds;
  uint32_t outer_entries, outer_exits, inner_entries, inner_exits;
};

struct hier3_machine {
  const struct twin_table *table;
  uint8_t leaf;
  struct hier3_memory memory;
  uint64_t times[16];
  /// Regions, which are run elsewhere, and events that wait: as in Baton's machine.
  bool has_regions;
  bool has_pool;
  twin_observer *observer;
  void *context;
};

/// Builds the table and enters the initial states.
void flat4_start(struct flat4_machine *machine, struct twin_outbox *outbox);
void hier3_start(struct hier3_machine *machine, struct twin_outbox *outbox);

/// Handles one event to completion; one call for each event, from another file.
uint8_t flat4_send(struct flat4_machine *machine, struct twin_event event, uint64_t now,
                   struct twin_outbox *outbox);
uint8_t hier3_send(struct hier3_machine *machine, struct twin_event event, uint64_t now,
                   struct twin_outbox *outbox);

/// Sends all events; returns the sum of the payloads of the effects.
uint64_t flat4_drive(struct flat4_machine *machine, struct twin_outbox *outbox,
                     const struct twin_event *events, size_t count);
uint64_t hier3_drive(struct hier3_machine *machine, struct twin_outbox *outbox,
                     const struct twin_event *events, size_t count);

struct regions2_memory {
  uint64_t weight;
  uint32_t lefts, rights, marks;
};

struct regions2_machine {
  uint8_t leaves[2];
  struct regions2_memory memory;
};

void regions2_start(struct regions2_machine *machine);
void regions2_send(struct regions2_machine *machine, struct twin_event event);
void regions2_drive(struct regions2_machine *machine, const struct twin_event *events,
                    size_t count);

#endif
