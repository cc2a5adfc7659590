// Which parts of Linux are there that Baton uses, or can do without: a line `fact NAME: VALUE` for each.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/kcmp.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { so_passpidfd = 76, so_peerpidfd = 77, so_passrights = 83, noexec_seal = 8 };
// <linux/if_tun.h> of newer kernels.
enum { uso4 = 0x20, uso6 = 0x40, tunnel = 0x80, tunnel_csum = 0x100 };

static void tell(const char *name, long result) {
  if (result >= 0)
    printf("fact %s: yes\n", name);
  else
    printf("fact %s: no, %s\n", name, strerrorname_np(errno));
}

static void sockets(void) {
  int pair[2], value = -1;
  socklen_t size = sizeof value;
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  tell("SO_PEERPIDFD", getsockopt(pair[0], SOL_SOCKET, so_peerpidfd, &value, &size));
  size = sizeof value;
  tell("SO_PASSPIDFD", getsockopt(pair[0], SOL_SOCKET, so_passpidfd, &value, &size));
  size = sizeof value;
  tell("SO_PASSRIGHTS", getsockopt(pair[0], SOL_SOCKET, so_passrights, &value, &size));
  tell("kcmp(KCMP_FILE)", syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, pair[0], pair[1]));
}

static void processes(void) {
  long self = syscall(SYS_pidfd_open, getpid(), 0);
  tell("pidfd_open", self);
  tell("pidfd_getfd", syscall(SYS_pidfd_getfd, self, 0, 0));
  tell("pidfd_send_signal", syscall(SYS_pidfd_send_signal, self, 0, NULL, 0));
  tell("close_range", syscall(SYS_close_range, 1000, 1001, 0));
  tell("epoll_pwait2", syscall(SYS_epoll_pwait2, -1, NULL, 0, NULL, NULL, 0) == -1 && errno == ENOSYS ? -1 : 0);
}

static void memory(void) {
  tell("memfd_create", memfd_create("a", MFD_ALLOW_SEALING));
  tell("memfd_create(MFD_NOEXEC_SEAL)", memfd_create("a", MFD_ALLOW_SEALING | noexec_seal));
}

static int attach(const char *name, int flags) {
  struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | flags)};
  int it = open("/dev/net/tun", O_RDWR);
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  return it == -1 || ioctl(it, TUNSETIFF, &request) == -1 ? -1 : it;
}

static void taps(void) {
  unsigned features = 0;
  int carrier = 1, size = 0, it = open("/dev/net/tun", O_RDWR);
  tell("/dev/net/tun", it);
  ioctl(it, TUNGETFEATURES, &features);
  printf("fact TUNGETFEATURES: 0x%x\n", features);
  close(it);
  it = attach("facts0", IFF_VNET_HDR | IFF_MULTI_QUEUE);
  tell("a TAP with a header and several queues", it);
  tell("TUNSETCARRIER", ioctl(it, TUNSETCARRIER, &carrier));
  tell("TUNGETVNETHDRSZ", ioctl(it, TUNGETVNETHDRSZ, &size));
  tell("TUNSETOFFLOAD checksum, TSO, ECN, UFO", ioctl(it, TUNSETOFFLOAD, 0x1f));
  tell("TUNSETOFFLOAD checksum, USO", ioctl(it, TUNSETOFFLOAD, 1 | uso4 | uso6));
  tell("TUNSETOFFLOAD tunnels", ioctl(it, TUNSETOFFLOAD, 1 | TUN_F_TSO4 | tunnel | tunnel_csum));
  tell("TUNGETDEVNETNS", ioctl(it, TUNGETDEVNETNS, 0));
  close(it);
  it = attach("facts1", 0x40);
  tell("IFF_NO_CARRIER", it);
  close(it);
  tell("/dev/vhost-net", open("/dev/vhost-net", O_RDWR));
}

int main(void) {
  struct utsname name;
  uname(&name);
  printf("fact release: %s\n", name.release);
  sockets();
  processes();
  memory();
  taps();
  return 0;
}
