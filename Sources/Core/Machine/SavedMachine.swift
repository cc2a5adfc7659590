/// A machine's snapshot as bytes, for a file or another process of the same program.
///
///     "BTNM"  version  fingerprint  time  leaf  memory  delays  regions  deferred  sent
///
/// All numbers are little-endian and all lengths bounded. A leaf has two bytes in a chart of more
/// than 256 states, and a length that does not fit its one or two bytes stands behind the highest
/// number that does, in four. Memory and events are written as they lie in memory, so that only
/// charts with flat ones can be saved, and only the same build reads them; their bytes are trusted
/// like memory and belong where only their owner can write.
enum SavedMachine: Sendable {
  static let magic: UInt32 = 0x4D4E_5442
  static let version: UInt16 = 1
}

/// Why bytes are no snapshot of a machine.
public enum SnapshotError: Error, Hashable, Sendable {
  /// They do not begin as a snapshot does.
  case notASnapshot
  /// They are of another version of the format.
  case version(here: UInt16, there: UInt16)
  /// They end too early, or hold a number that can't be.
  case malformed
  /// They are of another definition; see ``Table/text(_:)``.
  case definition(Fingerprint.Difference)
  /// Memory or events have another size in this build, in bytes.
  case layout(here: Int, there: Int)
}

extension Machine where C.Memory: BitwiseCopyable, C.Event: BitwiseCopyable {
  /// The machine between macrosteps, as bytes for ``restore(saved:at:timers:)``.
  ///
  /// Only the same build reads them, and their bytes are trusted like memory: keep them where only
  /// their owner can write.
  ///
  /// - Parameter now: The time of the machine's loop.
  public func saved(at now: UInt64) -> [UInt8] { saved(at: now, memory: Self.bytes(of: store)) }

  /// Puts the machine into the state that was saved.
  ///
  /// - Parameters:
  ///   - bytes: What ``saved(at:)`` gave, in this build of the program.
  ///   - now: The time of this machine's loop.
  ///   - policy: What becomes of what was running.
  /// - Throws: Why the bytes are not one of this machine's states; then it is as before.
  public mutating func restore(
    saved bytes: borrowing RawSpan, at now: UInt64, timers policy: TimerPolicy
  ) throws(SnapshotError) {
    var cursor = ByteCursor()
    try Self.checkHead(bytes, &cursor, table.fingerprint, MemoryLayout<C.Memory>.size)
    do throws(ByteCursor.Ended) {
      let then = try cursor.long(bytes)
      let state = try Self.leaf(bytes, &cursor)
      let memory: C.Memory = try Self.value(bytes, &cursor)
      let snapshot = try read(bytes, &cursor, state, memory) { _ in true }
      restore(snapshot, takenAt: then, at: now, timers: policy)
    } catch {
      throw .malformed
    }
  }
}

extension Machine where C.Event: BitwiseCopyable {
  /// The machine as bytes, with a memory that its owner writes, or does not: as ``saved(at:)``.
  package func saved(at now: UInt64, memory: [UInt8]) -> [UInt8] {
    let it = snapshot
    let print = table.fingerprint
    var writer = ByteWriter()
    writer.write(SavedMachine.magic)
    writer.write(SavedMachine.version)
    for count in print.counts { writer.write(count) }
    writer.write(count: print.states.count)
    for hash in print.states { writer.write(hash) }
    writer.write(count: print.transitions.count)
    for hash in print.transitions { writer.write(hash) }
    writer.write(print.digest)
    writer.write(UInt32(memory.count))
    writer.write(UInt32(MemoryLayout<C.Event>.size))
    writer.write(now)
    if C.State.isWide { writer.write(it.state.code) } else { writer.write(UInt8(it.state.code)) }
    writer.write(memory)
    for slot in it.deadlines.times.indices { writer.write(it.deadlines.times[slot]) }
    writer.write(count: it.regions.words.count)
    for word in it.regions.words { writer.write(word) }
    writer.write(count: it.deferred.count, isShort: true)
    for event in it.deferred { writer.write(Self.bytes(of: event)) }
    writer.write(count: it.sent.count, isShort: true)
    for sent in it.sent {
      writer.write(sent.due)
      writer.write(sent.id.rawValue)
      writer.write(Self.bytes(of: sent.event))
    }
    return writer.bytes
  }

  /// Puts the machine into a state that was saved without its memory, and keeps its own.
  ///
  /// - Parameter isKnown: Whether an event can be one of this chart: the bytes may be a stranger's.
  /// - Throws: As ``restore(saved:at:timers:)``.
  package mutating func restore(
    savedWithoutMemory bytes: borrowing RawSpan, at now: UInt64, timers policy: TimerPolicy,
    isKnown: (C.Event) -> Bool
  ) throws(SnapshotError) {
    var cursor = ByteCursor()
    try Self.checkHead(bytes, &cursor, table.fingerprint, 0)
    do throws(ByteCursor.Ended) {
      let then = try cursor.long(bytes)
      let state = try Self.leaf(bytes, &cursor)
      let snapshot = try read(bytes, &cursor, state, store, isKnown)
      restore(snapshot, takenAt: then, at: now, timers: policy)
    } catch {
      throw .malformed
    }
  }

