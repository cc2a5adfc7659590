/* libbaton: statecharts of the host's own, by tables. Include <baton.h>. */
#ifndef BATON_CHART_H
#define BATON_CHART_H

#include "device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A chart that was built, without mistakes. Any number of machines run it. */
typedef struct baton_chart baton_chart;
/* A chart that runs: which states are active, which delays are under way. */
typedef struct baton_machine baton_machine;

/* The most of each that a chart may have, row 0 of each table not counted. */
enum {
  BATON_STATES_MAX = 250,
  BATON_TRANSITIONS_MAX = 4000,
  BATON_EVENTS_MAX = 250,
  BATON_GUARDS_MAX = 64,
  BATON_CONDITIONS_MAX = 250,
  BATON_ACTIONS_MAX = 250,
  BATON_DELAYS_MAX = 16,
  /* Numbers in one baton_list. */
  BATON_LIST_MAX = 64,
  /* Bytes of a name of a chart's, without the NUL. */
  BATON_SYMBOL_MAX = 63,
  /* Bytes of a condition, without the NUL. */
  BATON_CONDITION_TEXT_MAX = 255,
  /* Bytes that an event carries. */
  BATON_EVENT_DATA_MAX = 56
};

/* An event as guards and actions see it, in whose call alone it is valid. It does not grow. */
typedef struct baton_event {
  /* Its row in `events`. */
  uint32_t number;
  /* How many bytes it carries; they stand at the start of `data`, from where memcpy takes them, and
   * the rest is zero. */
  uint32_t count;
  uint64_t data[BATON_EVENT_DATA_MAX / 8];
} baton_event;

/* Whether a guard holds: 0 is no. `event` is NULL for delays, and for steps that have none. It
 * changes nothing and calls nothing of this machine's; it may be asked more often than a transition
 * is taken. */
typedef int (*baton_guard_fn)(const baton_event *event, void *context);
/* What is done on a transition, an entry or an exit, at once and in the order of SCXML. It may call
 * baton_machine_raise, _fail, _finish, _send_after and _cancel of this machine, which have a
 * meaning there only, and baton_machine_send, which waits then; nothing else of this machine's.
 * Return soon: the loop stands still. */
typedef void (*baton_action_fn)(baton_machine *machine, const baton_event *event, void *context);
/* How long a delay is, in nanoseconds, asked when its state is entered. As a guard. */
typedef uint64_t (*baton_delay_fn)(void *context);

/* Rows are numbered by their places in their tables. Row 0 of `states` is the chart itself; rows 0
 * of the other tables but `transitions` are not read, so that the number 0 is nobody, and what is
 * not set in a row is not there. No row grows. Names are made of letters, digits, `_`, `-` and `.`,
 * begin with a letter or `_`, and are BATON_SYMBOL_MAX bytes long at most. */

/* Numbers of rows, in their order. C makes one in place: .entry = BATON_LIST(RING, COUNT) */
typedef struct baton_list {
  const uint32_t *numbers;
  size_t count;
} baton_list;

#ifndef __cplusplus
#define BATON_LIST(...) \
  {(const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)}
#endif

/* What a state is (SCXML 3.3 to 3.10). */
enum {
  /* A leaf, or with children of which one is active. */
  BATON_STATE_ORDINARY = 0,
  /* Its children, the regions, are active together. */
  BATON_STATE_PARALLEL = 1,
  /* The end of its parent, or of the chart. */
  BATON_STATE_FINAL = 2,
  /* As a target: the child of its parent that was active last; the target of its one transition,
   * which has no trigger, as long as there was none. */
  BATON_STATE_HISTORY = 3,
  /* The same down to the leaves. */
  BATON_STATE_DEEP_HISTORY = 4
};

/* A state. Of row 0 only `name` and `initial` are set. */
typedef struct baton_state {
  const char *name;
  /* BATON_STATE_ */
  uint32_t kind;
  /* The state around it; 0: none but the chart. */
  uint32_t parent;
  /* The child that is entered first; needed by an ordinary state with children. */
  uint32_t initial;
  uint32_t reserved;
  /* Actions on the way to that child, and when the state is entered and left. */
  baton_list initial_actions;
  baton_list entry;
  baton_list exit;
  /* Events that are dropped here, by decision; the same with another answer; and those that wait
   * until the configuration has changed (UML 2.5.1, 14.2.3.4.4). */
  baton_list ignored;
  baton_list refused;
  baton_list deferred;
} baton_state;

/* In place of an event's number: any event; the end of the source, since a final child of it was
 * entered (of a parallel one: of each region). */
enum { BATON_ANY = 0x7fffffff, BATON_DONE = 0x7ffffffe };

/* In place of a guard's number: a row of `conditions`. */
#define BATON_CONDITION(row) (0x40000000u + (row))

/* A transition. Of several that are enabled that of the innermost state is taken, and of those the
 * first in the table. With neither event nor delay it is taken as soon as its guard holds. */
