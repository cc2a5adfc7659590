import BatonCore

/// Linux, but the n-th of the calls that a TAP makes is refused; it also knows what is open.
final class RefusingKernel: Kernel {
  /// What a call is refused with.
  static let code = Errno.noMemory

  /// The numbers that this kernel opened and nobody has closed.
  private(set) var open: Set<CInt> = []
  /// The calls so far, in order.
  private(set) var calls: [Call] = []
  /// The call that is refused, counted from the last ``arm(_:)``; nil for none.
  private var countdown: Int?
  /// The call that was refused.
  private(set) var refused: Call?
  /// Refuses every call of a kind, with its code.
  var always: [Call: CInt] = [:]

  /// How many receives say EAGAIN before one is made.
  var blockedReceives = 0
  /// Whether what is received came with descriptors for which there are no numbers.
  var isFull = false

  /// Refuses the `number`-th call from now on, once.
  func arm(_ number: Int?) {
    countdown = number
    refused = nil
  }

  /// Forgets the calls so far.
  func forget() { calls = [] }

  private func pass(_ call: Call) throws(SystemError) {
    calls.append(call)
    if let code = always[call] { throw SystemError(call: call, code: code) }
    guard let left = countdown else { return }
    countdown = left > 1 ? left - 1 : nil
    guard left == 1 else { return }
    refused = call
    throw SystemError(call: call, code: Self.code)
  }

  /// Whether the loop has a watch of this descriptor.
  var isWatched: (CInt) -> Bool = { _ in false }
  /// What was closed although somebody watched it.
  private(set) var watchedAtClose: [CInt] = []

  override func receive(
    _ fd: CInt, into buffer: UnsafeMutableRawBufferPointer,
    descriptors: UnsafeMutableBufferPointer<CInt>
  ) throws(SystemError) -> Received {
    guard blockedReceives == 0 else {
      blockedReceives -= 1
      throw SystemError(call: .receive, code: Errno.wouldBlock)
    }
    var received = try unsafe super.receive(fd, into: buffer, descriptors: descriptors)
    received.isTruncated = received.isTruncated || isFull
    return received
  }

  override func close(_ fd: CInt) {
    open.remove(fd)
    if isWatched(fd) { watchedAtClose.append(fd) }
    super.close(fd)
  }

  override func duplicate(_ fd: CInt) throws(SystemError) -> CInt {
    let number = try super.duplicate(fd)
    open.insert(number)
    return number
  }

  override func openTun() throws(SystemError) -> CInt {
    try pass(.open)
    let number = try super.openTun()
    open.insert(number)
    return number
  }

  override func openMacvtap(index: UInt32) throws(SystemError) -> CInt {
    try pass(.open)
    let number = try super.openMacvtap(index: index)
    open.insert(number)
    return number
  }

  override func tunNetwork(_ fd: CInt) throws(SystemError) -> CInt {
    try pass(.tunNetwork)
    let number = try super.tunNetwork(fd)
    open.insert(number)
    return number
  }

  override func openNetwork(_ path: String) throws(SystemError) -> CInt {
    try pass(.open)
    let number = try super.openNetwork(path)
    open.insert(number)
    return number
  }

  override func enterNetwork(_ fd: CInt) throws(SystemError) -> CInt {
    try pass(.enterNetwork)
    let number = try super.enterNetwork(fd)
    open.insert(number)
    return number
  }

  override func leaveNetwork(to home: CInt) throws(SystemError) {
    try pass(.leaveNetwork)
    try super.leaveNetwork(to: home)
    // The call closes it.
    open.remove(home)
  }

  override func tunQueueCount(_ name: InterfaceName) throws(SystemError) -> UInt32 {
    try pass(.linkQueues)
    return try super.tunQueueCount(name)
  }

  override func tunFeatures(_ fd: CInt) throws(SystemError) -> UInt32 {
    try pass(.tunFeatures)
    return try super.tunFeatures(fd)
  }

  override func tunSetInterface(
    _ fd: CInt, name: InterfaceName, flags: UInt16
  ) throws(SystemError) -> InterfaceName {
    try pass(.tunSetInterface)
    return try super.tunSetInterface(fd, name: name, flags: flags)
  }

  override func setNonBlocking(_ fd: CInt) throws(SystemError) {
    try pass(.setFlags)
    try super.setNonBlocking(fd)
  }

  override func isNonBlocking(_ fd: CInt) throws(SystemError) -> Bool {
    try pass(.getFlags)
    return try super.isNonBlocking(fd)
  }

  override func kind(of fd: CInt) throws(SystemError) -> FileKind {
    try pass(.stat)
    return try super.kind(of: fd)
  }

  override func isSameFile(_ a: CInt, _ b: CInt) throws(SystemError) -> Bool {
    try pass(.compare)
    return try super.isSameFile(a, b)
  }

  override func interfaceIndex(_ name: InterfaceName) throws(SystemError) -> UInt32 {
    try pass(.interfaceIndex)
    return try super.interfaceIndex(name)
  }

  override func interfaceMTU(_ name: InterfaceName) throws(SystemError) -> UInt32 {
    try pass(.interfaceMTU)
    return try super.interfaceMTU(name)
  }

  override func setInterfaceMTU(
    _ name: InterfaceName, _ byteCount: UInt32
  ) throws(SystemError) {
    try pass(.setInterfaceMTU)
    try super.setInterfaceMTU(name, byteCount)
  }

  override func tunInterface(
    _ fd: CInt
  ) throws(SystemError) -> (name: InterfaceName, flags: UInt16) {
    try pass(.tunInterface)
    return try super.tunInterface(fd)
  }

  override func tunSetOffload(_ fd: CInt, _ offload: UInt32) throws(SystemError) {
    try pass(.tunSetOffload)
    try super.tunSetOffload(fd, offload)
  }

  override func tunSetHeaderSize(_ fd: CInt, _ byteCount: CInt) throws(SystemError) {
    try pass(.tunSetHeaderSize)
    try super.tunSetHeaderSize(fd, byteCount)
  }

  override func tunHeaderSize(_ fd: CInt) throws(SystemError) -> CInt {
    try pass(.tunHeaderSize)
    return try super.tunHeaderSize(fd)
  }

  override func tunSetSendBuffer(_ fd: CInt, _ byteCount: CInt) throws(SystemError) {
    try pass(.tunSetSendBuffer)
    try super.tunSetSendBuffer(fd, byteCount)
  }

  override func tunSendBuffer(_ fd: CInt) throws(SystemError) -> CInt {
    try pass(.tunSendBuffer)
    return try super.tunSendBuffer(fd)
  }

  override func read(
    _ fd: CInt, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SystemError) -> Int {
    try pass(.read)
    return try super.read(fd, into: buffer)
  }

  override func read(
    _ fd: CInt, into first: UnsafeMutableRawBufferPointer,
    then rest: UnsafeMutableRawBufferPointer
  ) throws(SystemError) -> Int {
    try pass(.read)
    return try super.read(fd, into: first, then: rest)
  }

  override func write(_ fd: CInt, from buffer: UnsafeRawBufferPointer) throws(SystemError) -> Int {
    try pass(.write)
    return try super.write(fd, from: buffer)
  }
}
