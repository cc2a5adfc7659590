import BatonCore
import Foundation
import Testing

@testable import BatonNet

/// Scripts, helpers and descriptors from outside, with real programs and real TAPs.
@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct TapProgramTests {
  /// A folder with programs, and what they noted.
  private final class Programs {
    let folder: String

    init() throws {
      folder = FileManager.default.temporaryDirectory.path + "/taps-\(UUID().uuidString.prefix(8))"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A program of the shell, which notes what it is called with before it does anything else.
    func program(_ name: String, _ text: String = "") throws -> TapProgram {
      let path = "\(folder)/\(name)"
      let lines = "#!/bin/sh\necho \(name) \"$@\" >>\(folder)/notes\n\(text)\n"
      try Executable.write(lines, to: path)
      return try #require(TapProgram(path))
    }

    var notes: [String] {
      let text = try? String(contentsOfFile: "\(folder)/notes", encoding: .utf8)
      return (text ?? "").split(separator: "\n").map(String.init)
    }
  }

  /// A device that keeps what it is told.
  private final class Listener: FramePort {
    var opened: [Refusal?] = []
    var warnings: [Refusal] = []
    var lines: [String] = []
    func receiver(forQueue queue: Int) -> (any FrameReceiver, pair: Int)? { nil }
    func lost(_ refusal: Refusal) {}
    func transmit(queue: Int) -> Bool { false }
    func opened(_ refusal: Refusal?) { opened.append(refusal) }
    func warned(_ refusal: Refusal) { warnings.append(refusal) }
    func said(_ line: [UInt8], by program: TapProgram) {
      lines.append(String(decoding: line, as: UTF8.self))
    }
  }

  private struct Scene {
    let programs: Programs
    let world: TapWorld
    let listener = Listener()

    init(transfersBackends: Bool = true) throws {
      programs = try Programs()
      world = TapWorld(transfersBackends: transfersBackends)
    }

    func options(_ name: String = "a0", up: String? = "", down: String? = "") throws -> TapOptions {
      var options = TapOptions(name: .of(name))
      if let up { options.script = try programs.program("up", up) }
      if let down { options.downScript = try programs.program("down", down) }
      return options
    }

    func tap(_ options: TapOptions) -> Tap {
      let tap = world.tap(options)
      tap.port = listener
      return tap
    }

    func close(_ tap: Tap) {
      tap.close()
      world.loop.run(while: !tap.isClosed)
      tap.port = nil
    }
  }

  @Test func `scripts run with the interface's name, once each, and others go on meanwhile`()
    throws
  {
    try Namespace.run {
      let scene = try Scene()
      let tap = scene.tap(try scene.options(up: "echo hello; read a; exit 0"))
      let other = scene.world.tap(TapOptions(name: .of("b0")))
      try tap.begin(.running)
      #expect(tap.state == .raising && scene.listener.opened.isEmpty)
      try other.begin(.running)
      #expect(other.state == .polling)
      scene.world.loop.run(while: scene.listener.opened.isEmpty)
      #expect(tap.state == .polling && scene.listener.opened == [nil])
      #expect(scene.listener.lines == ["hello"])
      #expect(scene.programs.notes == ["up a0"])
      scene.close(tap)
      other.close()
      #expect(scene.programs.notes == ["up a0", "down a0"])
      #expect(scene.listener.warnings.isEmpty && scene.world.kernel.open.isEmpty)
    }
  }

  /// Who waits until all are ready.
  private final class Waiter: PreparationWaiter {
    var heard: [Refusal?] = []
    func prepared(_ refusal: Refusal?) { heard.append(refusal) }
  }

  @Test(arguments: ["exit 0", "exit 7", "read a; sleep 1000"])
  func `a migration that comes in waits for the script, and ends it when it fails`(
    text: String
  ) throws {
    try Namespace.run {
      let (scene, waiter) = (try Scene(transfersBackends: false), Waiter())
      scene.world.notifiers.waiter = waiter
      defer { scene.world.notifiers.waiter = nil }
      let tap = scene.tap(try scene.options(up: text))
      try tap.begin(.incoming)
      try scene.world.notifiers.notify(.preIncoming, at: 0)
      #expect(tap.state == .raising && scene.world.notifiers.isPreparing)
      if text.contains("sleep") {
        try scene.world.notifiers.notify(.incomingFailed, at: 0)
        #expect(tap.state == .waiting && waiter.heard.isEmpty)
      } else {
        scene.world.loop.run(while: waiter.heard.isEmpty)
        #expect(waiter.heard.map { $0?.here } == [text == "exit 0" ? nil : .number(7)])
        #expect(tap.state == (text == "exit 0" ? .quiesced : .waiting))
      }
      #expect(scene.world.kernel.open.isEmpty == (text != "exit 0"))
      // Another one finds it as it was.
      if text != "exit 0" {
        try scene.world.notifiers.notify(.preIncoming, at: 0)
        #expect(tap.state == .raising)
      }
      scene.close(tap)
      #expect(scene.world.kernel.open.isEmpty)
      #expect(scene.programs.notes.contains("down a0") == (text == "exit 0"))
    }
  }

  @Test(
    arguments: [
      ("exit 7", Refusal.Cause.programFailed, Refusal.Value.number(7)),
      ("kill -9 $$", .programKilled, .number(9)),
      ("sleep 1000", .programLate, .number(300)),
    ]) func `a script that does not do ends the opening, and nothing is owed`(
      text: String, cause: Refusal.Cause, value: Refusal.Value
    ) throws
  {
    try Namespace.run {
      let scene = try Scene()
      var options = try scene.options(up: text)
      if cause == .programLate { options.programMillis = 300 }
      let tap = scene.tap(options)
      try tap.begin(.running)
      scene.world.loop.run(while: scene.listener.opened.isEmpty)
      let refusal = scene.listener.opened[0]
      #expect(refusal?.cause == cause && refusal?.here == value && refusal?.field == .script)
      #expect(tap.state == .failed && scene.world.kernel.open.isEmpty)
      scene.close(tap)
      #expect(scene.programs.notes == ["up a0"])
    }
  }

  @Test func `what a script that is killed has started goes on with nothing`() throws {
    try Namespace.run {
      let scene = try Scene()
      var options = try scene.options(up: "sleep 1000 & echo $! >$0.child; wait", down: nil)
      options.programMillis = 2_000
      let tap = scene.tap(options)
      try tap.begin(.running)
      scene.world.loop.run(while: scene.listener.opened.isEmpty)
      #expect(scene.listener.opened[0]?.cause == .programLate)
      let text = try String(contentsOfFile: scene.programs.folder + "/up.child", encoding: .utf8)
      let child = try #require(Int32(text.dropLast()))
      // Nobody here reaps it: whoever does that may have done so.
      if let handle = try? ProcessHandle(opening: child, in: Kernel()) {
        scene.world.loop.run(while: !handle.hasEnded)
      }
      scene.close(tap)
    }
  }

  @Test func `a script that is not there is refused at once, by its call`() throws {
    try Namespace.run {
      let scene = try Scene()
      var options = TapOptions(name: .of("a0"))
      options.script = TapProgram("/nonexistent/up")
      let tap = scene.tap(options)
      let refused = refusal { () throws(Refusal) in try tap.begin(.running) }
      #expect(refused?.call == Call.spawn.rawValue && refused?.code == Errno.noEntry)
      #expect(refused?.subject == Name("/nonexistent/up"))
      scene.close(tap)
    }
  }

  @Test func `what fails behind the script runs the down script`() throws {
    try Namespace.run {
      let scene = try Scene()
      var options = try scene.options()
      options.sendBuffer = 4_096
      scene.world.kernel.always[.tunSetSendBuffer] = Errno.invalid
      let tap = scene.tap(options)
      try tap.begin(.running)
      scene.world.loop.run(while: scene.listener.opened.isEmpty)
      #expect(scene.listener.opened[0]?.code == Errno.invalid && tap.state == .failed)
      #expect(scene.programs.notes == ["up a0", "down a0"])
      scene.close(tap)
      #expect(scene.programs.notes == ["up a0", "down a0"])
    }
  }

  @Test(arguments: ["exit 3", "sleep 1000"])
  func `a down script that does not do is told, and the TAP closes`(text: String) throws {
    try Namespace.run {
      let scene = try Scene()
      var options = try scene.options(up: nil, down: text)
      options.programMillis = 300
      let tap = scene.tap(options)
      try tap.begin(.running)
      #expect(tap.state == .polling)
      scene.close(tap)
      #expect(scene.listener.warnings.map(\.field) == [.downScript])
      #expect(scene.world.kernel.open.isEmpty)
    }
  }

  @Test func `a TAP that nobody holds any more still runs what it owes`() throws {
    try Namespace.run {
      let scene = try Scene()
      var tap: Tap? = scene.world.tap(try scene.options(up: nil))
      try tap?.begin(.running)
      tap?.close()
      weak let left = tap
      tap = nil
      #expect(left != nil)
      scene.world.loop.run(while: left != nil)
      #expect(scene.programs.notes == ["down a0"] && scene.world.kernel.open.isEmpty)
    }
  }

  @Test func `the name is that of the interface now`() throws {
    try Namespace.run {
      let scene = try Scene()
      let tap = scene.tap(try scene.options("vm%d", up: nil))
      try tap.begin(.running)
      scene.close(tap)
      #expect(scene.programs.notes == ["down vm0"])
    }
  }

  // MARK: The duty

  /// A source with a TAP, and a target that has come as far as the take.
  private func moved(
    _ scene: Scene, _ body: (_ source: Tap, _ target: Tap) throws -> Void
  ) throws {
    let options = try scene.options(up: nil)
    let (source, target) = (scene.world.tap(options), scene.world.tap(options))
    try source.begin(.running)
    try target.begin(.prepared)
    let offer = try source.describe()
    try target.consider(
      offer, try scene.world.passed(source.lend()), isOwed: source.owesDownScript)
    try source.quiesce()
    try target.load(source.memory.properties)
    try body(source, target)
    for tap in [source, target] { scene.close(tap) }
    #expect(scene.world.kernel.open.isEmpty)
  }

  @Test func `the duty goes with the guest, and the source runs nothing`() throws {
    try Namespace.run {
      let scene = try Scene()
      try moved(scene) { source, target in
        #expect(source.owesDownScript && !target.owesDownScript)
        source.handOver()
        #expect(!source.owesDownScript && !target.owesDownScript)
        try target.take()
        try target.resume()
        #expect(target.owesDownScript)
        source.release()
        scene.close(source)
        #expect(scene.programs.notes == [])
      }
      #expect(scene.programs.notes == ["down a0"])
    }
  }

  @Test func `the duty comes back when the guest does`() throws {
    try Namespace.run {
      let scene = try Scene()
      try moved(scene) { source, target in
        source.handOver()
        try target.take()
        target.discard()
        try source.restore()
        #expect(source.owesDownScript)
        scene.close(target)
        #expect(scene.programs.notes == [])
      }
      #expect(scene.programs.notes == ["down a0"])
    }
  }

  @Test func `a source that closes while the guest may be elsewhere runs nothing`() throws {
    try Namespace.run {
      let scene = try Scene()
      try moved(scene) { source, target in
        source.handOver()
        scene.close(source)
        #expect(scene.programs.notes == [])
        try target.take()
        try target.resume()
      }
      #expect(scene.programs.notes == ["down a0"])
    }
  }

  @Test func `a target without a down script refuses one that is owed, by both values`() throws {
    try Namespace.run {
      let scene = try Scene()
      let source = scene.world.tap(try scene.options(up: nil))
      let target = scene.world.tap(TapOptions(name: .of("a0")))
      try source.begin(.running)
      try target.begin(.prepared)
      let offer = try source.describe()
      let refused = target.refusal(
        offer, try scene.world.passed(source.lend()), isOwed: source.owesDownScript)
      #expect(refused?.description == "net0: downscript: off here, on on the other side")
      source.withdraw()
      for tap in [source, target] { scene.close(tap) }
      #expect(scene.programs.notes == ["down a0"])
    }
  }

  @Test func `a helper that fails is told with what it wrote and how it was called`() throws {
    try Namespace.run {
      let scene = try Scene()
      // The shell cannot send descriptors; what is told is what it was called with.
      var options = TapOptions()
      options.helper = try scene.programs.program("helper", "echo no bridge >&2; exit 4")
      options.bridge = .of("br7")
      let tap = scene.tap(options)
      try tap.begin(.running)
      #expect(tap.state == .helping)
      scene.world.loop.run(while: scene.listener.opened.isEmpty)
      #expect(scene.listener.opened[0]?.cause == .programFailed)
      #expect(scene.listener.opened[0]?.here == .number(4))
      #expect(scene.listener.lines == ["no bridge"])
      #expect(scene.programs.notes == ["helper --use-vnet --fd=0 --br=br7"])
      scene.close(tap)
    }
  }

  @Test func `a script that writes much is read on, also when nothing was there once`() throws {
    try Namespace.run {
      let scene = try Scene()
      let tap = scene.tap(try scene.options(up: "head -c 2000000 /dev/zero | tr '\\0' a"))
      scene.world.kernel.blockedReceives = 1
      try tap.begin(.running)
      scene.world.loop.run(while: scene.listener.opened.isEmpty)
      #expect(scene.listener.opened == [nil])
      #expect(scene.world.kernel.blockedReceives == 0)
      scene.close(tap)
    }
  }

  @Test func `a descriptor for which there is no number is told as lost`() throws {
    try Namespace.run {
      let scene = try Scene()
      var options = TapOptions()
      options.helper = try scene.programs.program("helper", "echo sent")
      let tap = scene.tap(options)
      scene.world.kernel.isFull = true
      try tap.begin(.running)
      scene.world.loop.run(while: scene.listener.opened.isEmpty)
      #expect(scene.listener.opened[0]?.code == Errno.processTableFull)
      #expect(tap.state == .failed && scene.world.kernel.open.isEmpty)
      scene.close(tap)
    }
  }

  @Test func `a helper that sends nothing is told, and one with arguments is the shell's`() throws {
    try Namespace.run {
      let scene = try Scene()
      var options = TapOptions()
      options.helper = TapProgram("\(try scene.programs.program("helper")) --br=br3 -x")
      let tap = scene.tap(options)
      try tap.begin(.running)
      scene.world.loop.run(while: scene.listener.opened.isEmpty)
      #expect(scene.listener.opened[0]?.cause == .noDescriptor)
      #expect(scene.programs.notes == ["helper --br=br3 -x --use-vnet --fd=0"])
      scene.close(tap)
    }
  }
}
