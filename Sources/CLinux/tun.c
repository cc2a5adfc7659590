#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

int clinux_tun_features(int fd, uint32_t *features) {
  unsigned found = 0;
  int result = ioctl(fd, TUNGETFEATURES, &found);
  *features = found;
  return result;
}

int clinux_tun_set_interface(int fd, void *name, uint16_t flags) {
  struct ifreq request = {0};
  memcpy(request.ifr_name, name, IFNAMSIZ);
  request.ifr_name[IFNAMSIZ - 1] = 0;
  request.ifr_flags = (short)flags;
  int result = ioctl(fd, TUNSETIFF, &request);
  memcpy(name, request.ifr_name, IFNAMSIZ);
  return result;
}

int clinux_tun_interface(int fd, void *name, uint16_t *flags) {
  struct ifreq request = {0};
  int result = ioctl(fd, TUNGETIFF, &request);
  memcpy(name, request.ifr_name, IFNAMSIZ);
  *flags = (uint16_t)request.ifr_flags;
  return result;
}

int clinux_tun_set_header_size(int fd, int size) { return ioctl(fd, TUNSETVNETHDRSZ, &size); }

int clinux_tun_header_size(int fd, int *size) { return ioctl(fd, TUNGETVNETHDRSZ, size); }

int clinux_tun_set_send_buffer(int fd, int size) { return ioctl(fd, TUNSETSNDBUF, &size); }

int clinux_tun_send_buffer(int fd, int *size) { return ioctl(fd, TUNGETSNDBUF, size); }

int clinux_tun_set_offload(int fd, uint32_t offload) {
  return ioctl(fd, TUNSETOFFLOAD, (unsigned long)offload);
}

int clinux_tun_set_queue(int fd, int attached) {
  struct ifreq request = {0};
  request.ifr_flags = attached ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE;
  return ioctl(fd, TUNSETQUEUE, &request);
}

int clinux_tun_set_persistent(int fd, int persistent) {
  return ioctl(fd, TUNSETPERSIST, (unsigned long)(persistent != 0));
}

int clinux_tun_set_carrier(int fd, int carrier) {
  int value = carrier != 0;
  return ioctl(fd, TUNSETCARRIER, &value);
}
