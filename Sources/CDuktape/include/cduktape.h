/// The ECMAScript engine of SCXML documents: Duktape, built here with bounds of its own.
///
/// Everything that a script can do is bounded: what it executes by steps, what it holds by an
/// account of memory that several engines may share, how deep it goes by the thread's own stack.
/// What goes beyond is an error of the request, as a thrown value is, and the engine stays usable.
/// Nothing of Duktape is visible outside: all its symbols are static.
///
/// An engine belongs to one thread at a time. Its calls return normally: no longjmp of the engine
/// crosses them, since each runs inside a protected call.
#ifndef CDUKTAPE_H
#define CDUKTAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Memory of one or more engines, in bytes; it must live longer than they do.
typedef struct {
  size_t used;
  size_t limit;
} cduktape_account;

/// What scripts ask their host. The texts are UTF-8 without an end, and valid during the call.
typedef struct {
  void *context;
  /// `In(id)`: whether the state is active.
  bool (*is_active)(void *context, const char *id, size_t length);
  /// `console.log` and its kin: a line.
  void (*log)(void *context, const char *text, size_t length);
  /// `Date.now()`: milliseconds.
  double (*now)(void *context);
} cduktape_calls;

/// What can be asked of an engine. Most work on its one current value, which requests set and use.
typedef enum {
  /// Runs the text as a program in the global scope.
  CDUKTAPE_SCRIPT,
  /// The current value becomes that of the text, an expression.
  CDUKTAPE_EVALUATE,
  /// Assigns the current value to the text, a place that must exist.
  CDUKTAPE_ASSIGN,
  /// Makes the text the name of a global variable with the current value.
  CDUKTAPE_DECLARE,
  /// Makes the text the name of a read-only global variable with the current value.
  CDUKTAPE_SYSTEM,
  /// Answers whether the text is the name of a global variable.
  CDUKTAPE_IS_DECLARED,
  /// The current value becomes what the text, JSON, says; see `cduktape_ask`.
  CDUKTAPE_IMPORT,
  /// Answers with the current value as JSON in ASCII; no text when it has none.
  CDUKTAPE_EXPORT,
  /// Answers whether the current value is true.
  CDUKTAPE_TRUTH,
  /// Answers with the current value as a line for people, a JSON string.
  CDUKTAPE_TEXT,
  /// Goes over a copy of the current value, an array: answers with its length.
  CDUKTAPE_BEGIN_LOOP,
  /// The current value becomes the element `count` of the innermost loop.
  CDUKTAPE_ITEM,
  /// Ends the innermost loop.
  CDUKTAPE_END_LOOP,
} cduktape_operation;

/// A request, and its answer.
typedef struct {
  cduktape_operation operation;
  const char *text;
  size_t length;
  /// Where the text stands: errors name it, with lines counted from this one.
  const char *file;
  int line;
  size_t count;
  /// Answers: valid until the next request.
  bool truth;
  const char *result;
  size_t result_length;
  /// Steps that it took.
  uint64_t steps;
  /// Why it failed: the file and line are those of the place where the error was thrown.
  const char *error;
  const char *error_file;
  int error_line;
} cduktape_request;

typedef struct cduktape cduktape;

/// Makes an engine that may execute so many steps, for so long, for each request; NULL when the
/// account has no room. `calls` is copied. An account is charged for all that the engine holds,
/// until it is closed.
cduktape *cduktape_open(cduktape_account *account, uint64_t steps, uint64_t nanoseconds,
                        const cduktape_calls *calls);

/// Gives everything back.
void cduktape_close(cduktape *engine);

/// Does what is asked; false when it failed, with the error in the request.
///
/// In imported JSON `{"\u0000": 0}` stands for undefined and `{"\u0000": 1, "xml": N, "tree": T}`
/// for an XML element: T is `[name, {attribute: value}, [children]]` with texts as strings, and it
/// is exported as `{"\u0000": 1, "xml": N}`.
bool cduktape_ask(cduktape *engine, cduktape_request *request);

#endif
