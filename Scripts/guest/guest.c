// What the guest does that busybox cannot:
//   guest echo PORT READY    prints READY, and answers each UDP datagram with itself, to whoever sent it
//   guest pings PORT         pings from here: a datagram `COUNT ADDRESS` is answered with what ping prints
//   guest stream PORT        returns, and takes one TCP connection after the other: one that begins with `t` is read to
//                            its end, and answered with how many bytes that were; one that begins with `g` gets bytes
//                            until it is closed
//   guest queues NAME N      lets the interface use N pairs of queues
// Debian's busybox-static has neither udpsvd nor a UDP mode of nc, and no ethtool. Linux enables as many pairs of
// queues as there are processors, and more, up to what the device has, only when it is asked by this ioctl.
#define _GNU_SOURCE
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int bound(unsigned short port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  int it = socket(AF_INET, SOCK_DGRAM, 0);
  if (it >= 0 && bind(it, (struct sockaddr *)&address, sizeof address) == 0) return it;
  perror("guest: no socket on the port");
  return -1;
}

static int echo(unsigned short port, const char *ready) {
  static char datagram[65536];
  int room = 8 << 20;
  int it = bound(port);
  if (it < 0) return 1;
  // A burst that waited while the guest was handed over must fit, or its loss would be taken for the handover's.
  setsockopt(it, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  puts(ready);
  fflush(stdout);
  for (;;) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    ssize_t size = recvfrom(it, datagram, sizeof datagram, 0, (struct sockaddr *)&peer, &length);
    if (size >= 0) sendto(it, datagram, (size_t)size, 0, (struct sockaddr *)&peer, length);
  }
}

static int pings(unsigned short port) {
  int it = bound(port);
  if (it < 0) return 1;
  for (;;) {
    char said[1400] = "", wish[64] = "", where[32] = "", command[160];
    unsigned count = 0;
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    ssize_t size = recvfrom(it, wish, sizeof wish - 1, 0, (struct sockaddr *)&peer, &length);
    if (size <= 0 || sscanf(wish, "%u %31[0-9.]", &count, where) != 2) continue;
    snprintf(command, sizeof command, "/bin/busybox ping -q -i 0.02 -W 3 -c %u %s 2>&1", count, where);
    FILE *output = popen(command, "r");
    size_t told = output ? fread(said, 1, sizeof said, output) : 0;
    if (output) pclose(output);
    sendto(it, said, told, 0, (struct sockaddr *)&peer, length);
  }
}

static int stream(unsigned short port) {
  static char bytes[256 * 1024];
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  int door = socket(AF_INET, SOCK_STREAM, 0);
  if (door < 0 || bind(door, (struct sockaddr *)&address, sizeof address) != 0 || listen(door, 4) != 0) {
    perror("guest: nobody can connect");
    return 1;
  }
  // Whoever started it goes on when connections are taken, or cannot be.
  const pid_t child = fork();
  if (child != 0) {
    if (child < 0) perror("guest: nobody can take connections");
    return child < 0;
  }
  for (;;) {
    char wish = 0;
    int it = accept(door, NULL, NULL);
    if (it < 0) continue;
    if (recv(it, &wish, 1, 0) == 1 && wish == 't') {
      unsigned long long total = 0;
      ssize_t size;
      while ((size = recv(it, bytes, sizeof bytes, 0)) > 0) total += (unsigned long long)size;
      dprintf(it, "%llu\n", total);
    } else if (wish == 'g') {
      while (send(it, bytes, sizeof bytes, MSG_NOSIGNAL) > 0) {
      }
    }
    close(it);
  }
}

static int queues(const char *name, unsigned count) {
  struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
  struct ifreq request = {.ifr_data = (void *)&channels};
  int it = socket(AF_INET, SOCK_DGRAM, 0);
  strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
  if (it < 0 || ioctl(it, SIOCETHTOOL, &request) != 0) {
    perror("guest: the queues cannot be asked for");
    return 1;
  }
  channels.cmd = ETHTOOL_SCHANNELS;
  channels.combined_count = count;
  if (ioctl(it, SIOCETHTOOL, &request) != 0) {
    fprintf(stderr, "guest: %u queues of %u: %m\n", count, channels.max_combined);
    return 1;
  }
  return 0;
}

int main(int count, char **words) {
  if (count == 4 && strcmp(words[1], "echo") == 0) return echo((unsigned short)atoi(words[2]), words[3]);
  if (count == 3 && strcmp(words[1], "pings") == 0) return pings((unsigned short)atoi(words[2]));
  if (count == 3 && strcmp(words[1], "stream") == 0) return stream((unsigned short)atoi(words[2]));
  if (count == 4 && strcmp(words[1], "queues") == 0) return queues(words[2], (unsigned)atoi(words[3]));
  fprintf(stderr, "usage: guest echo PORT READY | guest pings PORT | guest stream PORT | guest queues NAME N\n");
  return 2;
}
