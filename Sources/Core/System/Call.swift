/// Which system call was refused; each request of ioctl(2), fcntl(2) and getsockopt(2) is a call
/// of its own.
///
/// The raw value travels in FAILED and CANCEL (docs/PROTOCOL.md): a new call takes the next number,
/// a number is never given to another one, and one that a peer of an earlier version does not know
/// reaches it as a number.
public enum Call: UInt8, Sendable, Hashable, CaseIterable {
  /// open(2).
  case open = 0
  /// close(2).
  case close = 1
  /// fcntl(2), F_DUPFD_CLOEXEC.
  case duplicate = 2
  /// read(2).
  case read = 3
  /// write(2).
  case write = 4
  /// poll(2).
  case poll = 5
  /// fcntl(2), F_GETFL.
  case getFlags = 6
  /// fcntl(2), F_SETFL.
  case setFlags = 7
  /// fstat(2).
  case stat = 8
  /// kcmp(2), KCMP_FILE.
  case compare = 9
  /// socket(2).
  case socket = 10
  /// bind(2).
  case bind = 11
  /// listen(2).
  case listen = 12
  /// connect(2).
  case connect = 13
  /// accept4(2).
  case accept = 14
  /// socketpair(2).
  case socketPair = 15
  /// getsockopt(2), SO_DOMAIN.
  case socketDomain = 16
  /// shutdown(2).
  case shutdown = 17
  /// unlink(2).
  case unlink = 18
  /// sendmsg(2).
  case send = 19
  /// recvmsg(2).
  case receive = 20
  /// getsockopt(2), SO_PEERCRED.
  case peerCredentials = 21
  /// getsockopt(2), SO_PEERPIDFD.
  case peerProcess = 22
  /// pidfd_open(2).
  case openProcess = 23
  /// pidfd_send_signal(2).
  case signalProcess = 24
  /// waitid(2), P_PIDFD.
  case wait = 25
  /// memfd_create(2).
  case createMemory = 26
  /// ftruncate(2).
  case truncate = 27
  /// fcntl(2), F_ADD_SEALS.
  case addSeals = 28
  /// fcntl(2), F_GET_SEALS.
  case getSeals = 29
  /// mmap(2).
  case map = 30
  /// munmap(2).
  case unmap = 31
  /// eventfd(2).
  case createCounter = 32
  /// getrandom(2).
  case random = 33
  /// ioctl(2), SIOCGIFINDEX (netdevice(7)).
  case interfaceIndex = 34
  /// A question about an interface (RTM_GETLINK).
  case linkQueues = 35
  /// ioctl(2), TUNGETFEATURES.
  case tunFeatures = 36
  /// ioctl(2), TUNSETIFF.
  case tunSetInterface = 37
  /// ioctl(2), TUNGETIFF.
  case tunInterface = 38
  /// ioctl(2), TUNSETVNETHDRSZ.
  case tunSetHeaderSize = 39
  /// ioctl(2), TUNGETVNETHDRSZ.
  case tunHeaderSize = 40
  /// ioctl(2), TUNSETSNDBUF.
  case tunSetSendBuffer = 41
  /// ioctl(2), TUNGETSNDBUF.
  case tunSendBuffer = 42
  /// ioctl(2), TUNSETOFFLOAD.
  case tunSetOffload = 43
  /// ioctl(2), TUNSETQUEUE.
  case tunSetQueue = 44
  /// ioctl(2), TUNSETPERSIST.
  case tunSetPersistent = 45
  /// ioctl(2), TUNSETCARRIER.
  case tunSetCarrier = 46
  /// posix_spawn(3), the descriptors that the child is given and its pidfd included.
  case spawn = 47
  /// ioctl(2), SIOCGIFMTU (netdevice(7)).
  case interfaceMTU = 48
  /// ioctl(2), SIOCSIFMTU.
  case setInterfaceMTU = 49
  /// setns(2), on the way into a network namespace.
  case enterNetwork = 54
  /// setns(2), on the way back.
  case leaveNetwork = 55
  /// ioctl(2), NS_GET_NSTYPE.
  case networkKind = 56
  /// ioctl(2), TUNGETDEVNETNS.
  case tunNetwork = 57
  /// fstatfs(2).
  case fileSystem = 60
  /// fallocate(2).
  case allocate = 61
  /// epoll_ctl(2).
  case watch = 62
  /// epoll_wait(2).
  case awaitReady = 63
  /// ioctl(2), VHOST_GET_FEATURES (linux/vhost.h).
  case vhostFeatures = 64
  /// ioctl(2), VHOST_SET_OWNER (linux/vhost.h).
  case vhostSetOwner = 65
  /// ioctl(2), VHOST_SET_FEATURES (linux/vhost.h).
  case vhostSetFeatures = 66
  /// ioctl(2), VHOST_SET_MEM_TABLE (linux/vhost.h).
  case vhostSetMemory = 67
  /// ioctl(2), VHOST_SET_VRING_NUM (linux/vhost.h).
  case vhostSetRingSize = 68
  /// ioctl(2), VHOST_SET_VRING_BASE (linux/vhost.h).
  case vhostSetRingBase = 69
  /// ioctl(2), VHOST_GET_VRING_BASE (linux/vhost.h).
  case vhostRingBase = 70
  /// ioctl(2), VHOST_SET_VRING_ADDR (linux/vhost.h).
  case vhostSetRingPlace = 71
  /// ioctl(2), VHOST_SET_VRING_KICK (linux/vhost.h).
  case vhostSetKick = 72
  /// ioctl(2), VHOST_SET_VRING_CALL (linux/vhost.h).
  case vhostSetCall = 73
  /// ioctl(2), VHOST_SET_VRING_ERR (linux/vhost.h).
  case vhostSetError = 74
  /// ioctl(2), VHOST_SET_VRING_BUSYLOOP_TIMEOUT (linux/vhost.h).
  case vhostSetBusyLoop = 75
  /// ioctl(2), VHOST_NET_SET_BACKEND (linux/vhost.h).
  case vhostSetBackend = 76
  /// kill(2) of a process group.
  case signalGroup = 77
  /// inotify_init1(2) and inotify_add_watch(2).
  case watchFile = 78
}

