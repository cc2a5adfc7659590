#ifndef BATON_CLINUX_TOOLS_H
#define BATON_CLINUX_TOOLS_H
// What tools alone need: files of others that are read while they grow.
#include <stdint.h>

/// inotify(7) of the file behind `fd`, for its length and its names (IN_MODIFY | IN_ATTRIB): a new
/// descriptor, from which read(2) waits for the next change. -1 and errno on refusal.
int clinux_watch_file(int fd);

/// fstat(2): how long the file is, in bytes, and how many names it has. -1 and errno on refusal.
int clinux_length(int fd, uint64_t *length, uint64_t *names);

#endif
