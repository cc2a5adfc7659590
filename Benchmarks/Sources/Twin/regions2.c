// Two regions; see Regions2.swift. A table for each region, and both hear every event: what one
// writes in C for regions that share nothing but a transition without target.
#include "twin.h"

enum { REGIONS = 2, STATES = 2 };
enum { LEFT, RIGHT, BOTH, MARK, KINDS };
enum { LIGHT, EVEN };
enum { COUNT_LEFT, COUNT_RIGHT, COUNT_MARK };

static struct twin_row rows[REGIONS][STATES * KINDS];
static struct twin_candidate candidates[REGIONS * STATES * KINDS];
static struct twin_operation operations[REGIONS * STATES * KINDS];
static uint16_t candidate_count;

static inline bool check(uint8_t guard, uint32_t weight) {
  switch (guard) {
  case LIGHT: return weight < 192;
  case EVEN: return weight % 2 == 0;
  default: __builtin_unreachable();
  }
}

static inline void run(uint8_t action, struct regions2_memory *memory, uint32_t weight) {
  memory->weight += weight;
  switch (action) {
  case COUNT_LEFT: memory->lefts++; break;
  case COUNT_RIGHT: memory->rights++; break;
  case COUNT_MARK: memory->marks++; break;
  default: __builtin_unreachable();
  }
}

static void add(int region, uint8_t leaf, uint8_t kind, uint8_t guard, uint8_t action,
                uint8_t target) {
  uint16_t here = candidate_count++;
  operations[here] = (struct twin_operation){TWIN_RUN, action};
  candidates[here] = (struct twin_candidate){
      .guard = guard, .expected = true, .verdict = TWIN_TAKEN, .leaf = target,
      .transition = here, .operation_start = here, .operation_count = 1};
  rows[region][leaf * KINDS + kind] = (struct twin_row){here, 1};
}

void regions2_start(struct regions2_machine *machine) {
  *machine = (struct regions2_machine){0};
  candidate_count = 0;
  for (uint8_t leaf = 0; leaf < STATES; leaf++) {
    add(0, leaf, LEFT, LIGHT, COUNT_LEFT, !leaf);
    add(0, leaf, BOTH, LIGHT, COUNT_LEFT, !leaf);
    add(1, leaf, RIGHT, EVEN, COUNT_RIGHT, !leaf);
    add(1, leaf, BOTH, EVEN, COUNT_RIGHT, !leaf);
    // The transition of the state around both is found by the first region.
    add(0, leaf, MARK, EVEN, COUNT_MARK, leaf);
  }
}

__attribute__((noinline)) void regions2_send(struct regions2_machine *machine,
                                             struct twin_event event) {
  const struct twin_candidate *selected[REGIONS] = {0};
  for (int region = 0; region < REGIONS; region++) {
    struct twin_row row = rows[region][machine->leaves[region] * KINDS + event.kind];
    for (uint16_t at = row.start; at < row.start + row.count; at++) {
      if (check(candidates[at].guard, event.weight) != candidates[at].expected) continue;
      selected[region] = &candidates[at];
      break;
    }
  }
  for (int region = 0; region < REGIONS; region++) {
    if (!selected[region]) continue;
    for (uint16_t at = 0; at < selected[region]->operation_count; at++)
      run(operations[selected[region]->operation_start + at].argument, &machine->memory,
          event.weight);
    machine->leaves[region] = selected[region]->leaf;
  }
}

void regions2_drive(struct regions2_machine *machine, const struct twin_event *events,
                    size_t count) {
  for (size_t index = 0; index < count; index++) regions2_send(machine, events[index]);
}
