import BatonCore
import Foundation
import Testing

@testable import BatonHost

@Suite(.timeLimit(.minutes(10))) struct BackgroundWriterTests {
  @Test func `lines that are made by the writer keep their places`() throws {
    let pipe = Pipe()
    let writer = BackgroundWriter(to: pipe.fileHandleForWriting.fileDescriptor, label: "lines")
    for number in 0..<100 {
      if number.isMultiple(of: 3) {
        writer.write("\(number)\n")
      } else {
        writer.later { writer.write("\(number)\n") }
      }
    }
    #expect(writer.wait(millis: 10_000))
    try pipe.fileHandleForWriting.close()
    let data = try pipe.fileHandleForReading.read(upToCount: 1_000)
    let text = String(decoding: try #require(data), as: UTF8.self)
    #expect(text == (0..<100).map { "\($0)\n" }.joined())
    #expect(writer.current == .init())
  }

  @Test func `lines that are not made yet are bounded as well`() throws {
    let pipe = Pipe()
    let writer = BackgroundWriter(to: pipe.fileHandleForWriting.fileDescriptor, label: "lines")
    let gate = DispatchSemaphore(value: 0)
    writer.later { _ = gate.wait(timeout: .now() + .seconds(60)) }
    var taken = 0
    while writer.later({}), taken <= BackgroundWriter.waitingMax { taken += 1 }
    #expect(taken > 1_000 && taken < BackgroundWriter.waitingMax)
    #expect(writer.current.dropped == 1)
    gate.signal()
    #expect(writer.wait(millis: 10_000))
    #expect(writer.current.waiting == 0)
  }
}
