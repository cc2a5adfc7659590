#define _GNU_SOURCE
#include "cduktape.h"

// Compiled to nothing where nobody asked for the data model: see the trait ECMAScript in
// Package.swift.
#ifdef BATON_ECMASCRIPT

#include "build.h"
#include "prelude.h"

// The engine's own values lie in the heap's stash: the current one, the prelude, and the arrays
// that loops go over.

static void get_own(duk_context *ctx, const char *name) {
  duk_push_heap_stash(ctx);
  duk_get_prop_string(ctx, -1, name);
  duk_remove(ctx, -2);
}

static void set_own(duk_context *ctx, const char *name) {
  duk_push_heap_stash(ctx);
  duk_insert(ctx, -2);
  duk_put_prop_string(ctx, -2, name);
  duk_pop(ctx);
}

/// Calls a function of the prelude with the values above `count` on the stack.
static void call_prelude(duk_context *ctx, const char *name, duk_idx_t count) {
  get_own(ctx, "prelude");
  duk_get_prop_string(ctx, -1, name);
  duk_remove(ctx, -2);
  duk_insert(ctx, -1 - count);
  duk_call(ctx, count);
}

// MARK: What scripts ask

static duk_ret_t is_active(duk_context *ctx) {
  duk_size_t length = 0;
  const char *id = duk_to_lstring(ctx, 0, &length);
  duk_push_boolean(ctx, current->calls.is_active(current->calls.context, id, length));
  return 1;
}

static duk_ret_t console(duk_context *ctx) {
  duk_push_string(ctx, " ");
  duk_insert(ctx, 0);
  duk_join(ctx, duk_get_top(ctx) - 1);
  duk_size_t length = 0;
  const char *text = duk_get_lstring(ctx, -1, &length);
  current->calls.log(current->calls.context, text, length < RESULT_MAX ? length : RESULT_MAX);
  return 0;
}

static duk_ret_t stringify(duk_context *ctx) {
  duk_bi_json_stringify_helper(ctx, 0, DUK_INVALID_INDEX, DUK_INVALID_INDEX,
                               DUK_JSON_FLAG_ASCII_ONLY);
  return 1;
}

static void define(duk_context *ctx, const char *name, duk_c_function function, duk_idx_t count) {
  duk_push_string(ctx, name);
  duk_push_c_function(ctx, function, count);
  duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_CLEAR_WEC | DUK_DEFPROP_FORCE);
}

static duk_ret_t set_up(duk_context *ctx, void *udata) {
  (void)udata;
  duk_push_global_object(ctx);
  duk_del_prop_string(ctx, -1, "Duktape");
  duk_del_prop_string(ctx, -1, "CBOR");
  duk_del_prop_string(ctx, -1, "performance");
  define(ctx, "In", is_active, 1);
  duk_push_object(ctx);
  define(ctx, "log", console, DUK_VARARGS);
  define(ctx, "info", console, DUK_VARARGS);
  define(ctx, "warn", console, DUK_VARARGS);
  define(ctx, "error", console, DUK_VARARGS);
  duk_put_prop_string(ctx, -2, "console");
  duk_push_string(ctx, prelude);
  duk_push_string(ctx, "prelude");
  duk_compile(ctx, DUK_COMPILE_EVAL);
  duk_call(ctx, 0);
  duk_dup(ctx, -2);
  duk_push_c_function(ctx, stringify, 1);
  duk_call(ctx, 2);
  set_own(ctx, "prelude");
  duk_push_array(ctx);
  set_own(ctx, "loops");
  return 0;
}

// MARK: Requests

/// Leaves the text as a function: what stands before and behind it makes it one, and empty lines
/// put it on its own.
static void compile(duk_context *ctx, const cduktape_request *request, const char *before,
                    const char *behind, duk_uint_t flags) {
  static const char lines[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
  duk_idx_t base = duk_get_top(ctx);
  int left = request->line - 1;
  for (; left > 0 && duk_get_top(ctx) < base + 1000; left -= (int)sizeof lines - 1) {
    duk_require_stack(ctx, 8);
    duk_push_lstring(ctx, lines, left < (int)sizeof lines - 1 ? (size_t)left : sizeof lines - 1);
  }
  duk_push_string(ctx, before);
  duk_push_lstring(ctx, request->text, request->length);
  duk_push_string(ctx, behind);
  duk_concat(ctx, duk_get_top(ctx) - base);
  duk_push_string(ctx, request->file);
  duk_compile(ctx, flags);
}

/// An expression, which documents often end as a statement.
static void evaluate(duk_context *ctx, cduktape_request *request) {
  const char *text = request->text;
  while (request->length > 0 && strchr("; \t\r\n", text[request->length - 1])) request->length--;
  // A comment at the end must not take the bracket with it.
  bool may_comment =
      memmem(text, request->length, "//", 2) || memmem(text, request->length, "--", 2);
  compile(ctx, request, "(", may_comment ? "\n)" : ")", DUK_COMPILE_EVAL);
  duk_call(ctx, 0);
  set_own(ctx, "value");
}

/// Leaves the current value, or a copy of it where it is part of a system variable: a variable may
/// be changed.
static void get_thawed(duk_context *ctx) {
  get_own(ctx, "value");
  if (duk_is_object(ctx, -1)) call_prelude(ctx, "thawed", 1);
}

static void assign(duk_context *ctx, const cduktape_request *request) {
  compile(ctx, request, "(function(){\"use strict\";", "=arguments[0]})", DUK_COMPILE_EVAL);
  duk_call(ctx, 0);
  get_thawed(ctx);
  duk_call(ctx, 1);
}

static void declare(duk_context *ctx, const cduktape_request *request) {
  duk_push_global_object(ctx);
  duk_push_lstring(ctx, request->text, request->length);
  get_thawed(ctx);
  duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_WEC);
}

