import BatonHost
import BatonLab
import Foundation
import Testing

/// The system calls of a host, as strace(1) writes them down.
struct SystemCalls {
  private static let program = "/usr/bin/strace"

  /// Why nothing can be traced; nil when it can.
  static let refusal: String? = {
    guard FileManager.default.isExecutableFile(atPath: program) else {
      return "\(program) is missing: install strace"
    }
    return Program.runs([program, "-o", "/dev/null", "true"])
      ? nil : "the kernel does not let strace(1) trace (ptrace)"
  }()

  /// Starts a host under strace. The tracer is the grandchild (-D), so that the child is the host.
  static func launcher(writing file: String) -> [String] {
    [
      program, "-D", "-f", "-y", "-s", "300", "-o", file, "-e",
      "trace=ioctl,read,readv,write,writev,fcntl,kill,sendmsg,recvmsg,recvfrom,sendto",
    ]
  }

  /// Starts a command which the kernel refuses a call, always.
  static func refusing(_ call: String, _ error: String) -> [String] {
    [
      program, "-D", "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
      "inject=\(call):error=\(error)",
    ]
  }

  /// One line a call.
  let lines: [Substring]

  /// Reads what was written when the tracer has ended.
  init(_ file: String) throws {
    lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
  }

  private init(_ lines: [Substring]) { self.lines = lines }

  /// The calls between the first one that has all of `words` and the next that has all of `others`.
  func between(_ words: [String], and others: [String]) throws -> Self {
    let start = try #require(index(words, from: 0), "\(words)")
    let end = try #require(index(others, from: start), "\(others)")
    return Self(Array(lines[start..<end]))
  }

  /// The calls behind the first one that has all of `words`.
  func after(_ words: [String]) throws -> Self {
    Self(Array(lines[try #require(index(words, from: 0), "\(words)")...]))
  }

  /// The calls with all of `words`.
  func having(_ words: String...) -> [Substring] {
    lines.filter { line in words.allSatisfy { line.contains($0) } }
  }

  private func index(_ words: [String], from start: Int) -> Int? {
    lines.indices.dropFirst(start).first { index in
      words.allSatisfy { lines[index].contains($0) }
    }
  }
}
