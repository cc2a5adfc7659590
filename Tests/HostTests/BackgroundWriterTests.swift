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

  @Test func `what is not taken in time is counted in the last line`() throws {
    let pipe = Pipe()
    let writer = BackgroundWriter(to: pipe.fileHandleForWriting.fileDescriptor, label: "lines")
    let line = String(repeating: "x", count: 1_023) + "\n"
    for number in 0..<200 {
      if number.isMultiple(of: 2) {
        writer.write(line)
      } else {
        writer.later { writer.write(line) }
      }
    }
    let reader = pipe.fileHandleForReading
    let taken = Locked(Data())
    let done = DispatchSemaphore(value: 0)
    // It begins to read when the first wait is over.
    DispatchQueue(label: "reader").asyncAfter(deadline: .now() + .milliseconds(150)) {
      while let data = try? reader.read(upToCount: 4_096), !data.isEmpty {
        taken.withLock { $0 += data }
      }
      done.signal()
    }
    writer.finish(millis: 100)
    writer.wait(millis: 10_000)
    try pipe.fileHandleForWriting.close()
    #expect(done.wait(timeout: .now() + .seconds(10)) == .success)
    let lines = String(decoding: taken.withLock { $0 }, as: UTF8.self).split(separator: "\n")
    let last = try #require(lines.last?.firstMatch(of: /^([0-9]+) lines of the log were not taken/))
    #expect(Int(last.1) == 200 - (lines.count - 1) && lines.count > 60)
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