extension Call {
  /// The name that strace(1) and the manual know it by, such as "TUNSETIFF".
  public var name: StaticString {
    switch self {
    case .open: "open"
    case .close: "close"
    case .duplicate: "F_DUPFD_CLOEXEC"
    case .read: "read"
    case .write: "write"
    case .poll: "poll"
    case .getFlags: "F_GETFL"
    case .setFlags: "F_SETFL"
    case .stat: "fstat"
    case .compare: "kcmp"
    case .socket: "socket"
    case .bind: "bind"
    case .listen: "listen"
    case .connect: "connect"
    case .accept: "accept4"
    case .socketPair: "socketpair"
    case .socketDomain: "SO_DOMAIN"
    case .shutdown: "shutdown"
    case .unlink: "unlink"
    case .send: "sendmsg"
    case .receive: "recvmsg"
    case .peerCredentials: "SO_PEERCRED"
    case .peerProcess: "SO_PEERPIDFD"
    case .openProcess: "pidfd_open"
    case .signalProcess: "pidfd_send_signal"
    case .wait: "waitid"
    case .createMemory: "memfd_create"
    case .truncate: "ftruncate"
    case .addSeals: "F_ADD_SEALS"
    case .getSeals: "F_GET_SEALS"
    case .map: "mmap"
    case .unmap: "munmap"
    case .createCounter: "eventfd"
    case .random: "getrandom"
    case .interfaceIndex: "SIOCGIFINDEX"
    case .linkQueues: "RTM_GETLINK"
    case .tunFeatures: "TUNGETFEATURES"
    case .tunSetInterface: "TUNSETIFF"
    case .tunInterface: "TUNGETIFF"
    case .tunSetHeaderSize: "TUNSETVNETHDRSZ"
    case .tunHeaderSize: "TUNGETVNETHDRSZ"
    case .tunSetSendBuffer: "TUNSETSNDBUF"
    case .tunSendBuffer: "TUNGETSNDBUF"
    case .tunSetOffload: "TUNSETOFFLOAD"
    case .tunSetQueue: "TUNSETQUEUE"
    case .tunSetPersistent: "TUNSETPERSIST"
    case .tunSetCarrier: "TUNSETCARRIER"
    case .spawn: "posix_spawn"
    case .interfaceMTU: "SIOCGIFMTU"
    case .setInterfaceMTU: "SIOCSIFMTU"
    case .enterNetwork: "setns"
    case .leaveNetwork: "setns (the way back)"
    case .networkKind: "NS_GET_NSTYPE"
    case .tunNetwork: "TUNGETDEVNETNS"
    case .fileSystem: "fstatfs"
    case .allocate: "fallocate"
    case .watch: "epoll_ctl"
    case .awaitReady: "epoll_wait"
    case .vhostFeatures: "VHOST_GET_FEATURES"
    case .vhostSetOwner: "VHOST_SET_OWNER"
    case .vhostSetFeatures: "VHOST_SET_FEATURES"
    case .vhostSetMemory: "VHOST_SET_MEM_TABLE"
    case .vhostSetRingSize: "VHOST_SET_VRING_NUM"
    case .vhostSetRingBase: "VHOST_SET_VRING_BASE"
    case .vhostRingBase: "VHOST_GET_VRING_BASE"
    case .vhostSetRingPlace: "VHOST_SET_VRING_ADDR"
    case .vhostSetKick: "VHOST_SET_VRING_KICK"
    case .vhostSetCall: "VHOST_SET_VRING_CALL"
    case .vhostSetError: "VHOST_SET_VRING_ERR"
    case .vhostSetBusyLoop: "VHOST_SET_VRING_BUSYLOOP_TIMEOUT"
    case .vhostSetBackend: "VHOST_NET_SET_BACKEND"
    case .signalGroup: "kill"
    case .watchFile: "inotify_add_watch"
    }
  }
}

