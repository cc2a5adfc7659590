// Two by two by two leaves on three levels; see Hier3.swift, whose numbers these are.
#include "twin.h"

enum {
  LEFT, LEFT_UPPER, LEFT_UPPER_A, LEFT_UPPER_B, LEFT_LOWER, LEFT_LOWER_A, LEFT_LOWER_B,
  RIGHT, RIGHT_UPPER, RIGHT_UPPER_A, RIGHT_UPPER_B, RIGHT_LOWER, RIGHT_LOWER_A, RIGHT_LOWER_B,
  STATES
};
enum { SIBLING, COUSIN, ACROSS, MARK, KINDS };
enum { LIGHT, EVEN };
enum {
  COUNT_SIBLING, COUNT_COUSIN, COUNT_ACROSS, COUNT_MARK, COUNT_ODD,
  ENTER_OUTER, EXIT_OUTER, ENTER_INNER, EXIT_INNER
};
enum { CROSSED };
enum { COLUMNS = KINDS + 1 + STATES };

static bool hier3_check(uint8_t guard, const struct hier3_memory *memory,
                        struct twin_given given) {
  (void)memory;
  switch (guard) {
  case LIGHT: return given.is_event && given.event.weight < 192;
  case EVEN: return given.is_event && given.event.weight % 2 == 0;
  default: __builtin_unreachable();
  }
}

static inline void emit(struct twin_outbox *outbox, struct twin_effect effect) {
  if (outbox->emitted >= TWIN_EFFECTS) {
    outbox->is_overfull = true;
    return;
  }
  outbox->effects[outbox->emitted] = effect;
  outbox->emitted += 1;
}

static void hier3_run(uint8_t action, struct hier3_memory *memory, struct twin_given given,
                      struct twin_outbox *outbox) {
  uint32_t weight = given.is_event ? given.event.weight : 0;
  switch (action) {
  case COUNT_SIBLING: memory->siblings++; memory->weight += weight; break;
  case COUNT_COUSIN: memory->cousins++; memory->weight += weight; break;
  case COUNT_ACROSS:
    memory->acrosses++;
    memory->weight += weight;
    emit(outbox, (struct twin_effect){.weight = weight, .kind = CROSSED});
    break;
  case COUNT_MARK: memory->marks++; memory->weight += weight; break;
  case COUNT_ODD: memory->odds++; memory->weight += weight; break;
  case ENTER_OUTER: memory->outer_entries++; break;
  case EXIT_OUTER: memory->outer_exits++; break;
  case ENTER_INNER: memory->inner_entries++; break;
  case EXIT_INNER: memory->inner_exits++; break;
  default: __builtin_unreachable();
  }
}

#define CHART hier3
#include "engine.h"

static struct twin_row rows[STATES * COLUMNS];
static struct twin_candidate candidates[64];
static struct twin_operation operations[128];
static uint16_t candidate_count;
static uint16_t operation_count;

/// The actions stand in the order in which they run, the first in the lowest four bits.
static void add(uint8_t guard, uint8_t leaf, uint16_t count, uint32_t actions) {
  candidates[candidate_count] = (struct twin_candidate){
      .guard = guard, .expected = true, .verdict = TWIN_TAKEN, .leaf = leaf,
      .transition = candidate_count, .operation_start = operation_count, .operation_count = count};
  candidate_count++;
  for (uint16_t index = 0; index < count; index++) {
    uint8_t action = (actions >> (4 * index)) & 15;
    operations[operation_count++] = (struct twin_operation){TWIN_RUN, action};
  }
}

static void close_row(uint8_t leaf, uint8_t kind, uint16_t start) {
  rows[leaf * COLUMNS + kind] = (struct twin_row){start, candidate_count - start};
}

static void flatten(uint8_t leaf, uint8_t sibling, uint8_t cousin, uint8_t across) {
  uint16_t start = candidate_count;
  add(EVEN, sibling, 1, COUNT_SIBLING);
  add(TWIN_UNGUARDED, leaf, 1, COUNT_ODD);
  close_row(leaf, SIBLING, start);
  start = candidate_count;
  add(LIGHT, cousin, 3, EXIT_INNER | COUNT_COUSIN << 4 | ENTER_INNER << 8);
  close_row(leaf, COUSIN, start);
  start = candidate_count;
  add(LIGHT, across, 5,
      EXIT_INNER | EXIT_OUTER << 4 | COUNT_ACROSS << 8 | ENTER_OUTER << 12 | ENTER_INNER << 16);
  close_row(leaf, ACROSS, start);
  start = candidate_count;
  add(EVEN, leaf, 1, COUNT_MARK);
  close_row(leaf, MARK, start);
}

void hier3_start(struct hier3_machine *machine, struct twin_outbox *outbox) {
  static struct twin_table table = {.rows = rows, .candidates = candidates,
      .operations = operations, .columns = COLUMNS, .eventless_column = KINDS,
      .done_column = KINDS + 1, .initial_leaf = LEFT_UPPER_A, .initial_count = 2};
  candidate_count = 0;
  operations[0] = (struct twin_operation){TWIN_RUN, ENTER_OUTER};
  operations[1] = (struct twin_operation){TWIN_RUN, ENTER_INNER};
  operation_count = 2;
  flatten(LEFT_UPPER_A, LEFT_UPPER_B, LEFT_LOWER_A, RIGHT_UPPER_A);
  flatten(LEFT_UPPER_B, LEFT_UPPER_A, LEFT_LOWER_A, RIGHT_UPPER_A);
  flatten(LEFT_LOWER_A, LEFT_LOWER_B, LEFT_UPPER_A, RIGHT_UPPER_A);
  flatten(LEFT_LOWER_B, LEFT_LOWER_A, LEFT_UPPER_A, RIGHT_UPPER_A);
  flatten(RIGHT_UPPER_A, RIGHT_UPPER_B, RIGHT_LOWER_A, LEFT_UPPER_A);
  flatten(RIGHT_UPPER_B, RIGHT_UPPER_A, RIGHT_LOWER_A, LEFT_UPPER_A);
  flatten(RIGHT_LOWER_A, RIGHT_LOWER_B, RIGHT_UPPER_A, LEFT_UPPER_A);
  flatten(RIGHT_LOWER_B, RIGHT_LOWER_A, RIGHT_UPPER_A, LEFT_UPPER_A);
  enter(machine, &table, outbox);
}
