#include "BatonCLinux.h"

#include <pthread.h>
#include <stdlib.h>

struct clinux_mutex {
  pthread_mutex_t lock;
};

struct clinux_mutex *clinux_mutex_create(void) {
  struct clinux_mutex *mutex = malloc(sizeof *mutex);
  if (mutex == NULL || pthread_mutex_init(&mutex->lock, NULL) != 0)
    abort();
  return mutex;
}

void clinux_mutex_destroy(struct clinux_mutex *mutex) {
  pthread_mutex_destroy(&mutex->lock);
  free(mutex);
}

void clinux_mutex_lock(struct clinux_mutex *mutex) { pthread_mutex_lock(&mutex->lock); }

void clinux_mutex_unlock(struct clinux_mutex *mutex) { pthread_mutex_unlock(&mutex->lock); }
