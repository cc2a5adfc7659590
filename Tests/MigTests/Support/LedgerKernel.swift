import BatonCore

/// Linux, with a ledger of the descriptors that are open in it.
///
/// Other tests open and close descriptors of the same process meanwhile; nobody else is in here.
class LedgerKernel: Kernel {
  private(set) var open: Set<CInt> = []
  private(set) var strangers: [CInt] = []
  /// What was closed although somebody watched it.
  private(set) var watchedAtClose: [CInt] = []
  /// Whether the loop has a watch of this descriptor.
  var isWatched: (CInt) -> Bool = { _ in false }

  func keep(_ fd: CInt) -> CInt {
    open.insert(fd)
    return fd
  }

  override func close(_ fd: CInt) {
    if open.remove(fd) == nil { strangers.append(fd) }
    if isWatched(fd) { watchedAtClose.append(fd) }
    super.close(fd)
  }

  override func duplicate(_ fd: CInt) throws(SystemError) -> CInt {
    keep(try super.duplicate(fd))
  }

  override func listen(
    path: borrowing SocketPath, backlog: CInt, mode: UInt32 = 0o600
  ) throws(SystemError) -> CInt {
    keep(try super.listen(path: path, backlog: backlog, mode: mode))
  }

  override func connect(path: borrowing SocketPath) throws(SystemError) -> CInt {
    keep(try super.connect(path: path))
  }

  override func accept(_ fd: CInt) throws(SystemError) -> CInt { keep(try super.accept(fd)) }

  override func socketPair() throws(SystemError) -> (CInt, CInt) {
    let pair = try super.socketPair()
    return (keep(pair.0), keep(pair.1))
  }

  override func receive(
    _ fd: CInt, into buffer: UnsafeMutableRawBufferPointer,
    descriptors: UnsafeMutableBufferPointer<CInt>
  ) throws(SystemError) -> Received {
    let received = try super.receive(fd, into: buffer, descriptors: descriptors)
    for position in 0..<received.descriptorCount { open.insert(descriptors[position]) }
    return received
  }

  override func peerProcess(_ fd: CInt) throws(SystemError) -> CInt {
    keep(try super.peerProcess(fd))
  }

  override func openProcess(_ pid: Int32) throws(SystemError) -> CInt {
    keep(try super.openProcess(pid))
  }

  override func createMemory(name: StaticString, byteCount: Int) throws(SystemError) -> CInt {
    keep(try super.createMemory(name: name, byteCount: byteCount))
  }

  override func createCounter() throws(SystemError) -> CInt { keep(try super.createCounter()) }
}
