#define _GNU_SOURCE
#include "BatonCLinux.h"

#include <errno.h>
#include <linux/if_link.h>
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

/// Reads the count from the kernel's answer of `length` bytes.
static int read_answer(struct nlmsghdr *answer, long length) {
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
  struct rtattr *data = within(
      find(IFLA_RTA(NLMSG_DATA(answer)), (int)IFLA_PAYLOAD(answer), IFLA_LINKINFO),
      IFLA_INFO_DATA);
  return number(within(data, IFLA_TUN_NUM_QUEUES)) +
         number(within(data, IFLA_TUN_NUM_DISABLED_QUEUES));
}

int clinux_tun_queue_count(const void *name) {
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
  int count = read_answer(&answer.header, length);
  int code = clinux_errno();
  close(fd);
  clinux_restore_errno(code);
  return count;
}
