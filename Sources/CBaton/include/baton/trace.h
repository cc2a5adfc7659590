/* libbaton: what the charts did, step by step. Include <baton.h>. */
#ifndef BATON_TRACE_H
#define BATON_TRACE_H

#include "device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What became of an event. */
enum {
  BATON_OUTCOME_TAKEN = 0,
  BATON_OUTCOME_IGNORED = 1,
  BATON_OUTCOME_REFUSED = 2,
  BATON_OUTCOME_DEFERRED = 3,
  BATON_OUTCOME_UNEXPECTED = 4
};

/* One microstep of one machine: numbers, whose names are in its line of JSON. */
typedef struct baton_record {
  uint32_t size;
  uint32_t machine;
  uint64_t time;
  uint32_t trigger;
  /* The transition in document order; -1 when none was taken. */
  int32_t transition;
  uint32_t from;
  uint32_t to;
  /* BATON_OUTCOME_ */
  uint32_t outcome;
  uint32_t effect_count;
} baton_record;

/* Called for each record while it happens: return soon, and call nothing of the library. */
typedef void (*baton_record_fn)(const baton_record *record, void *context);

/* A trace that keeps the last `capacity` records, 4096 for 0, and 16 777 216 at most (more is
 * misuse); `record` may be NULL. */
int baton_trace_create(baton_loop *loop, size_t capacity, baton_record_fn record, void *context,
                       baton_trace **trace);
/* Misuse while anything uses it. */
int baton_trace_destroy(baton_trace *trace);

/* All kept records as lines of JSON. Writes at most `capacity` bytes, the NUL included, and answers
 * how many bytes there are without it; 0 for misuse, which it is inside a baton_record_fn. */
size_t baton_trace_json(baton_trace *trace, char *text, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
