#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

// The kernel's SCM_MAX_FD, which no header for programs defines.
#define CONTROL_SIZE CMSG_SPACE(clinux_descriptors_max * sizeof(int))

union control {
  char space[CONTROL_SIZE];
  struct cmsghdr aligned;
};

enum { stream = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK };

static int fill(struct sockaddr_un *address, const void *path, size_t length) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (length >= sizeof address->sun_path) {
    clinux_restore_errno(ENAMETOOLONG);
    return -1;
  }
  memcpy(address->sun_path, path, length);
  return 0;
}

int clinux_socket(void) { return socket(AF_UNIX, stream, 0); }

int clinux_bind(int fd, const void *path, size_t length) {
  struct sockaddr_un address;
  if (fill(&address, path, length) == -1)
    return -1;
  return bind(fd, (struct sockaddr *)&address, sizeof address);
}

int clinux_listen(int fd, int backlog) { return listen(fd, backlog); }

int clinux_connect(int fd, const void *path, size_t length) {
  struct sockaddr_un address;
  if (fill(&address, path, length) == -1)
    return -1;
  return connect(fd, (struct sockaddr *)&address, sizeof address);
}

int clinux_accept(int fd) { return accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int clinux_socket_pair(int *first, int *second) {
  int pair[2];
  if (socketpair(AF_UNIX, stream, 0, pair) == -1)
    return -1;
  *first = pair[0];
  *second = pair[1];
  return 0;
}

int clinux_make_standard(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags == -1 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == -1)
    return -1;
  return shutdown(fd, SHUT_RD);
}

static int option(int fd, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, name, &value, &size) == -1 ? -1 : value;
}

int clinux_socket_domain(int fd) { return option(fd, SO_DOMAIN); }

int clinux_is_listening(int fd) {
  return option(fd, SO_DOMAIN) == AF_UNIX && option(fd, SO_TYPE) == SOCK_STREAM &&
         option(fd, SO_ACCEPTCONN) == 1;
}

int clinux_shutdown(int fd) { return shutdown(fd, SHUT_RDWR); }

int clinux_unlink(const void *path, size_t length) {
  struct sockaddr_un address;
  return fill(&address, path, length) == -1 ? -1 : unlink(address.sun_path);
}

int clinux_socket_file(const void *path, size_t length, uint64_t *device, uint64_t *inode) {
  struct sockaddr_un address;
  struct stat found;
  if (fill(&address, path, length) == -1 || lstat(address.sun_path, &found) == -1)
    return -1;
  if (!S_ISSOCK(found.st_mode)) {
    clinux_restore_errno(ENOTSOCK);
    return -1;
  }
  *device = found.st_dev;
  *inode = found.st_ino;
  return 0;
}

int clinux_lock_folder(const void *path, size_t length) {
  struct sockaddr_un address;
  if (fill(&address, path, length) == -1)
    return -1;
  char *slash = strrchr(address.sun_path, '/');
  const char *folder = address.sun_path;
  if (slash == NULL)
    folder = ".";
  else if (slash == address.sun_path)
    folder = "/";
  else
    *slash = 0;
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd == -1)
    return -1;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  int error = clinux_errno();
  close(fd);
  clinux_restore_errno(error);
  return -1;
}

int clinux_set_mode(int fd, unsigned mode) { return fchmod(fd, mode); }

int clinux_widen_mode(const void *path, size_t length, unsigned mode) {
  struct sockaddr_un address;
  struct stat found;
  if (fill(&address, path, length) == -1)
    return -1;
  // The file itself, and no link that has taken its place.
  int fd = open(address.sun_path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd == -1)
    return -1;
  int result = fstat(fd, &found), code = EADDRINUSE;
  if (result == 0 && (found.st_mode & 0777) != mode) {
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    result = -1;
    if (S_ISSOCK(found.st_mode) && (result = chmod(link, mode)) == -1)
      code = clinux_errno();
  }
  close(fd);
  clinux_restore_errno(code);
  return result;
}

int clinux_is_stale(const void *path, size_t length) {
  struct sockaddr_un address;
  struct stat found;
  if (fill(&address, path, length) == -1 || lstat(address.sun_path, &found) == -1)
    return 0;
  if (!S_ISSOCK(found.st_mode))
    return 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd == -1)
    return 0;
  int result = connect(fd, (struct sockaddr *)&address, sizeof address);
  int code = clinux_errno();
  close(fd);
  return result == -1 && code == ECONNREFUSED;
}

long clinux_send(int fd, const void *bytes, size_t length, const int *fds, size_t count) {
  union control control;
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > clinux_descriptors_max) {
    clinux_restore_errno(EINVAL);
    return -1;
  }
  if (count > 0) {
    size_t size = count * sizeof(int);
    memset(&control, 0, CMSG_SPACE(size));
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(size);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), fds, size);
  }
  return sendmsg(fd, &message, MSG_NOSIGNAL);
}

int clinux_notify(const void *path, size_t path_length, const void *bytes, size_t length) {
  struct sockaddr_un address;
  if (fill(&address, path, path_length) == -1)
    return -1;
  // An abstract address: its name is as long as it is, without a zero behind it.
  if (address.sun_path[0] == '@')
    address.sun_path[0] = 0;
  socklen_t size = offsetof(struct sockaddr_un, sun_path) + path_length;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd == -1)
    return -1;
  long sent = sendto(fd, bytes, length, MSG_NOSIGNAL, (struct sockaddr *)&address, size);
  int code = clinux_errno();
  close(fd);
  clinux_restore_errno(code);
  return sent == -1 ? -1 : 0;
}

// Takes the descriptors out of `message`; the ones that do not fit into `room` are closed at once.
static size_t take(struct msghdr *message, int *fds, size_t room, int *truncated) {
  size_t count = 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
       header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
      continue;
    size_t carried = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < carried; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      if (count < room) {
        fds[count++] = fd;
      } else {
        close(fd);
        *truncated = 1;
      }
    }
  }
  return count;
}

long clinux_receive(int fd, void *bytes, size_t length, int *fds, size_t room, size_t *count,
                    int *truncated) {
  union control control;
  struct iovec part = {.iov_base = bytes, .iov_len = length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (room > clinux_descriptors_max)
    room = clinux_descriptors_max;
  if (room > 0) {
    // CMSG_LEN and not CMSG_SPACE: the padding of an odd number would let one more descriptor in.
    message.msg_control = &control;
    message.msg_controllen = CMSG_LEN(room * sizeof(int));
  }
  *count = 0;
  *truncated = 0;
  long received = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
  if (received == -1)
    return -1;
  *truncated = (message.msg_flags & MSG_CTRUNC) != 0;
  size_t taken = take(&message, fds, room, truncated);
  if (*truncated) {
    while (taken > 0)
      close(fds[--taken]);
  }
  *count = taken;
  return received;
}

int clinux_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == -1)
    return -1;
  *pid = peer.pid;
  *uid = peer.uid;
  *gid = peer.gid;
  return 0;
}

int clinux_peer_process(int fd) {
  int pidfd = -1;
  socklen_t size = sizeof pidfd;
  return getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == -1 ? -1 : pidfd;
}
