public import BatonCore
import BatonTesting

/// One process' view of a ``SimulatedMachine``, without TAPs: see ``SimulatedParent`` and
/// ``SimulatedKernel``.
public class SimulatedSystem: Kernel {
  /// The machine that the process runs on, with all others.
  public let machine: SimulatedMachine
  let process: SimulatedProcess
  /// What goes wrong; calls are counted from when it was set.
  public final var plan = FaultPlan() {
    didSet {
      (calls, process.refused, lasting) = ([], [], [:])
      process.descriptorLimit = plan.descriptorsLeft.map { CInt(3 + openCount + $0) } ?? 1_024
    }
  }
  /// The calls since the plan was set, in order.
  public private(set) final var calls: [Call] = []
  private var lasting: [Call: CInt] = [:]
  /// Mappings, which keep their memory.
  private var mappings: [UInt: SimulatedMemory] = [:]

  init(_ machine: SimulatedMachine, _ process: SimulatedProcess) {
    self.machine = machine
    self.process = process
    super.init()
  }

  /// False once it died; then every call is refused with EIO.
  public final var isAlive: Bool { process.isAlive }
  /// The ownership word, or whatever word of shared memory there was, when the process died.
  var wordAtDeath: UInt64? { process.wordAtDeath }
  /// How many descriptors are open.
  public final var openCount: Int { process.files.count }
  /// How many mappings there are.
  public final var mappingCount: Int { process.isAlive ? mappings.count : 0 }
  /// Numbers below this may be given out (RLIMIT_NOFILE).
  package final var descriptorLimit: CInt {
    get { process.descriptorLimit }
    set { process.descriptorLimit = newValue }
  }

  /// Kills the process now: its descriptors are closed, and its pidfd becomes readable.
  public final func die() {
    // Mappings stay as long as this object: the code that played the process may still look at
    // them.
    machine.kill(process)
  }

  /// Ends the process as exit(3) does; only a child has somebody who asks for the status.
  public final func exit(_ status: CInt) { machine.kill(process, .exited(status & 0xFF)) }

  /// The signals that the process was sent and that do not end or stop it by themselves here: what
  /// it does about them is the test's affair.
  public final var signals: [CInt] { process.signals }

  /// Whether the process stands still (SIGSTOP); it is the test's affair not to play it then.
  public final var isStopped: Bool { process.isStopped }

  /// Every call begins here: it is counted, and may be the last one, or fail.
  final func enter(_ call: Call) throws(SystemError) {
    guard process.isAlive else { throw SystemError(call: call, code: Errno.inputOutput) }
    calls.append(call)
    if plan.deathAt == calls.count {
      die()
      throw SystemError(call: call, code: Errno.inputOutput)
    }
    if let code = lasting[call] {
      process.refused.insert(call)
      throw SystemError(call: call, code: code)
    }
    guard let fault = plan.faults.first(where: { $0.number == calls.count }),
      !call.refusals.isEmpty
    else { return }
    process.refused.insert(call)
    if fault.isLasting { lasting[call] = fault.code }
    throw SystemError(call: call, code: fault.code)
  }

  /// Refuses every call of a kind from here on, until the next plan.
  package final func refuse(_ call: Call, with code: CInt) { lasting[call] = code }

  /// Gives a file a number; without a number that is free it is closed.
  final func add(_ file: SimulatedFile, _ call: Call) throws(SystemError) -> CInt {
    file.retain()
    guard let number = process.add(file) else {
      file.release()
      throw SystemError(call: call, code: Errno.processTableFull)
    }
    return number
  }

  // MARK: Files

  public override func close(_ fd: CInt) {
    // Counted, because a process may die here; it can't fail.
    do { try enter(.close) } catch { return }
    process.remove(fd)
  }

  public override func duplicate(_ fd: CInt) throws(SystemError) -> CInt {
    try enter(.duplicate)
    return try add(try file(fd, .duplicate), .duplicate)
  }

  public override func read(
    _ fd: CInt, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SystemError) -> Int {
    try enter(.read)
    // Safe: the caller lends the buffer for the length of the call.
    return try unsafe file(fd, .read).read(into: buffer)
  }

  public override func read(
    _ fd: CInt, into first: UnsafeMutableRawBufferPointer,
    then rest: UnsafeMutableRawBufferPointer
  ) throws(SystemError) -> Int {
    // Safe: both buffers are lent for the call.
    try unsafe SimulatedFile.scattered(first, rest) { (bytes) throws(SystemError) in
      try unsafe read(fd, into: bytes)
    }
  }

  public override func write(
    _ fd: CInt, from buffer: UnsafeRawBufferPointer
  ) throws(SystemError) -> Int {
    try enter(.write)
    // Safe: the caller lends the bytes for the length of the call.
    return try unsafe file(fd, .write).write(buffer)
  }

