import Testing

/// Nothing goes past `Kernel`: what is asked of Linux is asked in one place, where a simulated
/// kernel can answer instead.
///
/// Files are another matter in Lab, Proof and the command: these read and write reports, folders
/// and /proc through Foundation, which no simulated kernel has to answer.
enum Boundary {
  /// Where `Kernel` itself lives.
  static let home = "Sources/Core/System/"
  /// Files that call C beside it, each with its reason.
  static let exceptions = [
    "Sources/Core/Loop/Mailbox.swift": "an eventfd with which threads wake each other",
    "Sources/Lab/LabKernel.swift": "the laboratory's own subclass of Kernel",
  ]
  /// Modules that bring the C library with them.
  static let libraries: Set = ["Foundation", "FoundationEssentials", "Glibc", "Dispatch"]
  /// Calls of the C library and of Foundation about processes, sockets and devices.
  static let calls: Set = [
    "Process", "Pipe", "Thread", "posix_spawn", "posix_spawnp", "system", "popen", "fork", "vfork",
    "execv", "execve", "execvp", "kill", "waitpid", "waitid", "socket", "socketpair", "bind",
    "connect", "ioctl", "fcntl", "mmap", "open", "unshare", "setns", "setrlimit", "usleep",
  ]

  static func check(_ source: Source) -> [Finding] {
    guard source.isSwift, source.room != nil else { return [] }
    return clinux(source) + library(source)
  }

  private static func clinux(_ source: Source) -> [Finding] {
    guard !source.path.hasPrefix(home), exceptions[source.path] == nil else { return [] }
    return source.code.enumerated().flatMap { number, line in
      line.words.filter { $0.hasPrefix("clinux_") }.map {
        Finding(source, line: number + 1, "\($0) goes past Kernel")
      }
    }
  }

  /// Only who imports such a module can call it: elsewhere the names are the room's own.
  private static func library(_ source: Source) -> [Finding] {
    guard source.code.compactMap(Floors.imported).contains(where: libraries.contains) else {
      return []
    }
    return source.code.enumerated().flatMap { number, line in
      called(in: line).filter(calls.contains).map {
        Finding(source, line: number + 1, "\($0) goes past Kernel")
      }
    }
  }

  /// The functions and types that a line calls by their bare names; no member and no declaration.
  private static func called(in line: String) -> [String] {
    var names: [String] = []
    var rest = line[...]
    while let open = rest.firstIndex(of: "(") {
      let before = line[..<open]
      let name = String(before.reversed().prefix(while: \.isWordCharacter).reversed())
      let front = before.dropLast(name.count)
      let isOther = front.last == "." || front.words.last == "func" || front.words.last == "case"
      if !name.isEmpty, !isOther { names.append(name) }
      rest = line[line.index(after: open)...]
    }
    return names
  }
}

extension Substring {
  fileprivate var words: [String] { String(self).words }
}

@Suite(.timeLimit(.minutes(15))) struct BoundaryTests {
  @Test func `nothing goes past the kernel`() {
    #expect(Tree.sources.flatMap(Boundary.check) == [])
  }

  @Test(arguments: Boundary.exceptions.keys.sorted())
  func `an exception is one that is needed`(path: String) throws {
    let source = try #require(Tree.read(path))
    #expect(source.code.contains { $0.contains("clinux_") })
  }

  @Test(arguments: [
    ("Host", "clinux_stop_self()"), ("Lab", "let a = unsafe clinux_spawn(&b, c, &d)"),
    ("Core", "clinux_close(fd)"), ("Lab", "import Foundation\nlet git = Process()"),
    ("baton", "import Glibc\n_ = kill(pid, 9)"), ("Host", "import Foundation\nsocket(1, 1, 0)"),
    ("Lab", "import Dispatch\nguard ioctl(fd, 1, 2) == 0 else { return }"),
    ("Host", "import Foundation\nlet fd = unsafe open(path, O_WRONLY)"),
    ("Lab", "import Glibc\nunsafe posix_spawn(&pid, path, nil, nil, a, b)"),
  ])
  func `what goes past it is caught`(room: String, text: String) {
    let source = Source(path: "Sources/\(room)/Loop/A.swift", text: text)
    #expect(Boundary.check(source).count == 1)
  }

  @Test(arguments: [
    ("Core/System/A.swift", "clinux_close(fd)"), ("Mig/A.swift", "case .kill: kill()"),
    ("Lab/A.swift", "import Foundation\nkernel.kill(pid)\nfunc kill(_ a: Int) {}"),
    ("Host/A.swift", "import Foundation\n// socket(1, 1, 0)\nlet a = \"clinux_close(1)\""),
    ("Lab/A.swift", "import Foundation\nlet path = opening(a)"),
    ("CLinux/a.c", "int clinux_a(void);"),
  ])
  func `what does not passes`(path: String, text: String) {
    #expect(Boundary.check(Source(path: "Sources/\(path)", text: text)) == [])
  }
}
