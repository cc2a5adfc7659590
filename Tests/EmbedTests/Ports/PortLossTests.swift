import BatonLab
import CBaton
import Foundation
import Synchronization
import Testing

@testable import BatonEmbed

/// Ports of the C interface whose interface is deleted.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PortLossTests {
  @Test(.enabled(if: OwnNamespace.refusal == nil, "no network namespace, or no TAPs"))
  func `a lost interface is told of where nobody is connected`() throws {
    Misuse.toleranceCount.add(1, ordering: .relaxed)
    defer { Misuse.toleranceCount.subtract(1, ordering: .relaxed) }
    let told = try OwnNamespace.run {
      let folder = try Lab.makeFolder()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let ports = try ["lost0", "lost1"].map { try LonePort($0, in: folder) }
      // Two rounds with nothing of theirs: none is read any more.
      for port in ports { for _ in 0..<2 { _ = baton_loop_turn(port.loop, 0) } }
      try Interface.delete("lost1")
      let began = Date()
      try ports[1].turn("the loss") { ports[1].told.lostCount > 0 }
      let seconds = Date().timeIntervalSince(began)
      // And not once more.
      try ports[1].turn("a second") { Date().timeIntervalSince(began) > seconds + 1 }
      var name = [CChar](repeating: 7, count: 16)
      let answers = ports.map { baton_port_interface($0.port, &name) }
      defer { withExtendedLifetime(ports) {} }
      for port in ports { try port.end() }
      return (ports.map(\.told.lostCount), ports.map(\.told.wrong), answers, seconds)
    }
    #expect(told.0 == [0, 1] && told.2 == [0, -1])
    // `wrong` has it where the name is answered inside of the callback still.
    #expect(told.1 == [[], []])
    #expect(told.3 < 10)
  }

  @Test(.enabled(if: OwnNamespace.refusal == nil, "no network namespace, or no TAPs"))
  func `an interface is told by the name that it has now, and by the call that finds none`() throws
  {
    let told = try OwnNamespace.run {
      let folder = try Lab.makeFolder()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let port = try LonePort("old0", in: folder)
      var (net, options, why) = (OpaquePointer?.none, Calls.options(), Calls.refusal())
      var name = [CChar](repeating: 7, count: 16)
      var answers = try "old1".withCString { text in
        options.interface_name = text
        try #require(
          baton_net_create(port.loop, "net1", &options, 1, nil, nil, nil, nil, &net, &why) == 0)
        return [baton_net_open(net, nil)]
      }
      try Interface.rename("old0", to: "new0")
      try Interface.rename("old1", to: "a-name-of-15-by")
      var names: [String] = []
      answers.append(baton_port_interface(port.port, &name))
      names.append(String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))
      answers.append(baton_net_interface(net, &name))
      names.append(String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))
      try Interface.delete("a-name-of-15-by")
      answers.append(baton_net_interface(net, &name))
      answers.append(baton_net_destroy(net))
      try port.end()
      return (answers, names)
    }
    #expect(told.0 == [0, 0, 0, -1, 0])
    #expect(told.1 == ["new0", "a-name-of-15-by"])
  }

  @Test(.enabled(if: OwnNamespace.refusal == nil, "no network namespace, or no TAPs"))
  func `a port without its interface is not handed over, for that reason`() throws {
    Misuse.toleranceCount.add(1, ordering: .relaxed)
    defer { Misuse.toleranceCount.subtract(1, ordering: .relaxed) }
    let answer = try OwnNamespace.run {
      let folder = try Lab.makeFolder()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let port = try LonePort("lost0", in: folder)
      let other = try LonePort("lost0", in: folder, on: port.loop, isIncoming: true)
      try Interface.delete("lost0")
      try port.turn("the loss") { port.told.lostCount > 0 }
      var (outgoing, incoming) = (OpaquePointer?.none, OpaquePointer?.none)
      var (own, theirs) = ([baton_port_device(port.port)], [baton_port_device(other.port)])
      var (parameters, why) = (Calls.parameters(), Calls.refusal())
      let move = MoveTold()
      var calls = MoveTold.calls
      defer { withExtendedLifetime(move) {} }
      let address = "unix:\(folder)/move"
      let begun = [
        baton_incoming_create(
          port.loop, nil, &theirs, 1, nil, nil, &calls, move.context, &incoming),
        // What has nothing but descriptors to move is not moved without.
        -1 - baton_incoming_listen(incoming, address, nil, &why),
        baton_incoming_listen(incoming, address, &parameters, nil),
        baton_outgoing_create(port.loop, nil, &own, 1, nil, nil, &calls, move.context, &outgoing),
        baton_outgoing_migrate(outgoing, address, &parameters, nil),
      ]
      try port.turn("the refusal, and not \(baton_outgoing_status(outgoing)),") {
        baton_outgoing_status(outgoing) == 8
      }
      #expect(Calls.text(why) == "net0: backend-transfer off is not possible, expected on")
      _ = baton_outgoing_refusal(outgoing, &why)
      let ended = [baton_outgoing_destroy(outgoing), baton_incoming_destroy(incoming)]
      try other.end(withLoop: false)
      try port.end()
      return (begun + ended, Calls.text(why), why.error)
    }
    #expect(answer.0 == [0, 0, 0, 0, 0, 0, 0])
    #expect(answer.2 == EBADFD && answer.1.contains("lost0"), "\(answer.1)")
  }

  @Test(
    .enabled(if: OwnNamespace.refusal == nil, "no network namespace, or no TAPs"),
    arguments: [false, true])
  func `a lost port is opened anew`(inside: Bool) throws {
    Misuse.toleranceCount.add(1, ordering: .relaxed)
    defer { Misuse.toleranceCount.subtract(1, ordering: .relaxed) }
    let answer = try OwnNamespace.run {
      let folder = try Lab.makeFolder()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let port = try LonePort("lost0", in: folder)
      var (why, name) = (Calls.refusal(), [CChar](repeating: 7, count: 16))
      var answers = [baton_port_reopen(port.port, &why)]
      let text = Calls.text(why)
      port.told.reopensInside = inside
      try Interface.delete("lost0")
      try port.turn("the loss") { port.told.lostCount > 0 }
      if inside {
        try port.turn("the TAP") { !port.told.reopened.isEmpty }
      } else {
        // Somebody has taken its name, and gives it back.
        let elsewhere = try Lab.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: elsewhere) }
        let other = try LonePort("lost0", in: elsewhere, on: port.loop)
        answers.append(baton_port_reopen(port.port, nil))
        try other.end(withLoop: false)
        answers.append(baton_port_reopen(port.port, nil))
      }
      let named = baton_port_interface(port.port, &name)
      // It is as it was, and may be lost again.
      port.told.reopensInside = false
      try Interface.delete("lost0")
      try port.turn("another loss") { port.told.lostCount > 1 }
      try port.end()
      return (answers, text, port.told.reopened, port.told.wrong, named)
    }
    #expect(answer.0 == (inside ? [-1] : [-1, -1, 0]))
    #expect(answer.1.contains("net0: not possible in state"), "\(answer.1)")
    #expect(answer.2.last == 0 && answer.2.count == (inside ? 1 : 2), "\(answer.2)")
    #expect(answer.3 == [] && answer.4 == 0)
  }
}
