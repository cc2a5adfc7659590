import BatonCore
import BatonHost

/// A `baton host` that the laboratory started, with a connection to its control socket.
package final class HostProcess {
  /// The name of its socket and in its messages, unique in its folder.
  package let name: String
  /// What can be stopped, killed and read from.
  package let child: ChildProcess
  /// Takes commands, and knows what the host said so far.
  package private(set) var control: ControlClient

  private let socket: SocketPath
  private let speaksLines: Bool

  /// How a host is started.
  package struct Options: Sendable {
    /// The path of the `baton` program.
    package var program: String
    /// The folder of its sockets.
    package var folder: String
    /// The interface of its TAP.
    package var tap: String
    package var queues: Int
    /// Its guest's memory in MiB.
    package var memoryMebibytes: Int
    /// Where its transition records go.
    package var trace: String?
    /// Its device in QEMU's words, in place of the interface and the queues.
    package var netdev: String?
    package var more: [String] = []
    /// True for a program of release 0.1.0, whose control socket does not speak QMP.
    package var speaksLines = false
    /// A command that starts it, for instance as another user: a path and arguments.
    package var launcher: [String] = []

    package init(
      program: String, folder: String, tap: String, queues: Int, memoryMebibytes: Int = 16,
      trace: String? = nil
    ) {
      self.program = program
      self.folder = folder
      self.tap = tap
      self.queues = queues
      self.memoryMebibytes = memoryMebibytes
      self.trace = trace
    }
  }

  /// Why a host did not come up.
  package enum Failure: Error, Sendable {
    /// It ended at once; standard error says why.
    case ended(name: String, status: String)
    /// It did not become ready in time.
    case late(name: String)
  }

  /// Starts a host and waits until its control socket answers.
  ///
  /// - Throws: `LabError`, `Failure` or `SystemError`.
  package init(
    _ lab: Lab, name: String, _ options: Options, isIncoming: Bool
  ) throws {
    self.name = name
    let path = "\(options.folder)/\(name).sock"
    var arguments = [
      "host", "--name", name, "--control", path, "--memory", "\(options.memoryMebibytes)",
      "--log-level", "warning",
    ]
    if let netdev = options.netdev {
      arguments += ["--netdev", netdev]
    } else if !options.more.contains("--bare") {
      arguments += ["--tap", options.tap, "--queues", "\(options.queues)"]
    }
    if isIncoming { arguments.append("--incoming") }
    if let trace = options.trace { arguments += ["--trace", trace] }
    let command = options.launcher + [options.program] + arguments + options.more
    let child = try ChildProcess(lab.loop, command[0], Array(command.dropFirst()))
    let isReady = lab.wait(timeoutMillis: 20_000) { !child.lines.isEmpty || child.hasEnded }
    guard !child.lines.isEmpty, let socket = SocketPath(path) else {
      let status = child.exitStatus.map { "\($0)" } ?? "unknown"
      throw isReady ? Failure.ended(name: name, status: status) : Failure.late(name: name)
    }
    self.child = child
    self.socket = socket
    speaksLines = options.speaksLines
    control = try ControlClient(lab, at: socket, speaksLines: speaksLines)
    try askForEvents()
    // Its own patience, 5 s, is one for processors of today as well.
    guard Lab.slowness > 1, !speaksLines else { return }
    try control.call("migrate-set-parameters", ["patience-ms": 5_000 * Int(Lab.slowness)])
  }

  /// Connects anew if the host has hung up; what it said before is forgotten then.
  ///
  /// - Throws: `SystemError`.
  package func reconnect(_ lab: Lab) throws {
    guard !control.isConnected else { return }
    control = try ControlClient(lab, at: socket, speaksLines: speaksLines)
  }

  /// The events of migrations come only to who asks for them.
  private func askForEvents() throws(ControlClient.Failure) {
    guard !speaksLines else { return }
    let wish: [[String: Any]] = [["capability": "events", "state": true]]
    try control.call("migrate-set-capabilities", ["capabilities": wish])
  }

  /// True once the process has ended.
  package var hasEnded: Bool { child.hasEnded }
}

@available(*, unavailable)
extension HostProcess: Sendable {}
