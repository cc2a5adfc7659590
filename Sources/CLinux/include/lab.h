#ifndef BATON_CLINUX_LAB_H
#define BATON_CLINUX_LAB_H
// What a laboratory needs: a network namespace of its own, neighbours and probes.
#include <stddef.h>
#include <stdint.h>

/// Moves the process into a new user namespace, where it is root, and a new network namespace.
/// Only a process with one thread may. -1 and errno on refusal.
int clinux_lab_unshare_user(void);

/// A memfd of 2 MiB with these seals (F_SEAL_ bits) and no others, of huge pages or of plain ones.
/// -1 and errno on refusal: not every kernel has huge pages.
int clinux_lab_create_memory(int seals, int is_huge);

/// getegid(2). Never fails.
uint32_t clinux_lab_group_id(void);

/// Keeps the calling thread on one of the processors that it may use, counted from 0, and from the
/// first one again behind the last; a negative number lets it go to any. Threads that it starts
/// inherit what it may use. -1 and errno on refusal.
int clinux_lab_stay_on(int number);

/// Zeroed memory of `count` bytes, whole pages, with a megabyte on both sides that nobody may
/// touch. NULL when there is none.
void *clinux_lab_map_guarded(size_t count);
/// Gives such memory back.
void clinux_lab_unmap_guarded(void *address, size_t count);

/// Notes on `name` where the neighbour `address` is, for ever.
int clinux_lab_set_neighbour(const char *name, uint32_t address, const uint8_t *hardware);

/// A nonblocking UDP socket, connected to `address` and `port`. -1 and errno on refusal.
int clinux_udp_connect(uint32_t address, uint16_t port, int receive_buffer);
#endif