typedef struct baton_transition {
  /* The state that has it. */
  uint32_t source;
  /* An event, BATON_ANY or BATON_DONE. */
  uint32_t event;
  /* A delay: it is taken when this has run out since the source was entered. */
  uint32_t delay;
  /* The guard or BATON_CONDITION that has to hold, or the one that has to fail. */
  uint32_t guard;
  uint32_t unless;
  /* 1: the source is not left when all targets lie inside it. */
  uint32_t is_internal;
  baton_list actions;
  /* Where it leads; several of them in several regions; none: nothing is left. */
  baton_list targets;
} baton_transition;

typedef struct baton_guard {
  const char *name;
  baton_guard_fn holds;
} baton_guard;

typedef struct baton_action {
  const char *name;
  baton_action_fn run;
} baton_action;

/* A delay; `measure` may be NULL, and else says how long it is in place of `nanoseconds`. */
typedef struct baton_delay {
  const char *name;
  uint64_t nanoseconds;
  baton_delay_fn measure;
} baton_delay;

/* A chart. The counts have row 0 in them: sizeof(states) / sizeof(*states). A table that is NULL
 * has no rows. */
typedef struct baton_chart_tables {
  uint32_t size;
  uint32_t reserved;
  const baton_state *states;
  size_t state_count;
  const baton_transition *transitions;
  size_t transition_count;
  const char *const *events;
  size_t event_count;
  const baton_guard *guards;
  size_t guard_count;
  const baton_action *actions;
  size_t action_count;
  const baton_delay *delays;
  size_t delay_count;
  /* Guards that are combined, by their names: "isPaid && !(isBusy || isLocked)", also with the
   * words and, or, not. They are asked from left to right, each once at most for one decision, and
   * no further than the answer needs. Guards whose names have a `-`, or are one of those words,
   * cannot be among them. */
  const char *const *conditions;
  size_t condition_count;
} baton_chart_tables;

/* What is wrong with a chart. The first ones are about the tables, the others about what they say;
 * these are looked for where the tables are right. */
enum {
  /* More than the limits above allow. */
  BATON_MISTAKE_TOO_LARGE = 1,
  /* A name that is NULL, or not as said above. */
  BATON_MISTAKE_BAD_NAME = 2,
  BATON_MISTAKE_SAME_NAME = 3,
  /* A guard or an action without a function. */
  BATON_MISTAKE_NO_FUNCTION = 4,
  /* A number that is no row's, or a list that is NULL. */
  BATON_MISTAKE_NO_SUCH_ROW = 5,
  /* What this kind of state or transition may not have. */
  BATON_MISTAKE_MISPLACED = 6,
  /* A state lies inside of itself. */
  BATON_MISTAKE_CIRCLE = 7,
  /* A condition that is NULL, too long, no combination of names, or asks for what is no guard. */
  BATON_MISTAKE_BAD_CONDITION = 8,
  BATON_MISTAKE_MISSING_INITIAL = 16,
  BATON_MISTAKE_INITIAL_IS_NO_CHILD = 17,
  BATON_MISTAKE_UNREACHABLE = 18,
  BATON_MISTAKE_FINAL_IS_LEFT = 19,
  /* A transition behind one without guard on the same trigger. */
  BATON_MISTAKE_NONDETERMINISM = 20,
  BATON_MISTAKE_EVENTLESS_CIRCLE = 21,
  BATON_MISTAKE_UNUSED_GUARD = 22,
  BATON_MISTAKE_UNUSED_ACTION = 23,
  BATON_MISTAKE_UNUSED_DELAY = 24,
  /* An event that no transition is for. */
  BATON_MISTAKE_UNHANDLED_EVENT = 25,
  BATON_MISTAKE_DONE_WITHOUT_FINAL = 26,
  /* A transition that no leaf comes to: in each something inner is taken first. */
  BATON_MISTAKE_SHADOWED = 27,
  BATON_MISTAKE_TOO_FEW_REGIONS = 28,
  BATON_MISTAKE_FINAL_REGION = 29,
  /* Targets that cannot be active together. */
  BATON_MISTAKE_ILLEGAL_TARGETS = 30,
  BATON_MISTAKE_HISTORY_DEFAULT = 31,
  BATON_MISTAKE_USELESS_HISTORY = 32
};

/* One mistake. It does not grow. */
typedef struct baton_mistake {
  /* BATON_MISTAKE_ */
  int32_t code;
  /* The state that it is about; 0: the chart, or none. */
  uint32_t state;
  /* The transition's row, when it is known; else -1. */
  int32_t transition;
  /* The event, guard, action, delay or other state that it is about; 0: none. */
  uint32_t number;
  /* One line with the names; always ends with NUL. */
  char text[208];
} baton_mistake;

/* Builds a chart from tables, which are read during the call; the functions in them have to live as
 * long as the chart. Refused when something is wrong: `count` is then how many mistakes there are
 * (else 0), and the first `capacity` of them stand in `mistakes`. Both may be NULL. */
int baton_chart_create(baton_loop *loop, const baton_chart_tables *tables, baton_mistake *mistakes,
                       size_t capacity, size_t *count, baton_chart **chart, baton_refusal *why);
/* Misuse while a machine runs it. */
int baton_chart_destroy(baton_chart *chart);

