#ifndef BATON_CLINUX_H
#define BATON_CLINUX_H
/// What Swift cannot say about Linux: macros, variadic calls, raw system calls, shared atomics.
///
/// Functions that return `int` or `long` answer -1 and set `errno` when the kernel refuses, unless
/// their comment says otherwise. None of them retries and none of them prints.
#include <linux/sockios.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// --- error.c

/// `errno` of this thread, read at once after a refused call.
int clinux_errno(void);
/// Puts back an `errno` that a clean-up may have changed.
void clinux_restore_errno(int code);
/// The symbolic name ("EBUSY"), a static string; NULL when there is none.
const char *clinux_error_name(int code);
/// The text ("Device or resource busy"), a static string; NULL when there is none.
const char *clinux_error_text(int code);

// --- file.c

/// What `clinux_stat` reports.
struct clinux_kind {
  /// 1 character device, 2 socket, 3 regular file, 0 anything else.
  int form;
  /// The device numbers of a character device.
  uint32_t major_number;
  uint32_t minor_number;
  /// The size in bytes.
  int64_t size;
};

/// open(2) with O_RDWR | O_CLOEXEC; `path` ends with NUL.
int clinux_open(const char *path);
/// open(2) with O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC and mode 0644; `path` ends with NUL. Does
/// not wait for a FIFO's reader: ENXIO.
int clinux_open_log(const char *path);
/// open(2) with O_WRONLY | O_CLOEXEC of a file that is there, and else with O_CREAT and mode 0666,
/// which `is_made` says; `path` ends with NUL.
int clinux_open_output(const char *path, int *is_made);
/// ftruncate(2) of a regular file to nothing; anything else stays as it is.
int clinux_empty(int fd);
/// Opens /dev/null for each of the descriptors 0 to 2 that is closed.
void clinux_fill_standard_descriptors(void);
/// Opens /dev/tap`index` like `clinux_open`.
int clinux_open_macvtap(uint32_t index);
/// close(2), once: on Linux the number is gone even after EINTR.
int clinux_close(int fd);
/// F_DUPFD_CLOEXEC.
int clinux_duplicate(int fd);
/// read(2).
long clinux_read(int fd, void *bytes, size_t length);
/// Fills the first piece, then the rest (readv(2)).
long clinux_read_two(int fd, void *first, size_t first_length, void *rest, size_t rest_length);
/// write(2).
long clinux_write(int fd, const void *bytes, size_t length);
/// F_GETFD: -1 when the number is not open.
int clinux_get_descriptor_flags(int fd);
/// 1 when O_NONBLOCK is set, else 0.
int clinux_is_nonblocking(int fd);
/// F_SETFL with O_NONBLOCK added.
int clinux_set_nonblocking(int fd);
/// fstat(2).
int clinux_stat(int fd, struct clinux_kind *kind);
/// Which file a descriptor is of: st_dev and st_ino, whatever its path.
int clinux_file(int fd, uint64_t *device, uint64_t *inode);
/// KCMP_FILE in this process: 0 when both numbers name one open file description, > 0 when not.
int clinux_compare(int a, int b);
/// poll(2) without waiting: 1 readable (or hung up), 2 writable, as bits; 0 when the number is not
/// open.
int clinux_poll(int fd);

// --- socket.c; every socket is SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK

/// The most descriptors that one message carries (SCM_MAX_FD).
enum { clinux_descriptors_max = 253 };