static void import(duk_context *ctx, const cduktape_request *request) {
  duk_push_lstring(ctx, request->text, request->length);
  duk_json_decode(ctx, -1);
  if (request->count) call_prelude(ctx, "revive", 1);
  set_own(ctx, "value");
}

/// The answer stays in the stash, so that its bytes stay where they are.
static void export(duk_context *ctx, cduktape_request *request) {
  if (request->operation == CDUKTAPE_TEXT) call_prelude(ctx, "line", 1);
  duk_push_c_function(ctx, stringify, 1);
  duk_insert(ctx, -2);
  duk_call(ctx, 1);
  if (!duk_is_string(ctx, -1)) return;
  request->result = duk_get_lstring(ctx, -1, &request->result_length);
  if (request->result_length > RESULT_MAX) {
    (void)duk_range_error(ctx, "a value of %lu bytes: %lu can leave the data model",
                          (unsigned long)request->result_length, (unsigned long)RESULT_MAX);
  }
  set_own(ctx, "result");
}

static void loop(duk_context *ctx, cduktape_request *request) {
  get_own(ctx, "loops");
  duk_uarridx_t depth = (duk_uarridx_t)duk_get_length(ctx, -1);
  if (request->operation == CDUKTAPE_BEGIN_LOOP) {
    get_own(ctx, "value");
    call_prelude(ctx, "snapshot", 1);
    request->count = duk_get_length(ctx, -1);
    duk_put_prop_index(ctx, -2, depth);
  } else if (request->operation == CDUKTAPE_END_LOOP) {
    duk_set_length(ctx, -1, depth ? depth - 1 : 0);
  } else if (depth) {
    duk_get_prop_index(ctx, -1, depth - 1);
    duk_get_prop_index(ctx, -1, (duk_uarridx_t)request->count);
    set_own(ctx, "value");
  }
}

static void name_system(duk_context *ctx, const cduktape_request *request) {
  duk_push_lstring(ctx, request->text, request->length);
  get_own(ctx, "value");
  call_prelude(ctx, "system", 2);
}

static void is_declared(duk_context *ctx, cduktape_request *request) {
  duk_push_global_object(ctx);
  request->truth = duk_has_prop_lstring(ctx, -1, request->text, request->length);
}

static duk_ret_t perform(duk_context *ctx, void *udata) {
  cduktape_request *request = udata;
  switch (request->operation) {
  case CDUKTAPE_SCRIPT:
    compile(ctx, request, "", "\n", 0);
    duk_call(ctx, 0);
    break;
  case CDUKTAPE_EVALUATE: evaluate(ctx, request); break;
  case CDUKTAPE_ASSIGN: assign(ctx, request); break;
  case CDUKTAPE_DECLARE: declare(ctx, request); break;
  case CDUKTAPE_SYSTEM: name_system(ctx, request); break;
  case CDUKTAPE_IS_DECLARED: is_declared(ctx, request); break;
  case CDUKTAPE_IMPORT: import(ctx, request); break;
  case CDUKTAPE_EXPORT:
  case CDUKTAPE_TEXT:
    get_own(ctx, "value");
    export(ctx, request);
    break;
  case CDUKTAPE_TRUTH:
    get_own(ctx, "value");
    request->truth = duk_to_boolean(ctx, -1);
    break;
  case CDUKTAPE_BEGIN_LOOP:
  case CDUKTAPE_ITEM:
  case CDUKTAPE_END_LOOP: loop(ctx, request); break;
  }
  return 0;
}

// MARK: Errors

