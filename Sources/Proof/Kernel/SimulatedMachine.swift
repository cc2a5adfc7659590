public import BatonCore
import BatonTesting

/// A Linux of its own: processes, sockets, interfaces, and a clock that stands still until it is
/// told.
public final class SimulatedMachine {
  /// The time of all its processes, in nanoseconds; it stands still unless it is moved.
  public internal(set) var now: UInt64 = 1_000_000_000
  private(set) var processes: [SimulatedProcess] = []
  private var interfaces: [SimulatedTap] = []
  private var nextIndex: UInt32 = 2
  /// What /dev/vhost-net can do; nil for a machine that has none.
  public var vhostFeatures: UInt64?
  /// Whether the rings of an owner that was killed run on while somebody holds its descriptor, as
  /// those of Linux 5.10 and 6.1 do (docs/KERNELS.md).
  public var ringsOutliveOwners = true
  /// How often a ring was started that another descriptor served at that moment.
  public internal(set) var clashes = 0
  /// Frames that rings of owners that are dead have moved.
  public internal(set) var ghosts = 0
  private var datapaths: [WeakDatapath] = []
  private var sockets: [[UInt8]: SimulatedSocket] = [:]
  /// Shared memory as it was when somebody died.
  private var frozen: [(memory: SimulatedMemory, content: [UInt8])] = []
  private var memories: [WeakMemory] = []
  private var programs: Set<String> = []
  private var generator = Generator(seed: 7)

  private struct WeakMemory {
    weak var memory: SimulatedMemory?
  }

  private struct WeakDatapath {
    weak var vhost: SimulatedVhost?
  }

  func remember(_ vhost: SimulatedVhost) {
    datapaths.removeAll { $0.vhost == nil }
    datapaths.append(WeakDatapath(vhost: vhost))
  }

  /// Descriptors of vhost-net that are open anywhere.
  var vhosts: [SimulatedVhost] { datapaths.compactMap(\.vhost) }

  /// A machine on which nothing runs, with no file and no interface.
  public init() {}

  /// A new process of this user, with its own table of descriptors.
  public func spawn(userID: UInt32 = 0) -> SimulatedKernel {
    let process = SimulatedProcess(id: Int32(processes.count + 100), userID: userID)
    processes.append(process)
    return SimulatedKernel(self, process)
  }

  // MARK: Children

  /// Puts a program at a path, so that processes can start it; what it does is the test's affair.
  public func install(_ path: String) { programs.insert(path) }

  func hasProgram(_ path: String) -> Bool { programs.contains(path) }

  /// The child with this number, as it sees the machine: the test plays it, and ends it with
  /// ``SimulatedSystem/exit(_:)`` or ``SimulatedSystem/die()``; nil when there is none.
  public func child(_ pid: Int32) -> SimulatedKernel? {
    processes.first { $0.id == pid && $0.parent != nil }.map { SimulatedKernel(self, $0) }
  }

  /// A child of `parent`, with its first descriptors.
  func fork(_ parent: SimulatedProcess, _ files: [SimulatedFile]) -> SimulatedProcess {
    let child = spawn(userID: parent.userID).process
    child.parent = parent
    child.give(files)
    return child
  }

  /// Moves the clock on to a moment, in nanoseconds; never back.
  public func advance(to moment: UInt64) { now = max(now, moment) }

  func random() -> UInt64 { generator.next() }

  // MARK: Death

  /// The process dies at once: what it had is closed, and what the code that played it still does
  /// has no effect; see ``sweep()``.
  func kill(
    _ process: SimulatedProcess, _ status: ExitStatus = .killed(signal: Signal.kill)
  ) {
    guard process.isAlive else { return }
    process.wordAtDeath = word
    process.die(status)
    if frozen.isEmpty {
      frozen = memories.compactMap { entry in entry.memory.map { ($0, $0.content) } }
    }
  }

  /// Called when the code that played a process that died has returned: shared memory is as it was
  /// at the death.
  public func sweep() {
    for (memory, content) in frozen { memory.content = content }
    frozen = []
    memories.removeAll { $0.memory == nil }
  }

  /// The ownership word, or whatever word of shared memory was made last; nil when there is none.
  var word: UInt64? { memories.compactMap(\.memory).last { $0.byteCount == 8 }?.word }

  func remember(_ memory: SimulatedMemory) { memories.append(WeakMemory(memory: memory)) }

  // MARK: Paths

  func socket(at path: [UInt8]) -> SimulatedSocket? { sockets[path] }

