import BatonLab
import CBaton
import Foundation
import Synchronization
import Testing

@testable import BatonEmbed

/// Ports of the C interface that call a VMM.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PortCallTests {
  @Test(.enabled(if: OwnNamespace.refusal == nil, "no network namespace, or no TAPs"))
  func `pauses begin with 100 ms and double, whether a VMM was there or not`() throws {
    Misuse.toleranceCount.add(1, ordering: .relaxed)
    defer { Misuse.toleranceCount.subtract(1, ordering: .relaxed) }
    let pauses = try OwnNamespace.run {
      let folder = try Lab.makeFolder()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let (path, port) = ("\(folder)/called.vmm", try LonePort("called", in: folder, calls: true))
      // Each other reason is told, with the pause behind it.
      try ListeningVMM.leaveFile(at: path)
      try port.turn("a word of the file") { port.told.pauses.count == 2 }
      try FileManager.default.removeItem(atPath: path)
      try port.turn("a word of no file") { port.told.pauses.count == 3 }
      var (listening, connected) = (try ListeningVMM(at: path) as ListeningVMM?, CInt?.none)
      try port.turn("a call") {
        connected = connected ?? listening?.accept()
        return connected != nil && baton_port_front_ends(port.port) == 1
      }
      listening = nil
      if let connected { close(connected) }
      // A first pause has gone by when it is called in vain.
      try port.turn("a word of its end") { port.told.pauses.count == 4 }
      let isRight = port.told.wrong.isEmpty
      try port.end()
      return isRight ? port.told.pauses : []
    }
    #expect(pauses == [100, 200, 400, 200])
  }
}
