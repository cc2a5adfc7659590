import BatonCore
import BatonMig
import BatonNet
import Foundation

extension Host {
  /// Carries out one command of the control socket.
  ///
  /// Commands and their names follow QMP where QMP has them; `x-` marks those for rehearsals.
  package func handle(command line: [UInt8]) -> String {
    Reply.line(to: line, by: carryOut)
  }

  private func carryOut(_ name: String, _ arguments: [String: Any]) throws -> [String: Any] {
    guard let machine else { throw CommandError("the machine is gone") }
    switch name {
    case "query-status": return status(of: machine)
    case "cont", "stop": try run(machine, name == "cont" ? .cont : .stop)
    case "quit": quit()
    case "migrate":
      try machine.outgoing.migrate(to: address(arguments), machine.parameters)
    case "migrate_cancel": try cancel(machine)
    case "migrate-continue": try machine.outgoing.proceed()
    case "migrate-incoming": try listen(arguments)
    case "query-migrate": return migration(of: machine)
    case "migrate-set-parameters": try setParameters(arguments, machine)
    case "query-migrate-parameters": return parameters(of: machine)
    case "migrate-set-capabilities": try setCapabilities(arguments, machine)
    case "netdev-reopen": try reopen(arguments, machine)
    case "query-guest": return guest(of: machine)
    case "x-stop-at": try observer.setStop(arguments)
    case _: throw CommandError("The command \(name) has not been found")
    }
    return [:]
  }

  private func address(_ arguments: [String: Any]) throws -> MigrationAddress {
    guard let uri = arguments["uri"] as? String else {
      throw CommandError("need the 'uri' argument")
    }
    return MigrationAddress(uri)
  }

  private func run(_ machine: VirtualMachine, _ event: GuestChart.Event) throws {
    let former = machine.runner.state.name
    if machine.runner.send(event) == .refused {
      throw CommandError("\(event.name) is not possible in run state \(former)")
    }
    try tellMigration(machine, run: event == .cont)
  }

  /// While a migration has the guest, it keeps what the user says of it.
  private func tellMigration(_ machine: VirtualMachine, run: Bool) throws {
    switch machine.runner.state {
    case .finishMigrate: try machine.outgoing.guestShall(run: run)
    case .inmigrate:
      // Also of a guest that is awaited later.
      machine.parameters.startsGuest = run
      machine.incoming.guestShall(run: run)
    case .prelaunch, .running, .paused, .postmigrate, .shutdown: break
    }
  }

  private func cancel(_ machine: VirtualMachine) throws {
    if machine.isIncoming, machine.runner.state == .inmigrate {
      try machine.incoming.cancel()
    } else {
      machine.outgoing.cancel()
    }
  }

  /// A host that gave its guest away may take another one: its machine is made anew.
  private func listen(_ arguments: [String: Any]) throws {
    guard let machine else { return }
    let address = try address(arguments)
    if machine.runner.state == .postmigrate {
      let parameters = machine.parameters
      machine.shutDown()
      former.append(machine)
      self.machine = nil
      try makeMachine(isIncoming: true, parameters: parameters)
      try self.machine?.incoming.listen(at: address, parameters)
    } else if machine.runner.state == .inmigrate {
      try machine.incoming.listen(at: address, machine.parameters)
    } else {
      throw CommandError(
        "the guest is here, in run state \(machine.runner.state.name): none can come in")
    }
  }

  /// Gives a device a new TAP in place of the one that it lost.
  private func reopen(_ arguments: [String: Any], _ machine: VirtualMachine) throws {
    guard let id = arguments["id"] as? String else { throw CommandError("need the 'id' argument") }
    guard let nic = machine.nics.first(where: { "\($0.device.name)" == id }) else {
      throw CommandError("Device '\(id)' not found")
    }
    try nic.device.reopen()
  }

  private func setParameters(_ arguments: [String: Any], _ machine: VirtualMachine) throws {
    for (name, value) in arguments {
      switch name {
      case "backend-transfer":
        let names = value as? [String] ?? []
        let known = "\(MigrationParameters.BackendTransfer.virtioNetTapName)"
        if let other = names.first(where: { $0 != known }) {
          throw CommandError("Parameter 'backend-transfer' does not accept value '\(other)'")
        }
        machine.parameters.backendTransfer = names.isEmpty ? [] : [.virtioNetTap]
      case "local": machine.parameters.local = try bool(value, name)
      case "patience-ms":
        machine.parameters.patienceMillis = UInt64(try number(value, name, in: 1...3_600_000))
      case "switch-ms":
        machine.parameters.switchMillis = UInt64(try number(value, name, in: 1...3_600_000))
      case "peer-uid":
        machine.parameters.peerUserID = UInt32(
          try number(value, name, in: 0...Int(UInt32.max) - 1))
      case "start-guest":
        machine.parameters.startsGuest = try bool(value, name)
        machine.incoming.guestShall(run: machine.parameters.startsGuest)
      case _: throw CommandError("Parameter '\(name)' is unexpected")
      }
    }
  }

  private func setCapabilities(_ arguments: [String: Any], _ machine: VirtualMachine) throws {
    for capability in arguments["capabilities"] as? [[String: Any]] ?? [] {
      guard capability["capability"] as? String == "pause-before-switchover" else {
        throw CommandError("Parameter 'capability' accepts 'pause-before-switchover'")
      }
      machine.parameters.pausesBeforeSwitchover = try bool(
        capability["state"] as Any, "state")
    }
  }

  private func bool(_ value: Any, _ name: String) throws -> Bool {
    guard let value = value as? Bool else {
      throw CommandError("Invalid parameter type for '\(name)', expected: boolean")
    }
    return value
  }

  /// An integer within its bounds; the largest user ID is no user (chown(2) takes it for "as is").
  private func number(_ value: Any, _ name: String, in range: ClosedRange<Int>) throws -> Int {
    guard let found = value as? Int, range.contains(found) else {
      throw CommandError(
        "Parameter '\(name)' is \(value), expected: an integer from \(range.lowerBound) to "
          + "\(range.upperBound)")
    }
    return found
  }
}
