#include "mutant.h"

#include <stdlib.h>

static int chosen;

__attribute__((constructor)) static void choose(void) {
  const char *number = getenv("BATON_MUTANT");
  chosen = number == NULL ? 0 : atoi(number);
}

int clinux_mutant(void) { return chosen; }
