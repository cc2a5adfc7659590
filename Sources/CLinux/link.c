#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct question {
  struct nlmsghdr header;
  struct ifinfomsg link;
  struct rtattr attribute;
  char name[IFNAMSIZ];
};

/// The attribute of this type among `length` bytes of them, or null.
static struct rtattr *find(struct rtattr *first, int length, unsigned short type) {
  for (struct rtattr *at = first; RTA_OK(at, length); at = RTA_NEXT(at, length))
    if ((at->rta_type & NLA_TYPE_MASK) == type)
      return at;
  return NULL;
}

static struct rtattr *within(struct rtattr *outer, unsigned short type) {
  return outer == NULL ? NULL : find(RTA_DATA(outer), (int)RTA_PAYLOAD(outer), type);
}

static int number(struct rtattr *attribute) {
  uint32_t value = 0;
  if (attribute != NULL && RTA_PAYLOAD(attribute) >= sizeof value)
    memcpy(&value, RTA_DATA(attribute), sizeof value);
  return (int)value;
}

static int flag(struct rtattr *attribute) {
  return attribute != NULL && RTA_PAYLOAD(attribute) >= 1 && *(uint8_t *)RTA_DATA(attribute) != 0;
}

/// What is read of an answer: `info` has the kind of the link and the device's own part, if any.
typedef int reader(const struct ifinfomsg *link, struct rtattr *info);

static int is_kind(struct rtattr *info, const char *name) {
  struct rtattr *kind = within(info, IFLA_INFO_KIND);
  return kind != NULL && strncmp(RTA_DATA(kind), name, RTA_PAYLOAD(kind)) == 0;
}

// Other kinds of links number their attributes anew.
static struct rtattr *tun_data(struct rtattr *info) {
  return is_kind(info, "tun") ? within(info, IFLA_INFO_DATA) : NULL;
}

static int count_queues(const struct ifinfomsg *link, struct rtattr *info) {
  (void)link;
  struct rtattr *data = tun_data(info);
  return number(within(data, IFLA_TUN_NUM_QUEUES)) +
         number(within(data, IFLA_TUN_NUM_DISABLED_QUEUES));
}

/// IFF_TUN or IFF_TAP, and IFF_MULTI_QUEUE; 0 for what is no TUN device.
static int collect_flags(const struct ifinfomsg *link, struct rtattr *info) {
  (void)link;
  struct rtattr *data = tun_data(info);
  struct rtattr *type = within(data, IFLA_TUN_TYPE);
  if (type == NULL || RTA_PAYLOAD(type) < 1)
    return 0;
  return *(uint8_t *)RTA_DATA(type) |
         (flag(within(data, IFLA_TUN_MULTI_QUEUE)) ? IFF_MULTI_QUEUE : 0);
}

/// 1 when frames of a TUN device have packet information in front of them, 0 when not.
static int read_information(const struct ifinfomsg *link, struct rtattr *info) {
  (void)link;
  return flag(within(tun_data(info), IFLA_TUN_PI));
}

/// Reads what the kernel answered in `length` bytes.
static int read_answer(struct nlmsghdr *answer, long length, reader *read) {
  if (length < 0)
    return -1;
  if (!NLMSG_OK(answer, (size_t)length)) {
    clinux_restore_errno(EPROTO);
    return -1;
  }
  if (answer->nlmsg_type == NLMSG_ERROR) {
    int code = -((struct nlmsgerr *)NLMSG_DATA(answer))->error;
    if (code == ENODEV)
      return 0;
    clinux_restore_errno(code);
    return -1;
  }
  struct ifinfomsg *link = NLMSG_DATA(answer);
  return read(link, find(IFLA_RTA(link), (int)IFLA_PAYLOAD(answer), IFLA_LINKINFO));
}

static int ask(const void *name, reader *read) {
  struct question question = {
      .header = {.nlmsg_len = sizeof question, .nlmsg_type = RTM_GETLINK,
                 .nlmsg_flags = NLM_F_REQUEST},
      .link = {.ifi_family = AF_UNSPEC},
      .attribute = {.rta_len = RTA_LENGTH(IFNAMSIZ), .rta_type = IFLA_IFNAME}};
  memcpy(question.name, name, IFNAMSIZ);
  question.name[IFNAMSIZ - 1] = 0;
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd == -1)
    return -1;
  union {
    struct nlmsghdr header;
    char bytes[16384];
  } answer;
  long length = -1;
  if (send(fd, &question, sizeof question, 0) == (long)sizeof question)
    length = recv(fd, &answer, sizeof answer, 0);
  int count = read_answer(&answer.header, length, read);
  int code = clinux_errno();
  close(fd);
  clinux_restore_errno(code);
  return count;
}

/// /dev/tapN of a macvtap and of an ipvtap is one driver's.
static int read_macvtap(const struct ifinfomsg *link, struct rtattr *info) {
  return is_kind(info, "macvtap") || is_kind(info, "ipvtap") ? link->ifi_index : 0;
}

int clinux_macvtap_index(const void *name) { return ask(name, read_macvtap); }

int clinux_tun_queue_count(const void *name) { return ask(name, count_queues); }

int clinux_tun_flags(const void *name) { return ask(name, collect_flags); }

int clinux_tun_information(const void *name) { return ask(name, read_information); }

int clinux_watch_links(void) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
  int links = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (links == -1 || bind(links, (const struct sockaddr *)&address, sizeof address) == 0)
    return links;
  int code = clinux_errno();
  close(links);
  clinux_restore_errno(code);
  return -1;
}
