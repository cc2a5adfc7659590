// Four states in a ring; see Flat4.swift, whose numbers these are.
#include "twin.h"

enum { NORTH, EAST, SOUTH, WEST, STATES };
enum { STEP, BACK, FLIP, STAY, KINDS };
enum { LIGHT, EVEN };
enum { COUNT_STEP, COUNT_BACK, COUNT_FLIP, COUNT_STAY, COUNT_HEAVY };
enum { COLUMNS = KINDS + 1 + STATES };

static bool flat4_check(uint8_t guard, const struct flat4_memory *memory,
                        struct twin_given given) {
  (void)memory;
  switch (guard) {
  case LIGHT: return given.is_event && given.event.weight < 192;
  case EVEN: return given.is_event && given.event.weight % 2 == 0;
  default: __builtin_unreachable();
  }
}

static void flat4_run(uint8_t action, struct flat4_memory *memory, struct twin_given given,
                      struct twin_outbox *outbox) {
  (void)outbox;
  memory->weight += given.is_event ? given.event.weight : 0;
  switch (action) {
  case COUNT_STEP: memory->steps++; break;
  case COUNT_BACK: memory->backs++; break;
  case COUNT_FLIP: memory->flips++; break;
  case COUNT_STAY: memory->stays++; break;
  case COUNT_HEAVY: memory->heavies++; break;
  default: __builtin_unreachable();
  }
}

#define CHART flat4
#include "engine.h"

static struct twin_row rows[STATES * COLUMNS];
static struct twin_candidate candidates[STATES * (KINDS + 1)];
static struct twin_operation operations[STATES * (KINDS + 1)];
static uint16_t candidate_count;

static void add(uint8_t guard, uint8_t action, uint8_t leaf) {
  uint16_t here = candidate_count++;
  operations[here] = (struct twin_operation){TWIN_RUN, action};
  candidates[here] = (struct twin_candidate){
      .guard = guard, .expected = true, .verdict = TWIN_TAKEN, .leaf = leaf,
      .transition = here, .operation_start = here, .operation_count = 1};
}

static void close_row(uint8_t leaf, uint8_t kind, uint16_t start) {
  rows[leaf * COLUMNS + kind] = (struct twin_row){start, candidate_count - start};
}

void flat4_start(struct flat4_machine *machine, struct twin_outbox *outbox) {
  static struct twin_table table = {.rows = rows, .candidates = candidates,
      .operations = operations, .columns = COLUMNS, .eventless_column = KINDS,
      .done_column = KINDS + 1, .initial_leaf = NORTH};
  candidate_count = 0;
  for (uint8_t leaf = NORTH; leaf <= WEST; leaf++) {
    uint16_t start = candidate_count;
    add(LIGHT, COUNT_STEP, (leaf + 1) % STATES);
    add(TWIN_UNGUARDED, COUNT_HEAVY, leaf);
    close_row(leaf, STEP, start);
    start = candidate_count;
    add(LIGHT, COUNT_BACK, (leaf + 3) % STATES);
    close_row(leaf, BACK, start);
    start = candidate_count;
    add(EVEN, COUNT_FLIP, (leaf + 2) % STATES);
    close_row(leaf, FLIP, start);
    start = candidate_count;
    add(EVEN, COUNT_STAY, leaf);
    close_row(leaf, STAY, start);
  }
  enter(machine, &table, outbox);
}
