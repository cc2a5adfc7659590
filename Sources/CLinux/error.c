#include "BatonCLinux.h"

#include <errno.h>

int clinux_errno(void) { return errno; }
