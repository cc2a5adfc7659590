import BatonCore
import Testing

@testable import BatonNet

/// A kernel and a loop over it, in which devices change places as in two processes.
protocol World: AnyObject {
  associatedtype System: Kernel
  var kernel: System { get }
  /// Runs one round; whether it called somebody.
  func pollOnce() -> Bool
}

extension World {
  /// Runs rounds until one calls nobody.
  func settle() {
    for _ in 0..<1000 where !pollOnce() { return }
  }

  /// The copies that the other side of a UNIX socket would get.
  func passed(_ numbers: [CInt]) throws(SystemError) -> Descriptors {
    var copies = Descriptors(in: kernel)
    for number in numbers {
      copies.append(Descriptor(owning: try kernel.duplicate(number), in: kernel))
    }
    return copies
  }

  /// Offers and inspects.
  func inspect(_ source: NetDevice, _ target: NetDevice) throws {
    var writer = ByteWriter()
    try source.describe(into: &writer)
    _ = try target.inspect(writer.bytes.span.bytes, passed(source.lend()))
  }

  /// What follows on an inspection, up to the guest's start, as a migration does it; gives the
  /// guest's side.
  func takeOver(
    _ source: NetDevice, by target: NetDevice, whileStopped: () throws -> Void = {}
  ) throws -> VirtioNet {
    try source.quiesce()
    try whileStopped()
    var writer = ByteWriter()
    try source.save(into: &writer)
    try target.load(writer.bytes.span.bytes)
    try target.take()
    target.activate()
    source.release()
    return try #require(target.virtio)
  }
}