  func bind(_ socket: SimulatedSocket, at path: [UInt8]) { sockets[path] = socket }

  func unlink(_ path: [UInt8]) throws(SystemError) {
    guard sockets.removeValue(forKey: path) != nil else {
      throw SystemError(call: .unlink, code: Errno.noEntry)
    }
  }

  /// The socket files that are there.
  package var pathCount: Int { sockets.count }

  // MARK: Interfaces

  func interface(_ name: InterfaceName) -> SimulatedTap? { interfaces.first { $0.name == name } }

  /// A new interface; a template gets the lowest number that is free.
  func makeInterface(_ name: InterfaceName, flags: UInt16) -> SimulatedTap {
    let tap = SimulatedTap(numbered(name), index: nextIndex, flags: flags, self)
    nextIndex += 1
    interfaces.append(tap)
    return tap
  }

  private func numbered(_ name: InterfaceName) -> InterfaceName {
    let text = String(decoding: name.bytes, as: UTF8.self)
    guard text.hasSuffix("%d") else { return name }
    var number = 0
    while true {  // Ends at the first number that is free.
      if let found = InterfaceName(bytes: "\(text.dropLast(2))\(number)".utf8),
        interface(found) == nil
      {
        return found
      }
      number += 1
    }
  }

  func remove(_ tap: SimulatedTap) { interfaces.removeAll { $0 === tap } }

  /// How many TAPs exist, whether or not somebody has a queue of them.
  public var interfaceCount: Int { interfaces.count }

  /// Takes the link of an interface up or down, as `ip link set` does.
  public func setLink(_ name: InterfaceName, isUp: Bool) { interface(name)?.isUp = isUp }

  /// A frame from the network comes to the interface, for one of its queues.
  public func deliver(_ frame: [UInt8], to name: InterfaceName, queue: Int = 0) {
    interface(name)?.deliver(frame, queue: queue)
  }

  /// The frames that wait in the interface's queues.
  public func waiting(at name: InterfaceName) -> [[UInt8]] { interface(name)?.waiting ?? [] }

  /// How many frames the interface has dropped.
  public func dropped(at name: InterfaceName) -> Int { interface(name)?.dropped ?? 0 }
}

@available(*, unavailable)
extension SimulatedMachine: Sendable {}

/// A process of a ``SimulatedMachine``.
final class SimulatedProcess {
  let id: Int32
  let userID: UInt32
  private(set) var isAlive = true
  /// Numbers below this may be given out (RLIMIT_NOFILE).
  var descriptorLimit: CInt = 1_024
  /// What the youngest word of shared memory said when the process died.
  var wordAtDeath: UInt64?
  /// Who started it, and may learn how it ended; nil for what the test made.
  weak var parent: SimulatedProcess?
  /// How it ended, until its parent has asked.
  var exitStatus: ExitStatus?
  /// The signals that it was sent and that it decides about itself, in order.
  var signals: [CInt] = []
  /// The calls that its plan of faults refused.
  var refused: Set<Call> = []
  /// Changes what it sends, where it is to make a mistake.
  var rewrite: (([UInt8]) -> [UInt8])?
  /// Whether it stands still (SIGSTOP).
  var isStopped = false
  private(set) var files: [CInt: SimulatedFile] = [:]
  private var lowest: CInt = 3

  init(id: Int32, userID: UInt32) {
    self.id = id
    self.userID = userID
  }

  /// The lowest number that is free; nil when the table is full. The reference is the caller's.
  func add(_ file: SimulatedFile) -> CInt? {
    while files[lowest] != nil { lowest += 1 }
    guard lowest < descriptorLimit else { return nil }
    files[lowest] = file
    return lowest
  }

  func hasRoom(for count: Int) -> Bool {
    var free = 0
    var number = lowest
    while number < descriptorLimit, free < count {
      if files[number] == nil { free += 1 }
      number += 1
    }
    return free == count
  }

  func remove(_ number: CInt) {
    guard let file = files.removeValue(forKey: number) else { return }
    lowest = min(lowest, number)
    file.release()
  }

  /// Descriptors 0, 1 and 2 of a child.
  func give(_ given: [SimulatedFile]) {
    for (number, file) in given.enumerated() {
      file.retain()
      files[CInt(number)] = file
    }
  }

  func die(_ status: ExitStatus) {
    isAlive = false
    isStopped = false
    if parent != nil { exitStatus = status }
    for number in files.keys.sorted() { remove(number) }
  }
}

@available(*, unavailable)
extension SimulatedProcess: Sendable {}
