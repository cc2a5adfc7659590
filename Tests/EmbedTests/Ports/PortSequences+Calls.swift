import BatonCore
import BatonLab
import BatonTesting
import Foundation

/// Ports that call VMMs: those listen until they are called, and not any longer.
extension PortSequences {
  /// A VMM listens, and is called.
  mutating func listen(_ choices: Choices) throws {
    let number = choices.below(Self.networkCount, "network")
    guard let server = server(of: number), isCalling(server) else { return }
    choices.sometimes("a VMM is called again", ports[server]?.hasReached == true)
    networks[number].listening = try ListeningVMM(at: networks[number].calledPath)
    try answerCall(number)
  }

  /// Whether a port calls a VMM that is not there.
  func isCalling(_ number: Int) -> Bool {
    guard let port = ports[number], port.state == .serving, port.wish.meeting == .calls else {
      return false
    }
    return networks[port.network].frontCount == 0
  }

  /// A VMM that waits to be called is, if somebody is there who calls; else it goes.
  mutating func answerCall(_ network: Int) throws {
    guard let listening = networks[network].listening else { return }
    defer { networks[network].listening = nil }
    guard let server = server(of: network), let port = ports[server], isCalling(server) else {
      return
    }
    var connected: CInt?
    try turn("a call of \(networks[network].name)") {
      connected = connected ?? listening.accept()
      return connected != nil
    }
    guard let connected else { return }
    networks[network].fronts[0] = try FrontEnd(
      lab, FrontEndGuest(ipv4: 0x0A00_0101, pairs: Int(port.wish.queues)),
      over: Descriptor(owning: connected, in: lab.loop.kernel))
    ports[server]?.hasReached = true
    ports[server]?.unreachedMax = port.told.unreachedCount
  }

  /// A port that calls has just been made: it has called once, and said so if nobody was there.
  mutating func meetCalled(_ number: Int, _ choices: Choices) throws {
    guard let port = ports[number], isCalling(number) else { return }
    let isThere = networks[port.network].listening != nil
    guard port.told.pauses == (isThere ? [] : [100]) else {
      throw Wrong(what: "unreached at first, \(port.told.pauses)")
    }
    choices.sometimes("a VMM is called that listens already", isThere)
    choices.sometimes("nobody is there to be called", !isThere)
    ports[number]?.unreachedMax = 1
    if !isThere, choices.chance(oneIn: 4, "a file") { try leaveFile(number, choices) }
    try answerCall(port.network)
  }

  /// A file at which nobody listens is another reason than none, and is told once, too.
  private mutating func leaveFile(_ number: Int, _ choices: Choices) throws {
    guard let port = ports[number] else { return }
    let path = networks[port.network].calledPath
    choices.sometimes("a VMM is not reached for another reason")
    try ListeningVMM.leaveFile(at: path)
    try turn("the other reason") { port.told.pauses == [100, 200] }
    // It is called again meanwhile.
    let end = Date(timeIntervalSinceNow: 0.25)
    try turn("some time") { Date() > end }
    guard port.told.unreachedCount == 2 else { throw Wrong(what: "told twice of one reason") }
    try FileManager.default.removeItem(atPath: path)
    ports[number]?.unreachedMax = 3
  }

  static var callMarks: [String] {
    [
      "a VMM is called that listens already", "nobody is there to be called",
      "a VMM is not reached for another reason", "a VMM is called again",
      "a VMM listens in the pause", "a port goes with the VMM that it has called",
    ]
  }
}
