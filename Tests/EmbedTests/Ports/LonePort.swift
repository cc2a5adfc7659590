import CBaton
import Foundation

/// A port under nobody: nothing of its TAP is read.
struct LonePort {
  let told = PortTold()
  var loop, port: OpaquePointer?

  init(
    _ tap: String, in folder: String, on other: OpaquePointer? = nil, isIncoming: Bool = false,
    calls isCalling: Bool = false
  ) throws {
    var (options, calls) = (baton_port_options(), PortTold.calls)
    options.size = UInt32(MemoryLayout<baton_port_options>.size)
    told.calledPath = "\(folder)/\(tap).vmm"
    let (path, name) = (strdup(told.calledPath), strdup(tap))
    defer {
      free(path)
      free(name)
    }
    options.interface_name = UnsafePointer(name)
    if isCalling {
      options.calls.0 = UnsafePointer(path)
    } else {
      options.path = UnsafePointer(path)
    }
    loop = other
    guard other != nil || baton_loop_create(&loop, nil) == 0,
      baton_port_create(
        loop, "net0", &options, isIncoming ? 1 : 0, nil, nil, &calls, told.context, &port, nil)
        == 0
    else { throw PortSequences.Wrong(what: "no port") }
    told.port = port
  }

  /// Turns the loop until this holds.
  func turn(_ what: String, until isDone: () -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: 30)
    while !isDone() {
      guard Date() < deadline else { throw PortSequences.Wrong(what: "\(what) did not come") }
      _ = baton_loop_turn(loop, 1)
    }
  }

  func end(withLoop: Bool = true) throws {
    guard baton_port_destroy(port) == 0, !withLoop || baton_loop_destroy(loop) == 0 else {
      throw PortSequences.Wrong(what: "something is left")
    }
  }
}
