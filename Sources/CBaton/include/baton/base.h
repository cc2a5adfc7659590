/* libbaton: results, refusals and the version. Include <baton.h>. */
#ifndef BATON_BASE_H
#define BATON_BASE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Clears a struct of this library and sets its size: BATON_INIT(options); */
#ifdef __cplusplus
#define BATON_INIT(value)             \
  (memset(&(value), 0, sizeof(value)), \
   static_cast<void>((value).size = static_cast<uint32_t>(sizeof(value))))
#else
#define BATON_INIT(value) \
  (memset(&(value), 0, sizeof(value)), (void)((value).size = (uint32_t)sizeof(value)))
#endif

/* The release that the header belongs to. */
#define BATON_VERSION "0.1.0"

/* A child of fork(2) may call nothing with what its parent has made on a loop, and destroy none of
 * it: it would take descriptors, watches and sockets away from its parent. Each such call is misuse
 * and does nothing; the child calls execve(2) or _exit(2). A host that starts programs (scripts and
 * helpers of a TAP) leaves SIGCHLD to its default and does not wait for children that are not its
 * own: a status that somebody else has taken is lost. */

/* What the functions answer beside the numbers that they describe. */
enum {
  BATON_OK = 0,
  /* Not done, for a reason that `why` has: the kernel, the other side, the state, an option. */
  BATON_REFUSED = -1,
  /* Not done: the caller broke a rule of this header. */
  BATON_MISUSE = -2
};

/* The most bytes of a name, of a device for instance, without the NUL. */
enum { BATON_NAME_MAX = 31 };

/* What went wrong. The numbers are those of docs/PROTOCOL.md and never change their meaning. */
enum {
  BATON_CAUSE_MISUSE = -2,
  /* Nothing went wrong, or a callback has not said why not. */
  BATON_CAUSE_NONE = -1,
  BATON_CAUSE_MISMATCH = 0,
  BATON_CAUSE_INVALID = 1,
  BATON_CAUSE_SYSTEM_CALL = 2,
  BATON_CAUSE_MISSING_DEVICE = 3,
  BATON_CAUSE_NOT_OFFERED = 4,
  BATON_CAUSE_ALREADY_OPEN = 5,
  BATON_CAUSE_CHANNEL_CARRIES_NO_DESCRIPTORS = 6,
  BATON_CAUSE_FOREIGN_USER = 7,
  BATON_CAUSE_WRONG_DESCRIPTOR = 8,
  BATON_CAUSE_DUPLICATE_DESCRIPTOR = 9,
  BATON_CAUSE_DESCRIPTOR_COUNT = 10,
  BATON_CAUSE_TRUNCATED_STREAM = 11,
  BATON_CAUSE_MALFORMED_RECORD = 12,
  BATON_CAUSE_UNEXPECTED_RECORD = 13,
  BATON_CAUSE_NO_LISTENER = 14,
  BATON_CAUSE_BAD_ADDRESS = 15,
  BATON_CAUSE_MEMORY_NOT_SHARED = 16,
  BATON_CAUSE_TIMEOUT = 17,
  BATON_CAUSE_PEER_DIED = 18,
  BATON_CAUSE_CHANNEL_CLOSED = 19,
  BATON_CAUSE_CANCELLED = 20,
  BATON_CAUSE_VETOED = 21,
  BATON_CAUSE_WRONG_STATE = 22,
  BATON_CAUSE_GIVEN_BACK = 23,
  BATON_CAUSE_QUEUES_IN_USE = 24,
  BATON_CAUSE_UNKNOWN_RECORD = 25,
  BATON_CAUSE_UNKILLABLE = 26,
  BATON_CAUSE_PROGRAM_FAILED = 27,
  BATON_CAUSE_PROGRAM_KILLED = 28,
  BATON_CAUSE_PROGRAM_LATE = 29,
  BATON_CAUSE_NO_DESCRIPTOR = 30,
  BATON_CAUSE_USED_UP = 31,
  BATON_CAUSE_UNSUPPORTED = 32,
  BATON_CAUSE_OTHER_INTERFACE = 33,
  BATON_CAUSE_EXCLUDED = 34,
  BATON_CAUSE_UNKNOWN = 255
};

/* What kind of value a baton_value is. */
enum {
  BATON_VALUE_NONE = 0,
  BATON_VALUE_NUMBER = 1,
  BATON_VALUE_BITS = 2,
  BATON_VALUE_NAME = 3,
  BATON_VALUE_FLAG = 4,
  /* A kind that this side does not know; `number` is the kind's number. */
  BATON_VALUE_UNKNOWN = 255
};

/* A value in a refusal. It does not grow. */
typedef struct baton_value {
  uint32_t kind;
  uint32_t reserved;
  /* For numbers and bits; a flag is 0 or 1. */
  uint64_t number;
  char name[BATON_NAME_MAX + 1];
} baton_value;

/* Why something was not done. */
typedef struct baton_refusal {
  uint32_t size;
  /* BATON_CAUSE_ */
  int32_t cause;
  /* Which property differs, by its number in docs/PROTOCOL.md (Fields); 0 is none. */
  uint32_t field;
  /* The system call by its number in docs/PROTOCOL.md (Calls), for BATON_CAUSE_SYSTEM_CALL. */
  uint32_t call;
  /* The errno of the call; 0 when there was none. */
  int32_t error;
  uint32_t reserved;
  /* The device, interface, path or region that it is about. */
  char subject[BATON_NAME_MAX + 1];
  /* The value on the side that refuses, and the one that the other side, or the user, gave. */
  baton_value here;
  baton_value there;
  /* The call by the name that strace(1) prints, for instance TUNSETIFF. */
  char call_name[32];
  /* One line that names what differs and both values; always ends with NUL. */
  char text[320];
} baton_refusal;

/* The release of the library that is loaded, such as "0.1.0". Any thread; lives for ever. */
const char *baton_version(void);

/* The same as a number: major * 1000000 + minor * 1000 + patch. Any thread. */
uint32_t baton_version_number(void);

/* Fills `why` in for a callback that refuses: `cause` and `field` as above, `here` and `there` as
 * numbers, `error` an errno or 0. Members that need more can be set directly, but for `text` and
 * `call_name`, which the library makes of the others. A callback that refuses and names no cause,
 * or none that there is, has vetoed. Any thread. BATON_MISUSE when `why` is NULL or its size is not
 * set. */
int baton_refuse(baton_refusal *why, int cause, unsigned field, uint64_t here, uint64_t there,
                 int error);

#ifdef __cplusplus
}
#endif

#endif
