// The headers as C sees them, and what may never change in them: a field that moves, or a struct
// that shrinks, breaks hosts that were compiled before. Fields are only appended.
#include "baton.h"

#define AT(type, member, offset) \
  _Static_assert(offsetof(type, member) == (offset), #type "." #member " has moved")

AT(baton_value, number, 8);
AT(baton_value, name, 16);
_Static_assert(sizeof(baton_value) == 48, "baton_value does not grow");
AT(baton_refusal, cause, 4);
AT(baton_refusal, subject, 24);
AT(baton_refusal, here, 56);
AT(baton_refusal, there, 104);
AT(baton_refusal, call_name, 152);
AT(baton_refusal, text, 184);
_Static_assert(sizeof(baton_region) == 16, "baton_region does not grow");
_Static_assert(sizeof(baton_event) == 64, "baton_event does not grow");
_Static_assert(sizeof(baton_list) == 16, "baton_list does not grow");
_Static_assert(sizeof(baton_state) == 120, "baton_state does not grow");
_Static_assert(sizeof(baton_transition) == 56, "baton_transition does not grow");
_Static_assert(sizeof(baton_delay) == 24, "baton_delay does not grow");
_Static_assert(sizeof(baton_mistake) == 224, "baton_mistake does not grow");