/// A new UNIX socket.
int clinux_socket(void);
/// bind(2) to `path` of `length` bytes (no NUL needed), at most 107.
int clinux_bind(int fd, const void *path, size_t length);
/// listen(2).
int clinux_listen(int fd, int backlog);
/// connect(2) to `path` of `length` bytes, at most 107.
int clinux_connect(int fd, const void *path, size_t length);
/// Sends one datagram to `path`, an abstract address when it begins with @ (sd_notify(3)).
int clinux_notify(const void *path, size_t path_length, const void *bytes, size_t length);
/// accept4(2).
int clinux_accept(int fd);
/// socketpair(2).
int clinux_socket_pair(int *first, int *second);
/// Takes O_NONBLOCK away from a socket (F_SETFL), and has reads of it find the end (SHUT_RD).
int clinux_make_standard(int fd);
/// 1 for a stream socket of AF_UNIX that listens (SO_ACCEPTCONN), 0 for all else.
int clinux_is_listening(int fd);
/// SO_DOMAIN.
int clinux_socket_domain(int fd);
/// shutdown(2) in both directions.
int clinux_shutdown(int fd);
/// unlink(2) of `path` of `length` bytes, at most 107.
int clinux_unlink(const void *path, size_t length);
/// The device and inode numbers of the socket file at `path` of `length` bytes, which is not
/// followed when it is a link. -1 and errno when it is not there; ENOTSOCK for other files.
int clinux_socket_file(const void *path, size_t length, uint64_t *device, uint64_t *inode);
/// Locks the folder of `path` of `length` bytes (flock(2)), so that whoever replaces a name in it
/// is alone; does not wait. Answers a descriptor that is closed to unlock it, or -1 and errno:
/// EWOULDBLOCK while somebody else holds it.
int clinux_lock_folder(const void *path, size_t length);
/// fchmod(2) of a socket that is not bound yet: the mode of the file that bind(2) will make, less
/// the umask.
int clinux_set_mode(int fd, unsigned mode);
/// Gives the socket's file what the umask has taken from it; EADDRINUSE where it is another file.
int clinux_widen_mode(const void *path, size_t length, unsigned mode);
/// Lets the process ignore a signal from now on.
void clinux_ignore_signal(int number);
/// Has a signal counted from now on, and the eventfd `bell` rung when it comes (-1 for none), in
/// place of whoever was told before. -1 for a number that is no signal's.
int clinux_watch_signal(int number, int bell);
/// How often the signal has come since this was asked last.
int clinux_take_signals(int number);
/// What the signal did before it does again, unless another bell is rung by now.
void clinux_unwatch_signal(int number, int bell);
/// 1 when the signal is ignored, as whoever started the process may have wished (nohup(1)).
int clinux_ignores_signal(int number);
/// Makes a thread that ends at once. 0, or the error of pthread_create(3).
int clinux_check_thread(void);
/// Unblocks a signal in this thread. Never fails: a number that is no signal's changes nothing.
void clinux_admit_signal(int number);
/// 1 when `path` names a socket file (not followed when it is a link) that no socket is bound to
/// any more, else 0. Never fails. It asks with a datagram socket, which a stream refuses for its
/// type: a listener sees nothing of the question.
int clinux_is_stale(const void *path, size_t length);
/// One sendmsg with MSG_NOSIGNAL and `count` descriptors as SCM_RIGHTS.
long clinux_send(int fd, const void *bytes, size_t length, const int *fds, size_t count);
/// One recvmsg with MSG_CMSG_CLOEXEC and room for `room` descriptors (at most 253).
///
/// When the message carried more than fit (`*truncated` is 1) all that arrived are closed.
long clinux_receive(int fd, void *bytes, size_t length, int *fds, size_t room, size_t *count,
                    int *truncated);
/// SO_PEERCRED.
int clinux_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid);
/// SO_PEERPIDFD (Linux 6.5); ENOPROTOOPT before.
int clinux_peer_process(int fd);

// --- process.c

/// What `clinux_wait` reports.
struct clinux_exit {
  /// 0 still running, 1 exited, 2 killed by a signal.
  int form;
  /// The exit status or the signal number.
  int value;
};

/// pidfd_open(2).
int clinux_open_process(int32_t pid);
/// pidfd_send_signal(2).
int clinux_signal_process(int pidfd, int signal);
/// kill(2) of the process group that a child which was not reaped leads; EINVAL for no such number.
int clinux_signal_group(int32_t leader, int signal);
/// waitid(P_PIDFD, WEXITED | WNOHANG): reaps a child of this process.
int clinux_wait(int pidfd, struct clinux_exit *exit);
/// waitid(P_PIDFD, WEXITED | WNOWAIT): waits until a child of this process can be reaped; it is
/// left as it is.
int clinux_await_end(int pidfd);
/// waitid(P_PIDFD, WEXITED | WSTOPPED | WNOWAIT | WNOHANG): 1 when a child of this process stands
/// still (SIGSTOP) or can be reaped, 0 when it runs; it is left as it is.
int clinux_has_stopped(int pidfd);

