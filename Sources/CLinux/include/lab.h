#ifndef BATON_CLINUX_LAB_H
#define BATON_CLINUX_LAB_H
// What a laboratory needs: a network namespace of its own, its interfaces, children and probes.
#include <stdint.h>

/// Moves the process into a new user namespace, where it is root, and a new network namespace.
/// Only a process with one thread may. -1 and errno on refusal.
int clinux_lab_unshare_user(void);

/// Notes on `name` where the neighbour `address` is, for ever.
int clinux_lab_set_neighbour(const char *name, uint32_t address, const uint8_t *hardware);

/// Starts `path` with `arguments` (ends with a null pointer), with `input` and `output` as its
/// standard input and output, standard error shared, and no signal blocked, whatever the calling
/// thread blocks. Answers the child's pid, or -1 and errno.
int clinux_spawn(const char *path, char *const *arguments, int input, int output);

/// Waits until the child has stopped or ended; -1 and errno when it is no child.
int clinux_await_stop(int pid);

/// Stops the calling process with SIGSTOP until somebody continues it.
void clinux_stop_self(void);

/// Ends the calling process with SIGKILL.
void clinux_kill_self(void);

/// Raises the soft limit of open descriptors to the hard one; answers the limit, or -1.
long clinux_raise_descriptor_limit(void);

/// A nonblocking UDP socket, connected to `address` and `port`. -1 and errno on refusal.
int clinux_udp_connect(uint32_t address, uint16_t port, int receive_buffer);
#endif