extension Call {
  /// What it may be refused with: of the errors that the manual pages document, those that a
  /// handover can meet. A simulated kernel tries them all.
  package var refusals: [CInt] {
    switch self {
    case .open: [Errno.noEntry, Errno.accessDenied, Errno.processTableFull, Errno.systemTableFull]
    case .watchFile: [Errno.noSpace, Errno.processTableFull, Errno.noMemory]
    case .duplicate, .accept, .peerProcess, .createCounter:
      [Errno.processTableFull, Errno.noMemory]
    case .read: [Errno.inputOutput]
    case .write: [Errno.inputOutput, Errno.noBufferSpace]
    case .getFlags, .setFlags, .stat, .getSeals: [Errno.badDescriptor]
    case .compare: [Errno.notPermitted]
    case .socket, .socketPair: [Errno.processTableFull, Errno.noBufferSpace]
    case .bind: [Errno.addressInUse, Errno.accessDenied]
    case .listen: [Errno.addressInUse]
    case .connect:
      [Errno.noEntry, Errno.connectionRefused, Errno.wouldBlock, Errno.processTableFull]
    case .socketDomain, .peerCredentials: [Errno.notSocket]
    case .unlink: [Errno.noEntry]
    case .send:
      [
        Errno.wouldBlock, Errno.brokenPipe, Errno.noBufferSpace, Errno.tooManyReferences,
        Errno.connectionReset,
      ]
    case .receive: [Errno.wouldBlock, Errno.connectionReset, Errno.noMemory]
    case .openProcess: [Errno.noProcess, Errno.processTableFull]
    case .signalProcess, .signalGroup: [Errno.noProcess, Errno.notPermitted]
    case .wait: [Errno.noChild]
    case .spawn: [Errno.noEntry, Errno.processTableFull, Errno.noMemory, Errno.wouldBlock]
    case .createMemory, .truncate, .addSeals, .map: [Errno.noMemory, Errno.processTableFull]
    case .interfaceIndex, .linkQueues, .interfaceMTU: [Errno.noDevice]
    case .setInterfaceMTU: [Errno.noDevice, Errno.notPermitted, Errno.invalid]
    // EBADFD says that the interface is gone, which is an end of its own; this is any other.
    case .tunFeatures, .tunInterface, .tunHeaderSize, .tunSendBuffer: [Errno.inputOutput]
    case .tunSetInterface: [Errno.busy, Errno.notPermitted, Errno.invalid]
    case .tunSetHeaderSize, .tunSetSendBuffer, .tunSetOffload, .tunSetQueue, .tunSetPersistent,
      .tunSetCarrier:
      [Errno.invalid]
    case .random: [Errno.noCall]
    case .enterNetwork, .leaveNetwork, .tunNetwork: [Errno.notPermitted]
    case .networkKind: [Errno.notTerminal]
    case .fileSystem: [Errno.noMemory]
    case .allocate: [Errno.noSpace, Errno.notPermitted]
    case .vhostFeatures: [Errno.notTerminal]
    case .vhostSetOwner: [Errno.busy, Errno.noMemory]
    case .vhostSetFeatures, .vhostSetMemory, .vhostSetRingSize, .vhostSetRingBase, .vhostRingBase,
      .vhostSetRingPlace, .vhostSetKick, .vhostSetCall, .vhostSetError:
      [Errno.noMemory, Errno.notPermitted, Errno.badAddress]
    case .vhostSetBusyLoop: [Errno.notTerminal]
    case .vhostSetBackend: [Errno.badAddress, Errno.notSocket]
    // These do not fail, or nobody can learn of it; with the last two the loop helps itself.
    case .close, .poll, .shutdown, .unmap, .watch, .awaitReady: []
    }
  }
}