/// What `clinux_spawn` starts. Strings of a list stand one behind the other, each with its NUL.
struct clinux_program {
  /// Where the program is; PATH is not searched.
  const char *path;
  /// argv, the name at 0 included.
  const char *arguments;
  size_t argument_count;
  /// `NAME=value` each, without meaning when `inherits` is 1: then it is our own environment.
  const char *environment;
  size_t environment_count;
  int inherits;
  /// 1 for a child that leads a session and a process group of its own, with all that it starts.
  int leads;
};

/// Starts a child with `fds` as its descriptors 0, 1 and 2, no others, no signal blocked and none
/// ignored.
/// Answers its pidfd, and its number in `*pid`; on refusal nothing runs and nothing is to be
/// reaped.
int clinux_spawn(const struct clinux_program *program, const int fds[3], int32_t *pid);
/// Stops this process (SIGSTOP) until somebody continues it.
void clinux_stop_self(void);
/// Raises the soft RLIMIT_NOFILE to the hard one; answers it.
long clinux_raise_descriptor_limit(void);
/// getpid(2). Never fails.
int32_t clinux_process_id(void);
/// geteuid(2), which is what SO_PEERCRED shows to the peer. Never fails.
uint32_t clinux_user_id(void);

// --- memory.c

/// memfd_create(2) with MFD_CLOEXEC | MFD_ALLOW_SEALING, never executable where Linux knows that.
int clinux_create_memory(const char *name);
/// ftruncate(2).
int clinux_truncate(int fd, int64_t length);
/// F_ADD_SEALS: F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL.
int clinux_seal(int fd);
/// F_GET_SEALS: 1 when it cannot shrink, 2 when it cannot grow, and the sum of both.
int clinux_seals(int fd);
/// fstatfs(2): the `f_type` of the file system that `fd` is on. -1 and `errno` on refusal.
int clinux_file_system(int fd, uint32_t *type);
/// fallocate(2): gives the first `length` bytes their pages, which keep what they hold.
int clinux_allocate(int fd, int64_t length);
/// 1 when the kernel commits no more memory than there is (vm.overcommit_memory is 2), else 0.
int clinux_commits_strictly(void);
/// mmap(2), shared, for reading and writing; NULL and `errno` on refusal.
void *clinux_map(int fd, size_t length);
/// munmap(2).
int clinux_unmap(void *address, size_t length);
/// From now on this process outlives the end of a file under a mapping that is guarded.
int clinux_survive_shrinking(void);
/// A number for the mapping, or -1 (without `errno`) when this process would not outlive it, or too
/// many are guarded.
int clinux_guard(void *address, size_t length);
/// 1 when the file was too short for what was touched, and the mapping is no file's any more.
int clinux_is_lost(int slot);
/// The mapping of this number is about to go. Never fails.
void clinux_unguard(int slot);

// --- atomic.c; `address` is aligned to 8 bytes, other processes may use it at the same time

/// An acquire load.
uint64_t clinux_load(const void *address);
/// A sequentially consistent, strong compare-and-swap. Answers what was there before.
uint64_t clinux_compare_exchange(void *address, uint64_t expected, uint64_t desired);

// --- epoll.c; `ready` has 1 for reading and 2 for writing

/// What is ready in a set, under the name that it was added with.
struct clinux_ready {
  uint64_t name;
  uint64_t ready;
};
/// A set of descriptors, which can be watched like one of them (epoll(7)).
int clinux_epoll_create(void);
/// Adds a descriptor, level-triggered.
int clinux_epoll_add(int epoll, int fd, int ready, uint64_t name);
/// Changes what a descriptor of the set is watched for; needs no memory.
int clinux_epoll_change(int epoll, int fd, int ready, uint64_t name);
int clinux_epoll_remove(int epoll, int fd);
/// Fills in at most `count` (and 64) that are ready now, without waiting; returns how many.
int clinux_epoll_ready(int epoll, struct clinux_ready *found, int count);