/* Draws it: "mermaid", "dot", "plantuml", "scxml", "svg" or "html"; the same bytes for equal
 * tables. Writes at most `capacity` bytes, the NUL included, and answers how many bytes there are
 * without it; 0 for misuse and for another format. */
size_t baton_chart_draw(baton_chart *chart, const char *format, char *text, size_t capacity);

/* What became of an event, beside the BATON_OUTCOME_ numbers of records: it was sent by an action
 * of the machine's own, and is handled when what is under way is done. */
enum { BATON_OUTCOME_WAITS = 5 };

/* What the machine tells its host; both may be NULL, and may call everything. */
typedef struct baton_machine_calls {
  uint32_t size;
  uint32_t reserved;
  /* A final state of the chart itself was entered. Told once, and not for a machine that was
   * restored behind its end. */
  void (*done)(void *context);
  /* A delay that ran out, or an event that waited, was refused as baton_machine_send refuses. */
  void (*failed)(const baton_refusal *why, void *context);
} baton_machine_calls;

/* A machine of the chart, on the chart's loop, which has to be started or restored. `context` is
 * that of guards, actions, delays and calls; `trace` and `calls` may be NULL. */
int baton_machine_create(baton_chart *chart, baton_trace *trace, const baton_machine_calls *calls,
                         void *context, baton_machine **machine);
/* Ends it at once; no exit action runs. Misuse inside its own guards, actions and delays. */
int baton_machine_destroy(baton_machine *machine);

/* Enters the initial states. Refused as by baton_machine_send; misuse when it has begun. */
int baton_machine_start(baton_machine *machine, baton_refusal *why);

/* Handles an event to its end: the transitions it enables, then those without event, then what was
 * raised (SCXML 3.13). Answers a BATON_OUTCOME_; the event is copied, `count` is at most
 * BATON_EVENT_DATA_MAX, and `data` may be NULL for 0. Refused when the chart does not come to rest
 * in 64 steps, when more than 8 events are raised, or 16 are deferred or sent, at one time
 * (BATON_CAUSE_USED_UP): what was done stays done, what was raised is dropped. In its own actions,
 * where it waits, refused for more than 64 that wait. Misuse for a number that is no event's,
 * before the start, and in its own guards and delays. */
int baton_machine_send(baton_machine *machine, uint32_t event, const void *data, size_t count,
                       baton_refusal *why);

/* In an action: an event that comes before all others from outside (SCXML 4.2). */
int baton_machine_raise(baton_machine *machine, uint32_t event, const void *data, size_t count);
/* In an action: ends the list of actions that runs, and raises what tells of it (SCXML 4.9). */
int baton_machine_fail(baton_machine *machine, uint32_t event, const void *data, size_t count);
/* In an entry action of a final state: the event that the guards and actions of the BATON_DONE
 * transitions see which this ends (SCXML 5.5, donedata). */
int baton_machine_finish(baton_machine *machine, uint32_t event, const void *data, size_t count);
/* In an action: an event that comes when so many nanoseconds have passed (SCXML 6.2). */
int baton_machine_send_after(baton_machine *machine, uint64_t nanoseconds, uint16_t id,
                             uint32_t event, const void *data, size_t count);
/* In an action: takes back what was sent with this id and has not come (SCXML 6.3). */
int baton_machine_cancel(baton_machine *machine, uint16_t id);

/* The active leaf, of several the first one; 0 for misuse and before the start. This and the next
 * four are misuse in its own guards, actions and delays, where the machine is between states. */
uint32_t baton_machine_state(baton_machine *machine);
/* 1 when the state is active, it or one inside it; else 0, for misuse as well. */
int baton_machine_in(baton_machine *machine, uint32_t state);
/* All active states, outer ones first: writes at most `capacity` of them, and answers how many
 * there are; 0 for misuse and before the start. */
size_t baton_machine_configuration(baton_machine *machine, uint32_t *states, size_t capacity);
/* 1 when a final state of the chart itself was entered; else 0. */
int baton_machine_is_done(baton_machine *machine);

/* What becomes of delays and sent events that are under way in a machine that is restored. */
enum {
  /* They are due at the same time of CLOCK_MONOTONIC: in another process of the same host. */
  BATON_TIMERS_ABSOLUTE = 0,
  /* They are due when the time has passed that was left. */
  BATON_TIMERS_REMAINING = 1,
  /* Delays begin anew. */
  BATON_TIMERS_RESTART = 2
};

/* The machine's whole state as bytes: the configuration, the values of history states, delays,
 * deferred and sent events. Writes them if there is room, and answers how many there are; 0 for
 * misuse and before the start. What the context holds is the host's to save. */
size_t baton_machine_save(baton_machine *machine, void *bytes, size_t capacity);
/* Puts the machine, which has not begun or rests, into a state that a machine of an equal chart was
 * saved in; no action runs. Refused, and as before, for bytes that are no such state, of another
 * version or another chart; `why` names what differs. They may be a stranger's. */
int baton_machine_restore(baton_machine *machine, const void *bytes, size_t count, int timers,
                          baton_refusal *why);

#ifdef __cplusplus
}
#endif

#endif