  private static func checkHead(
    _ bytes: borrowing RawSpan, _ cursor: inout ByteCursor, _ print: Fingerprint,
    _ memoryCount: Int
  ) throws(SnapshotError) {
    let magic: UInt32
    let version: UInt16
    do throws(ByteCursor.Ended) {
      magic = try cursor.word(bytes)
      version = try cursor.half(bytes)
    } catch {
      throw .notASnapshot
    }
    guard magic == SavedMachine.magic else { throw .notASnapshot }
    guard version == SavedMachine.version else {
      throw .version(here: SavedMachine.version, there: version)
    }
    let there: Fingerprint
    let memory: UInt32
    let event: UInt32
    do throws(ByteCursor.Ended) {
      there = try Fingerprint(bytes, &cursor)
      memory = try cursor.word(bytes)
      event = try cursor.word(bytes)
    } catch {
      throw .malformed
    }
    if let difference = print.difference(from: there) { throw .definition(difference) }
    try compare(memoryCount, Int(memory))
    try compare(MemoryLayout<C.Event>.size, Int(event))
  }

  private static func compare(_ here: Int, _ there: Int) throws(SnapshotError) {
    guard here == there else { throw .layout(here: here, there: there) }
  }

  private static func leaf(
    _ bytes: borrowing RawSpan, _ cursor: inout ByteCursor
  ) throws(ByteCursor.Ended) -> C.State {
    let leaf = C.State.isWide ? try cursor.half(bytes) : UInt16(try cursor.byte(bytes))
    guard let state = C.State(code: leaf), Int(leaf) < C.State.allCases.count else {
      throw ByteCursor.Ended()
    }
    return state
  }

  /// What stands behind the memory, up to the end of the bytes.
  private func read(
    _ bytes: borrowing RawSpan, _ cursor: inout ByteCursor, _ state: C.State, _ memory: C.Memory,
    _ isKnown: (C.Event) -> Bool
  ) throws(ByteCursor.Ended) -> Snapshot<C> {
    var deadlines = Deadlines()
    for slot in deadlines.times.indices { deadlines.times[slot] = try cursor.long(bytes) }
    var words: [UInt64] = []
    let wordCount = try cursor.count(bytes)
    guard wordCount == snapshot.regions.words.count else { throw ByteCursor.Ended() }
    for _ in 0..<wordCount { words.append(try cursor.long(bytes)) }
    var deferred: [C.Event] = []
    let deferredCount = try cursor.count(bytes, isShort: true)
    guard deferredCount <= C.limits.deferred else { throw ByteCursor.Ended() }
    for _ in 0..<deferredCount { deferred.append(try Self.value(bytes, &cursor)) }
    var sent: [SentEvent<C>] = []
    let sentCount = try cursor.count(bytes, isShort: true)
    guard sentCount <= C.limits.sends else { throw ByteCursor.Ended() }
    for _ in 0..<sentCount {
      let due = try cursor.long(bytes)
      let id = SendID(rawValue: try cursor.half(bytes))
      sent.append(SentEvent(event: try Self.value(bytes, &cursor), due: due, id: id))
    }
    let snapshot = Snapshot<C>(
      table, state: state, memory: memory, deadlines: deadlines,
      regions: Interpreter.Image(words: words), deferred: deferred, sent: sent)
    let areKnown = deferred.allSatisfy(isKnown) && sent.allSatisfy { isKnown($0.event) }
    guard cursor.offset == bytes.byteCount, areKnown, isLegal(snapshot) else {
      throw ByteCursor.Ended()
    }
    return snapshot
  }

  /// A value as it lies in memory.
  private static func bytes<T: BitwiseCopyable>(of value: T) -> [UInt8] {
    var value = value
    // Safe: the value is lent for the length of the call, and is copied byte by byte.
    return unsafe withUnsafeBytes(of: &value) { unsafe Array($0) }
  }

  private static func value<T: BitwiseCopyable>(
    _ bytes: borrowing RawSpan, _ cursor: inout ByteCursor
  ) throws(ByteCursor.Ended) -> T {
    let start = try cursor.skip(MemoryLayout<T>.size, bytes)
    // Safe: the bound was checked, and the fingerprint says that the bytes are such a value.
    return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start, as: T.self)
  }
}

extension Symbol {
  /// Whether a number of it takes two bytes.
  fileprivate static var isWide: Bool { allCases.count > 256 }
}

extension ByteWriter {
  /// A length in two bytes, or in one; in four behind them when it does not fit.
  fileprivate mutating func write(count: Int, isShort: Bool = false) {
    let most = isShort ? Int(UInt8.max) : Int(UInt16.max)
    let first = min(count, most)
    if isShort { write(UInt8(first)) } else { write(UInt16(first)) }
    if count >= most { write(UInt32(count)) }
  }
}

extension ByteCursor {
  /// Reads such a length.
  fileprivate mutating func count(
    _ bytes: borrowing RawSpan, isShort: Bool = false
  ) throws(Ended) -> Int {
    let most = isShort ? Int(UInt8.max) : Int(UInt16.max)
    let first = isShort ? Int(try byte(bytes)) : Int(try half(bytes))
    return first < most ? first : Int(try word(bytes))
  }
}

extension Fingerprint {
  /// Reads what ``Machine/saved(at:)`` has written.
  init(_ bytes: borrowing RawSpan, _ cursor: inout ByteCursor) throws(ByteCursor.Ended) {
    var counts: [UInt16] = []
    for _ in 0..<5 { counts.append(try cursor.half(bytes)) }
    var states: [UInt32] = []
    for _ in 0..<(try cursor.count(bytes)) { states.append(try cursor.word(bytes)) }
    var transitions: [UInt32] = []
    for _ in 0..<(try cursor.count(bytes)) { transitions.append(try cursor.word(bytes)) }
    self.init(
      counts: counts, states: states, transitions: transitions, digest: try cursor.long(bytes))
  }
}