// --- threads

/// A number of the calling thread that no other one has while it lives.
static inline uintptr_t clinux_thread(void) { return (uintptr_t)__builtin_thread_pointer(); }

// --- mutex.c

/// A pthread mutex on the heap; traps (abort) when there is no memory, as Swift does.
struct clinux_mutex *clinux_mutex_create(void);
void clinux_mutex_destroy(struct clinux_mutex *mutex);
void clinux_mutex_lock(struct clinux_mutex *mutex);
void clinux_mutex_unlock(struct clinux_mutex *mutex);

// --- time.c

/// CLOCK_MONOTONIC in nanoseconds. Never fails.
uint64_t clinux_now(void);
/// CLOCK_THREAD_CPUTIME_ID, likewise; 0 when it is refused.
uint64_t clinux_worked(void);
/// Sleeps this long, or until a signal comes.
void clinux_rest(uint64_t nanos);
/// Lets another runnable thread have this processor.
void clinux_yield(void);
/// A clock that is ready for reading once it is due (timerfd_create(2)); not armed.
int clinux_create_timer(void);
/// Arms it for this time of CLOCK_MONOTONIC in nanoseconds; 0 disarms it. Never fails.
void clinux_set_timer(int timer, uint64_t moment);
/// 64 bits of getrandom(2) into `*value`; -1 and `errno` on refusal.
int clinux_random(uint64_t *value);

// --- interface.c; in this thread's network namespace; `name` has 16 bytes, NUL at the end

/// Moves this thread alone into a new, empty network namespace; needs CAP_SYS_ADMIN.
int clinux_unshare_network(void);
/// A number of an interface by its request (netdevice(7)): SIOCGIFINDEX, SIOCGIFMTU and others that
/// linux/sockios.h names; none of them is negative.
int clinux_interface_number(const void *name, int number);
/// Sets such a number, by SIOCSIFMTU for instance; needs CAP_NET_ADMIN.
int clinux_set_interface_number(const void *name, int number, int value);
/// Sets or clears IFF_UP.
int clinux_interface_set_up(const void *name, int up);
/// Sets the IPv4 address and the network mask, both in host byte order.
int clinux_interface_set_address(const void *name, uint32_t address, uint32_t mask);

// --- network.c; a network namespace is a descriptor of its file

/// Opens the file at `path`, which ends with NUL; nothing is written to it or waited for.
int clinux_open_network(const char *path);
/// NS_GET_NSTYPE: 1 for a network namespace, 0 for one of another kind, -1 and ENOTTY for a file
/// that is no namespace.
int clinux_is_network(int fd);
/// The number of the namespace that `fd` leads to, or with -1 of the calling thread's; 0 and errno
/// on refusal. No two namespaces have the same one at a time.
uint64_t clinux_network_number(int fd);
/// Moves the calling thread alone into a namespace, and answers with a descriptor of the one where
/// it was. It stays where it is, with -1 and errno, when either way is refused: coming back needs a
/// privilege of its own, and is tried first.
int clinux_enter_network(int fd);
/// Moves the calling thread back, and closes the descriptor when that is done.
int clinux_leave_network(int home);
/// TUNGETDEVNETNS: the namespace of the interface that `fd` is attached to; needs CAP_NET_ADMIN.
int clinux_tun_network(int fd);

// --- tun.c; `name` has 16 bytes, NUL at the end
// The argument of TUNSETOFFLOAD and TUNSETPERSIST is the number itself, of the others a pointer.