  public override func readiness(of fd: CInt) -> Ready { process.files[fd]?.readiness ?? [] }

  public override func isOpen(_ fd: CInt) -> Bool { process.files[fd] != nil }

  /// Nothing that is open here has a path.
  public override func file(of fd: CInt) -> SocketFile? { nil }

  /// The program that is given it plays no part here but how it ends.
  public override func makeStandard(_ fd: CInt) throws(SystemError) {
    try enter(.setFlags)
    try socket(fd, .setFlags).isNonBlocking = false
  }

  public override func openLog(path: String) throws(SystemError) -> CInt {
    try enter(.open)
    throw SystemError(call: .open, code: Errno.noEntry)
  }

  public override func isNonBlocking(_ fd: CInt) throws(SystemError) -> Bool {
    try enter(.getFlags)
    return try file(fd, .getFlags).isNonBlocking
  }

  public override func setNonBlocking(_ fd: CInt) throws(SystemError) {
    countTunMutation()
    try enter(.setFlags)
    try file(fd, .setFlags).isNonBlocking = true
  }

  public override func kind(of fd: CInt) throws(SystemError) -> FileKind {
    try enter(.stat)
    return try file(fd, .stat).kind
  }

  public override func isSameFile(_ a: CInt, _ b: CInt) throws(SystemError) -> Bool {
    try enter(.compare)
    return try file(a, .compare) === file(b, .compare)
  }

  // MARK: Sockets

  public override func listen(
    path: borrowing SocketPath, backlog: CInt, mode: UInt32 = 0o600
  ) throws(SystemError) -> CInt {
    try enter(.socket)
    let socket = SimulatedSocket()
    socket.owner = process
    socket.isNonBlocking = true
    let number = try add(socket, .socket)
    do throws(SystemError) {
      try enter(.bind)
      if let other = machine.socket(at: path.bytes), other.references > 0 {
        throw SystemError(call: .bind, code: Errno.addressInUse)
      }
      try enter(.listen)
    } catch {
      process.remove(number)
      throw error
    }
    machine.bind(socket, at: path.bytes)
    socket.listen(backlog: Int(backlog))
    return number
  }

  public override func connect(path: borrowing SocketPath) throws(SystemError) -> CInt {
    try enter(.socket)
    let socket = SimulatedSocket()
    socket.owner = process
    socket.isNonBlocking = true
    let number = try add(socket, .socket)
    do throws(SystemError) {
      try enter(.connect)
      guard let listener = machine.socket(at: path.bytes) else {
        throw SystemError(call: .connect, code: Errno.noEntry)
      }
      guard listener.isListening else {
        throw SystemError(call: .connect, code: Errno.connectionRefused)
      }
      try socket.connect(to: listener)
    } catch {
      process.remove(number)
      throw error
    }
    return number
  }

  public override func accept(_ fd: CInt) throws(SystemError) -> CInt {
    try enter(.accept)
    let connection = try socket(fd, .accept).accept()
    connection.owner = process
    connection.isNonBlocking = true
    defer { connection.release() }
    return try add(connection, .accept)
  }

  public override func socketPair() throws(SystemError) -> (CInt, CInt) {
    try enter(.socketPair)
    let (one, two) = (SimulatedSocket(), SimulatedSocket())
    (one.owner, two.owner) = (process, process)
    (one.isNonBlocking, two.isNonBlocking) = (true, true)
    one.join(two)
    let first = try add(one, .socketPair)
    do throws(SystemError) {
      return (first, try add(two, .socketPair))
    } catch {
      process.remove(first)
      throw error
    }
  }

  public override func socketFamily(_ fd: CInt) throws(SystemError) -> CInt {
    try enter(.socketDomain)
    _ = try socket(fd, .socketDomain)
    return 1
  }

  public override func shutdown(_ fd: CInt) throws(SystemError) {
    try enter(.shutdown)
    try socket(fd, .shutdown).shutdown()
  }

  public override func unlink(path: borrowing SocketPath) throws(SystemError) {
    try enter(.unlink)
    try machine.unlink(path.bytes)
  }

  public override func socketFile(path: borrowing SocketPath) -> SocketFile? {
    machine.socket(at: path.bytes).map {
      SocketFile(device: 0, inode: UInt64(UInt(bitPattern: ObjectIdentifier($0))))
    }
  }

  public override func unlink(
    path: borrowing SocketPath, ifStill file: SocketFile
  ) throws(SystemError) -> Bool {
    guard socketFile(path: path) == file else { return false }
    try unlink(path: path)
    return true
  }

