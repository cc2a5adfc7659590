import BatonCore

/// The process at the other end of a connection: its channel, its death, and the word that decides
/// who has the guest.
///
/// A side has one from the moment when a socket is connected until it hangs up, and all of this
/// lives exactly as long.
final class Peer {
  /// The user that the process runs as, which the kernel tells before a byte is read or sent.
  let userID: UInt32
  /// Nil until the greeting: the source makes it, and the target finds it in HELLO.
  private var word: OwnershipWord?
  private let loop: any Loop
  private let process: ProcessHandle
  private let channel: Channel
  private var death: Watch?

  /// What the owner's `ready` is called with when the process has died.
  static var deathWatch: Int { 1 }

  /// Takes over a connected socket and starts to read.
  ///
  /// - Parameter owner: Told of records and of the death; it owns this object and so outlives it.
  init(
    _ loop: any Loop, _ socket: consuming Descriptor, owner: any ChannelOwner & Watcher
  ) throws(SystemError) {
    self.loop = loop
    let kernel = loop.kernel
    let credentials = try kernel.peerCredentials(socket.number)
    let process = try ProcessHandle(peerOf: socket.number, in: kernel)
    death = Watch(
      loop, descriptor: process.number, for: .read, id: Self.deathWatch, calling: owner)
    self.process = process
    channel = Channel(loop, socket, owner: owner)
    userID = credentials.uid
  }

  // A watch goes before what it watches.
  deinit { death = nil }

  /// From here on another owner is told, which holds this object; of a death that was heard of
  /// already too.
  func belong(to owner: any ChannelOwner & Watcher) {
    channel.belong(to: owner)
    death = nil
    death = Watch(
      loop, descriptor: process.number, for: .read, id: Self.deathWatch, calling: owner)
  }

  /// Reads what is there already, without waiting for the loop to say so.
  func hear() { channel.drain() }

  /// The last call: nothing is read, sent or heard of any more.
  func close() {
    death = nil
    channel.close()
  }

  /// Reads what the process sent before it died, which counts; called when it is dead.
  func hearOut() {
    death = nil
    channel.drain()
  }

  /// Puts a record behind what is queued; the descriptors are lent until they have gone out.
  func queue(_ type: RecordType, _ body: borrowing ByteWriter, lending descriptors: [CInt] = []) {
    channel.queue(type, body, lending: descriptors)
  }

  /// Sends what is queued as far as the socket takes it.
  ///
  /// - Returns: True when nothing is left; else the owner's `channelDrained` comes later.
  @discardableResult func flush() -> Bool { channel.flush() }

  /// From here on both sides have this word.
  func share(_ word: consuming OwnershipWord) { self.word = consume word }

  /// The handover's id; nil before the greeting.
  var handover: UInt32? { word?.handover }

  /// Tries to swap the word.
  ///
  /// - Returns: What it says afterwards: `to` when the swap succeeded; nil when it makes no sense.
  func swap(from: Ownership, to: Ownership) -> Ownership? {
    word?.swap(from: from, to: to) ?? nil
  }

  /// Whether ``kill()`` will be allowed, asked while it is not needed.
  ///
  /// - Throws: `unkillable`, with both users.
  func askKill() throws(Refusal) {
    do {
      try process.askSignal()
    } catch {
      // One that is dead already is heard of as any other.
      if error.code == Errno.noProcess { return }
      throw .unkillable(error, here: loop.kernel.userID, there: userID)
    }
  }

  /// SIGKILL through the pidfd, which can hit nobody else.
  func kill() throws(SystemError) { try process.kill() }
}

@available(*, unavailable)
extension Peer: Sendable {}
