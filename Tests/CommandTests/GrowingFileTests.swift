import Foundation
import Testing

@testable import BatonCommand

/// A file that grows, is cut off and goes, and what is no file.
@Suite(.timeLimit(.minutes(10))) struct GrowingFileTests {
  private func text(_ piece: GrowingFile.Piece?) -> String? {
    switch piece {
    case .bytes(let data): String(decoding: data, as: UTF8.self)
    case .cut: "cut"
    case nil: nil
    }
  }

  private func inFile(_ body: (String, FileHandle) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())").path
    try Data("one\n".utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try #require(FileHandle(forWritingAtPath: path))
    try writer.seekToEnd()
    try body(path, writer)
  }

  @Test func `what is appended comes, whoever is first`() throws {
    try inFile { path, writer in
      let file = try GrowingFile(path)
      #expect(try text(file.next()) == "one\n")
      try writer.write(contentsOf: Data("two\n".utf8))
      #expect(try text(file.next()) == "two\n")
      for number in 0..<100 {
        Thread.detachNewThread { try? writer.write(contentsOf: Data("\(number)\n".utf8)) }
        #expect(try text(file.next()) == "\(number)\n")
      }
    }
  }

  @Test func `a file that is cut off begins again, and one without a name ends`() throws {
    try inFile { path, writer in
      let file = try GrowingFile(path)
      #expect(try text(file.next()) == "one\n")
      try writer.truncate(atOffset: 0)
      try writer.write(contentsOf: Data("1\n".utf8))
      #expect(try text(file.next()) == "cut")
      #expect(try text(file.next()) == "1\n")
      try writer.write(contentsOf: Data("last\n".utf8))
      try FileManager.default.removeItem(atPath: path)
      #expect(try text(file.next()) == "last\n")
      #expect(try text(file.next()) == nil)
    }
  }

  @Test func `a file that is written anew begins again, however long it is`() throws {
    try inFile { path, writer in
      let file = try GrowingFile(path)
      #expect(try text(file.next()) == "one\n")
      try Data("uno\ndos\n".utf8).write(to: URL(filePath: path), options: [])
      #expect(try text(file.next()) == "cut")
      #expect(try text(file.next()) == "uno\ndos\n")
      try writer.close()
    }
  }

  @Test func `a pipe gives what there is`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())").path
    #expect(mkfifo(path, 0o600) == 0)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try #require(FileHandle(forUpdatingAtPath: path))
    let file = try GrowingFile(path)
    for word in ["one\n", "tw", "o\n"] {
      try writer.write(contentsOf: Data(word.utf8))
      #expect(try text(file.next()) == word)
    }
    try writer.close()
    #expect(try text(file.next()) == nil)
  }

  @Test func `a folder and what is not there are refused`() {
    #expect(throws: (any Error).self) { try GrowingFile("/nonexistent/x") }
    #expect(throws: (any Error).self) { try GrowingFile("/tmp").next() }
  }

  @Test func `a file that others removed and that has another name goes on`() throws {
    try inFile { path, writer in
      let other = path + ".1"
      defer { try? FileManager.default.removeItem(atPath: other) }
      let file = try GrowingFile(path)
      #expect(try text(file.next()) == "one\n")
      try FileManager.default.moveItem(atPath: path, toPath: other)
      Thread.detachNewThread { try? writer.write(contentsOf: Data("two\n".utf8)) }
      #expect(try text(file.next()) == "two\n")
    }
  }
}