/// TUNGETFEATURES.
int clinux_tun_features(int fd, uint32_t *features);
/// TUNSETIFF; the final name comes back in `name`.
int clinux_tun_set_interface(int fd, void *name, uint16_t flags);
/// TUNGETIFF.
int clinux_tun_interface(int fd, void *name, uint16_t *flags);
/// TUNSETVNETHDRSZ.
int clinux_tun_set_header_size(int fd, int size);
/// TUNGETVNETHDRSZ.
int clinux_tun_header_size(int fd, int *size);
/// TUNSETSNDBUF.
int clinux_tun_set_send_buffer(int fd, int size);
/// TUNGETSNDBUF.
int clinux_tun_send_buffer(int fd, int *size);
/// TUNSETOFFLOAD.
int clinux_tun_set_offload(int fd, uint32_t offload);
/// TUNSETQUEUE with IFF_ATTACH_QUEUE or IFF_DETACH_QUEUE.
int clinux_tun_set_queue(int fd, int attached);
/// How many queues of the TAP `name` (16 bytes) are open anywhere, attached or not, asked without
/// touching it (RTM_GETLINK); 0 when there is no such interface or it has one queue at most.
int clinux_tun_queue_count(const void *name);
/// IFF_TUN or IFF_TAP, and IFF_MULTI_QUEUE, of the interface `name` (16 bytes); 0 for any other.
int clinux_tun_flags(const void *name);
/// Whether frames of a TUN device have packet information in front of them (IFLA_TUN_PI): 1 or 0.
/// TUNGETIFF does not tell: its IFF_NO_PI is also IFF_NOFILTER, set where no filter is attached.
int clinux_tun_information(const void *name);
/// A socket that becomes readable when a link of this thread's namespace changes (RTMGRP_LINK).
int clinux_watch_links(void);
/// The index of the macvtap or ipvtap `name` (16 bytes); 0 for any other.
int clinux_macvtap_index(const void *name);
/// TUNSETPERSIST.
int clinux_tun_set_persistent(int fd, int persistent);
/// TUNSETCARRIER.
int clinux_tun_set_carrier(int fd, int carrier);

// --- vhost.c; rings are vhost-net's: 0 receives, 1 transmits

/// One region of the memory table: what the guest sees at `guest` this process has at `host`.
struct clinux_vhost_region {
  uint64_t guest, host, length;
};
/// open(2) with O_RDWR | O_CLOEXEC | O_NONBLOCK.
int clinux_vhost_open(const char *path);
/// VHOST_GET_FEATURES.
int clinux_vhost_features(int fd, uint64_t *features);
/// VHOST_SET_OWNER.
int clinux_vhost_set_owner(int fd);
/// VHOST_SET_FEATURES.
int clinux_vhost_set_features(int fd, uint64_t features);
/// VHOST_SET_MEM_TABLE.
int clinux_vhost_set_memory(int fd, const struct clinux_vhost_region *regions, uint32_t count);
/// VHOST_SET_VRING_NUM: the length of a ring in entries.
int clinux_vhost_set_size(int fd, unsigned ring, unsigned size);
/// VHOST_SET_VRING_BASE: the index of the available ring that is looked at next.
int clinux_vhost_set_base(int fd, unsigned ring, unsigned base);
/// VHOST_GET_VRING_BASE; -1 on refusal.
int clinux_vhost_base(int fd, unsigned ring);
/// VHOST_SET_VRING_ADDR, in addresses of this process.
int clinux_vhost_set_place(int fd, unsigned ring, uint64_t descriptors, uint64_t available,
                           uint64_t used);
/// VHOST_SET_VRING_KICK, VHOST_SET_VRING_CALL and VHOST_SET_VRING_ERR, of an eventfd; -1 for none.
int clinux_vhost_set_kick(int fd, unsigned ring, int counter);
int clinux_vhost_set_call(int fd, unsigned ring, int counter);
int clinux_vhost_set_error(int fd, unsigned ring, int counter);
/// VHOST_SET_VRING_BUSYLOOP_TIMEOUT.
int clinux_vhost_set_busy_loop(int fd, unsigned ring, unsigned micros);
/// VHOST_NET_SET_BACKEND: the TAP's queue that the ring is served with, or -1 to stop it.
int clinux_vhost_set_backend(int fd, unsigned ring, int tap);
#ifdef __cplusplus
}
#endif
#include "counter.h"
#include "fork.h"
#include "lab.h"
#include "tools.h"
#endif
