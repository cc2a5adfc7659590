import BatonCore
import Foundation

@testable import BatonProof
@testable import BatonTesting

/// The same calls on Linux and on the simulated kernel; what they answer must be the same.
final class KernelPair {
  struct Difference: Error, CustomStringConvertible {
    let description: String
  }

  let linux = Kernel()
  let simulated = SimulatedMachine().spawn()
  private(set) var handles: [(linux: CInt, simulated: CInt)] = []
  let folder: String
  private let simulatedFolder = "/sim"

  init() {
    folder = "/tmp/baton-pair-\(UUID().uuidString.prefix(8))"
    mkdir(folder, 0o700)
  }

  deinit {
    for handle in handles { linux.close(handle.linux) }
    try? FileManager.default.removeItem(atPath: folder)
  }

  func path(_ name: String, _ kernel: Kernel) -> SocketPath {
    SocketPath("\(kernel === linux ? folder : simulatedFolder)/\(name)")!
  }

  private func answer(_ body: () throws(SystemError) -> String) -> String {
    do { return try body() } catch { return "\(error.call) \(error.code)" }
  }

  /// Makes a call on a handle of each, or on none.
  func call(
    _ what: String, on place: Int? = nil,
    _ body: (Kernel, CInt) throws(SystemError) -> String
  ) throws {
    let handle = place.map { handles[$0] }
    let one = answer { () throws(SystemError) in try body(linux, handle?.linux ?? -1) }
    let two = answer { () throws(SystemError) in try body(simulated, handle?.simulated ?? -1) }
    try compare(what, one, two)
    try compareReadiness(what)
  }

  /// Makes a call that answers new descriptors.
  func open(
    _ what: String, on place: Int? = nil, _ body: (Kernel, CInt) throws(SystemError) -> [CInt]
  )
    throws
  {
    let handle = place.map { handles[$0] }
    var (one, two): ([CInt], [CInt]) = ([], [])
    let first = answer { () throws(SystemError) in
      one = try body(linux, handle?.linux ?? -1)
      return "\(one.count)"
    }
    let second = answer { () throws(SystemError) in
      two = try body(simulated, handle?.simulated ?? -1)
      return "\(two.count)"
    }
    try add(what, one, two)
    try compare(what, first, second)
    try compareReadiness(what)
  }

  /// New descriptors of both.
  func add(_ what: String, _ one: [CInt], _ two: [CInt]) throws {
    for (linux, simulated) in zip(one, two) { handles.append((linux, simulated)) }
    for extra in one.dropFirst(two.count) { linux.close(extra) }
  }

  func close(_ place: Int) throws {
    let handle = handles.remove(at: place)
    linux.close(handle.linux)
    simulated.close(handle.simulated)
    try compareReadiness("close")
  }

  /// Waits until Linux has no interface that the simulation has not: a process that another test
  /// starts at this moment has all descriptors until it runs its program, and no event tells of
  /// that. What is still there after a while is a difference, which the next call finds.
  func settle(_ interfaces: [String]) {
    let deadline = ContinuousClock.now + .seconds(5)
    for name in interfaces.compactMap({ InterfaceName($0) }) {
      while ContinuousClock.now < deadline, has(name, linux), !has(name, simulated) {
        poll(nil, 0, 1)
      }
    }
  }

  private func has(_ name: InterfaceName, _ kernel: Kernel) -> Bool {
    do throws(SystemError) { return try kernel.interfaceIndex(name) > 0 } catch { return false }
  }

  func compare(_ what: String, _ one: String, _ two: String) throws {
    guard one == two else {
      throw Difference(description: "\(what): Linux answers \(one), the simulation \(two)")
    }
  }

  /// Linux closes what was in flight when its socket went from a queue of work: the other end hears
  /// of it soon, and not at once (net/unix/garbage.c).
  private func awaitReading(_ fd: CInt) {
    var request = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
    poll(&request, 1, 1_000)
  }

  private func compareReadiness(_ what: String) throws {
    for (place, handle) in handles.enumerated() {
      let two = simulated.readiness(of: handle.simulated)
      if two.contains(.read) { awaitReading(handle.linux) }
      let one = linux.readiness(of: handle.linux)
      try compare("readiness of \(place) after \(what)", "\(one.rawValue)", "\(two.rawValue)")
    }
  }
}