/// Copies what a thrown value says. Its getters are the script's: this runs protected and with a
/// budget as well.
static duk_ret_t explain(duk_context *ctx, void *udata) {
  cduktape_request *request = udata;
  duk_dup(ctx, 0);
  duk_size_t length = 0;
  const char *text = duk_safe_to_lstring(ctx, -1, &length);
  size_t kept = length < sizeof current->error ? length : sizeof current->error - 1;
  memcpy(current->error, text, kept);
  current->error[kept] = 0;
  if (!duk_is_error(ctx, 0)) return 0;
  duk_get_prop_string(ctx, 0, "lineNumber");
  int line = duk_get_int(ctx, -1);
  duk_get_prop_string(ctx, 0, "fileName");
  text = duk_get_lstring(ctx, -1, &length);
  if (line <= 0 || !text || length >= sizeof current->error_file) return 0;
  memcpy(current->error_file, text, length);
  current->error_file[length] = 0;
  request->error_line = line;
  request->error_file = current->error_file;
  return 0;
}

static bool is_own(const char *file) {
  static const char *const names[] = {"", "eval", "compile", "input", "prelude"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(file, names[i]) == 0) return true;
  }
  return strstr(file, "duk_") != NULL || strcmp(file, __FILE__) == 0;
}

static void explain_failure(cduktape *engine, cduktape_request *request) {
  duk_context *ctx = engine->context;
  bool is_exhausted = engine->left < 0;
  engine->left = OVERDRAFT;
  engine->deadline = INT64_MAX;
  request->error = engine->error;
  request->error_file = request->file ? request->file : "";
  request->error_line = request->line;
  snprintf(engine->error, sizeof engine->error, "the error cannot be read");
  duk_safe_call(ctx, explain, request, 1, 1);
  // What was made by eval or Function, and the engine's own parts, are in no file of the host's.
  if (is_own(request->error_file)) {
    request->error_file = request->file ? request->file : "";
    request->error_line = request->line;
  }
  if (engine->is_late) {
    snprintf(engine->error, sizeof engine->error, "it takes longer than %.3g s",
             (double)engine->nanoseconds / 1e9);
  } else if (is_exhausted) {
    snprintf(engine->error, sizeof engine->error, "it is longer than %llu steps",
             (unsigned long long)engine->budget);
  } else if (engine->is_refused) {
    snprintf(engine->error, sizeof engine->error, "scripts need more than %zu bytes of memory",
             engine->account->limit);
  }
}

bool cduktape_ask(cduktape *engine, cduktape_request *request) {
  duk_context *ctx = engine->context;
  request->result = NULL;
  request->result_length = 0;
  request->truth = false;
  cduktape *before = current;
  current = engine;
  engine->left = (int64_t)engine->budget;
  engine->deadline = monotonic() + engine->nanoseconds;
  engine->is_late = false;
  engine->is_refused = false;
  engine->stack_end = stack_end();
  ((duk_hthread *)ctx)->interrupt_init = ((duk_hthread *)ctx)->interrupt_counter = 0;
  // What ended beyond its budget may have been cut short in between.
  bool is_done = duk_safe_call(ctx, perform, request, 0, 1) == DUK_EXEC_SUCCESS;
  is_done = is_done && engine->left >= 0;
  request->steps = (uint64_t)((int64_t)engine->budget - engine->left);
  if (!is_done) explain_failure(engine, request);
  duk_set_top(ctx, 0);
  current = before;
  return is_done;
}

cduktape *cduktape_open(cduktape_account *account, uint64_t steps, uint64_t nanoseconds,
                        const cduktape_calls *calls) {
  if (account->used > account->limit || account->limit - account->used < OPENING_COST) return NULL;
  cduktape *engine = calloc(1, sizeof *engine);
  if (!engine) return NULL;
  engine->account = account;
  engine->calls = *calls;
  engine->budget = steps < INT64_MAX ? steps : INT64_MAX;
  engine->nanoseconds = nanoseconds < INT64_MAX / 2 ? (int64_t)nanoseconds : INT64_MAX / 2;
  engine->deadline = INT64_MAX;
  engine->random = 0x9e3779b97f4a7c15;
  engine->is_free = true;
  engine->context = duk_create_heap(give, resize, take, engine, NULL);
  engine->is_free = false;
  if (!engine->context) {
    free(engine);
    return NULL;
  }
  cduktape *before = current;
  current = engine;
  engine->left = COLLAPSE;
  engine->stack_end = stack_end();
  bool is_done = duk_safe_call(engine->context, set_up, NULL, 0, 1) == DUK_EXEC_SUCCESS;
  duk_set_top(engine->context, 0);
  current = before;
  if (is_done) return engine;
  cduktape_close(engine);
  return NULL;
}

void cduktape_close(cduktape *engine) {
  if (engine->context) duk_destroy_heap(engine->context);
  free(engine);
}

#endif