  public override func send(
    _ fd: CInt, bytes: UnsafeRawBufferPointer, descriptors: UnsafeBufferPointer<CInt>
  ) throws(SystemError) -> Int {
    try enter(.send)
    let socket = try socket(fd, .send)
    var files: [SimulatedFile] = []
    // Safe: the caller lends both buffers for the length of the call.
    for number in unsafe Array(descriptors) { files.append(try file(number, .send)) }
    let count = min(bytes.count, plan.bytesPerCall ?? .max)
    return try unsafe socket.send(UnsafeRawBufferPointer(rebasing: bytes[..<count]), files)
  }

  public override func receive(
    _ fd: CInt, into buffer: UnsafeMutableRawBufferPointer,
    descriptors: UnsafeMutableBufferPointer<CInt>
  ) throws(SystemError) -> Received {
    try enter(.receive)
    // Safe: the caller lends both buffers for the length of the call.
    let room = unsafe UnsafeMutableRawBufferPointer(
      rebasing: buffer[..<min(buffer.count, plan.bytesPerCall ?? .max)])
    // Safe: the slice is a part of the buffer that the caller lends.
    let (count, files) = try unsafe socket(fd, .receive).receive(into: room, .receive)
    var numbers: [CInt] = []
    var isTruncated = false
    for file in files {
      let number = numbers.count < descriptors.count ? process.add(file) : nil
      if let number { numbers.append(number) } else { isTruncated = true }
      // What gets no number is gone for good (MSG_CTRUNC).
      if number == nil { file.release() }
    }
    if isTruncated {
      for number in numbers { process.remove(number) }
      numbers = []
    }
    for (place, number) in numbers.enumerated() {
      // Safe: no more than there is room for.
      unsafe descriptors[place] = number
    }
    return Received(
      byteCount: count, descriptorCount: numbers.count, isTruncated: isTruncated)
  }

  // MARK: Processes

  public override func peerCredentials(_ fd: CInt) throws(SystemError) -> Credentials {
    try enter(.peerCredentials)
    let peer = try socket(fd, .peerCredentials).peerProcess ?? process
    return Credentials(pid: peer.id, uid: peer.userID, gid: peer.userID)
  }

  public override func peerProcess(_ fd: CInt) throws(SystemError) -> CInt {
    try enter(.peerProcess)
    let peer = try socket(fd, .peerProcess).peerProcess ?? process
    return try add(SimulatedProcessFile(peer), .peerProcess)
  }

  public override var processID: Int32 { process.id }
  public override var userID: UInt32 { process.userID }

  // MARK: Memory

  public override func createMemory(
    name: StaticString, byteCount: Int
  ) throws(SystemError) -> CInt {
    try enter(.createMemory)
    let memory = SimulatedMemory(byteCount: byteCount)
    machine.remember(memory)
    return try add(memory, .createMemory)
  }

  public override func isSealed(_ fd: CInt) throws(SystemError) -> Bool {
    try enter(.getSeals)
    guard try file(fd, .getSeals) is SimulatedMemory else {
      throw SystemError(call: .getSeals, code: Errno.invalid)
    }
    return true
  }

  public override func cannotShrink(_ fd: CInt) throws(SystemError) -> Bool { try isSealed(fd) }

  public override func fileSystem(of fd: CInt) throws(SystemError) -> FileSystem {
    try enter(.fileSystem)
    return try file(fd, .fileSystem) is SimulatedMemory ? .tmpfs : .other(0)
  }

  public override func allocate(_ fd: CInt, byteCount: Int) throws(SystemError) {
    try enter(.allocate)
    guard try file(fd, .allocate) is SimulatedMemory else {
      throw SystemError(call: .allocate, code: Errno.noDevice)
    }
  }

  public override var commitsStrictly: Bool { false }

  public override func map(
    _ fd: CInt, byteCount: Int
  ) throws(SystemError) -> UnsafeMutableRawPointer {
    try enter(.map)
    guard let memory = try file(fd, .map) as? SimulatedMemory else {
      throw SystemError(call: .map, code: Errno.noDevice)
    }
    // Safe: the mapping keeps the memory.
    let address = unsafe memory.address
    mappings[UInt(bitPattern: address)] = memory
    return unsafe address
  }

  public override func unmap(_ address: UnsafeMutableRawPointer, byteCount: Int) {
    // Nothing of a process that died: the caller still looks at what it thinks is mapped.
    guard process.isAlive else { return }
    do { try enter(.unmap) } catch { return }
    mappings[UInt(bitPattern: address)] = nil
  }

  public override func createCounter() throws(SystemError) -> CInt {
    try enter(.createCounter)
    return try add(SimulatedCounter(), .createCounter)
  }

  // MARK: Time and chance

  public override func now() -> UInt64 { machine.now }
  public override func random() throws(SystemError) -> UInt64 {
    try enter(.random)
    return machine.random()
  }
  public override func yield() {}
}
