import BatonCore

/// A device with memfds for a backend, which does as it is told, or refuses.
final class FakeDevice: Movable {
  enum Step: String, CaseIterable {
    case describe, quiesce, save, restore, inspect, load, take
  }

  let name: Name
  var kind = Name("fake")
  var refuses: [Step: Refusal] = [:]
  var state: [UInt8] = [1, 2, 3]
  var adoption = Adoption.adopt
  /// Called in every step.
  var whenAsked: (Step) -> Void = { _ in }
  /// How many descriptors it lends, some of them again, when they are not those that it has.
  var lentCount: Int?
  private(set) var isServing: Bool
  private(set) var mutatingCalls: UInt64 = 0
  private(set) var backend: Descriptors
  private var arrived: Descriptors
  private let journal: Journal
  private let side: String
  private let kernel: Kernel

  /// A device of the source has its backend, one of the target waits for it.
  init(_ name: Name, _ side: String, _ journal: Journal, _ kernel: Kernel, queues: Int) throws {
    self.name = name
    self.side = side
    self.journal = journal
    self.kernel = kernel
    isServing = queues > 0
    backend = Descriptors(in: kernel)
    arrived = Descriptors(in: kernel)
    for queue in 0..<queues {
      let memory = try kernel.createMemory(name: "queue", byteCount: queue + 1)
      backend.append(Descriptor(owning: memory, in: kernel))
    }
  }

  /// The sizes of the memfds of the backend, by which they are known.
  var sizes: [Int] { (0..<backend.count).map { (try? kernel.kind(of: backend[$0]).size) ?? -1 } }

  private func note(_ step: Step) throws(Refusal) {
    journal.write(side, "\(name) \(step.rawValue)")
    whenAsked(step)
    if let refusal = refuses[step] { throw refusal }
  }

  func describe(into writer: inout ByteWriter) throws(Refusal) {
    try note(.describe)
    writer.write([7, 7])
  }

  func lend() -> [CInt] {
    journal.write(side, "\(name) lend")
    return (0..<(lentCount ?? backend.count)).map { backend[$0 % backend.count] }
  }

  func quiesce() throws(Refusal) {
    isServing = false
    try note(.quiesce)
  }

  func save(into writer: inout ByteWriter) throws(Refusal) {
    try note(.save)
    writer.write(state)
  }

  func restore() throws(Refusal) {
    isServing = true
    try note(.restore)
  }

  func withdraw() { journal.write(side, "\(name) withdraw") }

  func release() {
    journal.write(side, "\(name) release")
    backend = Descriptors(in: kernel)
  }

  func inspect(
    _ properties: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) throws(Refusal) -> Adoption {
    arrived = descriptors
    try note(.inspect)
    return adoption
  }

  func load(_ state: borrowing RawSpan) throws(Refusal) {
    try note(.load)
    self.state = (0..<state.byteCount).map {
      state.unsafeLoad(fromByteOffset: $0, as: UInt8.self)
    }
  }

  func take() throws(Refusal) {
    mutatingCalls += 1
    try note(.take)
    swap(&backend, &arrived)
  }

  func activate() {
    journal.write(side, "\(name) activate")
    isServing = true
  }

  func discard() {
    journal.write(side, "\(name) discard")
    arrived = Descriptors(in: kernel)
    backend = Descriptors(in: kernel)
  }
}
