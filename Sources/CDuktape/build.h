/// Duktape's source with our configuration: included once, behind the bounds that it refers to.
#ifndef CDUKTAPE_BUILD_H
#define CDUKTAPE_BUILD_H

#include "bounds.h"

#if !__has_include("/usr/share/duktape/duktape.c")
#error "the trait ECMAScript needs Duktape's source: apt-get install duktape-dev"
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"

#define DUK_SINGLE_FILE
#define DUK_COMPILING_DUKTAPE
#include "/usr/share/duktape/duk_config.h"

#undef DUK_EXTERNAL
#undef DUK_EXTERNAL_DECL
#define DUK_EXTERNAL static __attribute__((unused))
#define DUK_EXTERNAL_DECL static __attribute__((unused))

// What its source leaves visible has names of our own.
#define duk_unicode_caseconv_lc cduktape_caseconv_lc
#define duk_unicode_caseconv_uc cduktape_caseconv_uc
#define duk_unicode_idp_m_ids_noa cduktape_idp_m_ids_noa
#define duk_unicode_ids_m_let_noa cduktape_ids_m_let_noa
#define duk_unicode_ids_noa cduktape_ids_noa
#define duk_unicode_re_canon_bitmap cduktape_re_canon_bitmap

// The macro stands in the one function that counts instructions, whose `ctr` says when to come
// back.
#undef DUK_USE_INTERRUPT_COUNTER
#undef DUK_USE_EXEC_TIMEOUT_CHECK
#undef DUK_USE_NATIVE_STACK_CHECK
#undef DUK_USE_GET_RANDOM_DOUBLE
#undef DUK_USE_DATE_GET_NOW
#undef DUK_MEMCMP
#define DUK_USE_INTERRUPT_COUNTER
#define DUK_USE_EXEC_TIMEOUT_CHECK(udata) ((ctr = BLOCK), is_exhausted(udata))
#define DUK_USE_NATIVE_STACK_CHECK() is_too_deep()
#define DUK_USE_GET_RANDOM_DOUBLE(udata) random_number(udata)
#define DUK_USE_DATE_GET_NOW(ctx) milliseconds()
// Strings are searched by `duk_memcmp`; what tells them apart, `duk_memcmp_unsafe`, must not answer
// before it knows.
#define DUK_MEMCMP(left, right, length) \
  compare(left, right, length, sizeof __func__ == sizeof "duk_memcmp")

// Recursion in C that asks for no stack.
#undef DUK_USE_COMPILER_RECLIMIT
#undef DUK_USE_JSON_ENC_RECLIMIT
#undef DUK_USE_JSON_DEC_RECLIMIT
#undef DUK_USE_NATIVE_CALL_RECLIMIT
#define DUK_USE_COMPILER_RECLIMIT 500
#define DUK_USE_JSON_ENC_RECLIMIT 200
#define DUK_USE_JSON_DEC_RECLIMIT 200
#define DUK_USE_NATIVE_CALL_RECLIMIT 200

#include "/usr/share/duktape/duktape.c"
#pragma GCC diagnostic pop

#if DUK_VERSION != 20700
#error "this is not Duktape 2.7.0: see that the parts that are used by name are the same"
#endif

#endif
