// The loops over the events, in a file of their own so that every event is a call.
#include "twin.h"

static inline uint64_t drain(struct twin_outbox *outbox) {
  uint64_t sum = 0;
  for (size_t position = 0; position < outbox->emitted; position++) {
    sum += outbox->effects[position].weight;
  }
  outbox->emitted = 0;
  outbox->raised_first = 0;
  outbox->raised_count = 0;
  outbox->is_overfull = false;
  if (outbox->has_more) outbox->has_more = false;
  return sum;
}

uint64_t flat4_drive(struct flat4_machine *machine, struct twin_outbox *outbox,
                     const struct twin_event *events, size_t count) {
  uint64_t sum = 0;
  for (size_t index = 0; index < count; index++) {
    flat4_send(machine, events[index], index, outbox);
    sum += drain(outbox);
  }
  return sum;
}

uint64_t hier3_drive(struct hier3_machine *machine, struct twin_outbox *outbox,
                     const struct twin_event *events, size_t count) {
  uint64_t sum = 0;
  for (size_t index = 0; index < count; index++) {
    hier3_send(machine, events[index], index, outbox);
    sum += drain(outbox);
  }
  return sum;
}
