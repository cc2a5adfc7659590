// A device of one's own that moves with its guest: a log. Its backend is an open file, which goes
// as a descriptor; its state is the number of the next line.

import BatonCore

/// Both sides have one of the same name and kind; the target's has no file until it takes over.
final class LogDevice: Movable {
  let name = Name("log0")
  let kind = Name("log")

  /// How many calls of this process changed the file: none before the guest is here.
  private(set) var mutatingCalls: UInt64 = 0
  private var file: Descriptor?
  private var lineNumber: UInt64 = 1
  private var isServing = false
  // What came and is not ours yet.
  private var arrivedFile: Descriptor?
  private var arrivedNumber: UInt64 = 0

  /// The layout of the state; a target refuses one that it does not know.
  private static let version: UInt16 = 1

  /// On the source: serves the guest at once.
  func open(_ file: consuming Descriptor) {
    self.file = consume file
    isServing = true
  }

  /// The guest writes a line; false when nobody serves it here.
  func write(_ text: String) -> Bool {
    guard isServing, let number = file?.number, let kernel = file?.kernel else { return false }
    let line = Array("\(lineNumber) \(text)\n".utf8)
    mutatingCalls += 1
    let count = try? line.withUnsafeBytes { (bytes) throws(SystemError) in
      try kernel.write(number, from: bytes)
    }
    lineNumber += 1
    return count == line.count
  }

  // MARK: On the source, in this order

  /// What the target compares before anything is stopped.
  func describe(into writer: inout ByteWriter) throws(Refusal) { writer.write(Self.version) }

  /// The descriptors stay ours: the target gets duplicates.
  func lend() -> [CInt] {
    guard let number = file?.number else { return [] }
    return [number]
  }

  func quiesce() throws(Refusal) { isServing = false }

  func save(into writer: inout ByteWriter) throws(Refusal) { writer.write(lineNumber) }

  // ... and then one of these three.

  func restore() throws(Refusal) { isServing = true }
  func withdraw() {}
  func release() { file = nil }

  // MARK: On the target, in this order

  /// The guest still runs at the source: whatever is wrong is to be said here.
  func inspect(
    _ properties: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) throws(Refusal) -> Adoption {
    var cursor = ByteCursor()
    let version = try read { () throws(ByteCursor.Ended) in try cursor.half(properties) }
    guard version == Self.version else {
      throw .mismatch(
        .deviceVersion, subject: name, here: .number(UInt64(Self.version)),
        there: .number(UInt64(version)))
    }
    var own = descriptors
    guard own.count == 1, let file = own.takeFirst() else {
      throw Refusal(.descriptorCount, subject: name, here: .number(0), there: .number(1))
    }
    arrivedFile = consume file
    return .adopt
  }

  /// The guest stands still now; this only checks and keeps.
  func load(_ state: borrowing RawSpan) throws(Refusal) {
    var cursor = ByteCursor()
    arrivedNumber = try read { () throws(ByteCursor.Ended) in try cursor.long(state) }
  }

  /// The guest is ours, and so is the file.
  func take() throws(Refusal) {
    file = arrivedFile.take()
    lineNumber = arrivedNumber
  }

  func activate() { isServing = true }
  func discard() { arrivedFile = nil }

  /// Bytes that end too early are the source's fault, not ours: they are refused, not trapped on.
  private func read<Number>(
    _ body: () throws(ByteCursor.Ended) -> Number
  ) throws(Refusal) -> Number {
    do { return try body() } catch { throw Refusal(.truncatedStream, subject: name) }
  }
}
