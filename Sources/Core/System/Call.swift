/// Which system call was refused; each request of ioctl(2), fcntl(2) and getsockopt(2) is a call
/// of its own.
public enum Call: UInt8, Sendable, Hashable, CaseIterable {
  /// open(2).
  case open
  /// close(2).
  case close
  /// fcntl(2), F_DUPFD_CLOEXEC.
  case duplicate
  /// read(2).
  case read
  /// write(2).
  case write
  /// poll(2).
  case poll
  /// fcntl(2), F_GETFL.
  case getFlags
  /// fcntl(2), F_SETFL.
  case setFlags
  /// fstat(2).
  case stat
  /// kcmp(2), KCMP_FILE.
  case compare
  /// socket(2).
  case socket
  /// bind(2).
  case bind
  /// listen(2).
  case listen
  /// connect(2).
  case connect
  /// accept4(2).
  case accept
  /// socketpair(2).
  case socketPair
  /// getsockopt(2), SO_DOMAIN.
  case socketDomain
  /// shutdown(2).
  case shutdown
  /// unlink(2).
  case unlink
  /// sendmsg(2).
  case send
  /// recvmsg(2).
  case receive
  /// getsockopt(2), SO_PEERCRED.
  case peerCredentials
  /// getsockopt(2), SO_PEERPIDFD.
  case peerProcess
  /// pidfd_open(2).
  case openProcess
  /// pidfd_send_signal(2).
  case signalProcess
  /// waitid(2), P_PIDFD.
  case wait
  /// memfd_create(2).
  case createMemory
  /// ftruncate(2).
  case truncate
  /// fcntl(2), F_ADD_SEALS.
  case addSeals
  /// fcntl(2), F_GET_SEALS.
  case getSeals
  /// mmap(2).
  case map
  /// munmap(2).
  case unmap
  /// eventfd(2).
  case createCounter
  /// getrandom(2).
  case random
  /// ioctl(2), SIOCGIFINDEX (netdevice(7)).
  case interfaceIndex
  /// A question about an interface (RTM_GETLINK).
  case linkQueues
  /// ioctl(2), TUNGETFEATURES.
  case tunFeatures
  /// ioctl(2), TUNSETIFF.
  case tunSetInterface
  /// ioctl(2), TUNGETIFF.
  case tunInterface
  /// ioctl(2), TUNSETVNETHDRSZ.
  case tunSetHeaderSize
  /// ioctl(2), TUNGETVNETHDRSZ.
  case tunHeaderSize
  /// ioctl(2), TUNSETSNDBUF.
  case tunSetSendBuffer
  /// ioctl(2), TUNGETSNDBUF.
  case tunSendBuffer
  /// ioctl(2), TUNSETOFFLOAD.
  case tunSetOffload
  /// ioctl(2), TUNSETQUEUE.
  case tunSetQueue
  /// ioctl(2), TUNSETPERSIST.
  case tunSetPersistent
  /// ioctl(2), TUNSETCARRIER.
  case tunSetCarrier
  /// posix_spawn(3), the descriptors that the child is given and its pidfd included.
  case spawn
}
