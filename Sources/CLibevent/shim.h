#ifndef BATON_CLIBEVENT_H
#define BATON_CLIBEVENT_H
// First: Debian's event-config.h defines _GNU_SOURCE, which would give `fd_set` a second shape.
#include <features.h>
#include <event2/event.h>
#endif
