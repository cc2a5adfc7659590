#ifndef BATON_CLINUX_LAB_H
#define BATON_CLINUX_LAB_H
// What a laboratory needs: a network namespace of its own, its interfaces, children and probes.
#include <stdint.h>

/// Moves the calling thread into a new network namespace; with `with_user`, the process into a new
/// user namespace first, where it is root. -1 and errno on refusal.
int clinux_lab_unshare(int with_user);

/// Sets interface `name` up or down. -1 and errno on refusal.
int clinux_lab_set_up(const char *name, int is_up);

/// Gives `name` an IPv4 address, highest octet first, and the length of its network's prefix.
int clinux_lab_set_address(const char *name, uint32_t address, int prefix);

/// Gives `name` a hardware address of six bytes.
int clinux_lab_set_hardware(const char *name, const uint8_t *address);

/// Notes on `name` where the neighbour `address` is, for ever.
int clinux_lab_set_neighbour(const char *name, uint32_t address, const uint8_t *hardware);

/// Starts `path` with `arguments` (ends with a null pointer), its standard input and output from and
/// to `input` and `output`, standard error shared. Answers the child's pid, or -1 and errno.
int clinux_spawn(const char *path, char *const *arguments, int input, int output);

/// Whether the child stopped, without waiting: 1 when it is stopped, 0 when not, -1 and errno.
int clinux_has_stopped(int pid);

/// Stops the calling process with SIGSTOP until somebody continues it.
void clinux_stop_self(void);

/// Ends the calling process with SIGKILL.
void clinux_kill_self(void);

/// Raises the soft limit of open descriptors to the hard one; answers the limit, or -1.
long clinux_raise_descriptor_limit(void);

/// A nonblocking UDP socket, connected to `address` and `port`. -1 and errno on refusal.
int clinux_udp_connect(uint32_t address, uint16_t port, int receive_buffer);
#endif
