import BatonCore
import BatonMig
package import BatonQMP

extension Host: CommandHandler {
  /// Carries out one command of the control socket.
  package func carryOut(_ call: CommandCall) { Self.commands.carryOut(call, for: self) }

  /// What the socket takes: names and shapes are QEMU's where QEMU has them; `x-` marks commands
  /// for rehearsals.
  static let commands = CommandTable<Host>(
    runCommands + migrationCommands + settingCommands + deviceCommands + plugCommands
      + descriptorCommands + objectCommands,
    events: events)

  private static let events = [
    EventShape("STOP"), EventShape("RESUME"),
    EventShape("SHUTDOWN", [Member("guest", .bool), Member("reason", .text)]),
    EventShape("RESET", [Member("guest", .bool), Member("reason", .text)]),
    EventShape("MIGRATION", [Member("status", .choice(statuses))]),
    EventShape(
      "DEVICE_DELETED", [Member("device", .text, isOptional: true), Member("path", .text)]),
    EventShape("NETDEV_LOST", [Member("netdev-id", .text), Member("reason", .text)]),
    EventShape(
      "MTU_EXCEEDS_INTERFACE",
      [Member("id", .text), Member("guest", .text), Member("interface", .text)]),
  ]

  /// QEMU's MigrationStatus, in its order.
  static let statuses = [
    "none", "setup", "cancelling", "cancelled", "active", "postcopy-device", "postcopy-active",
    "postcopy-paused", "postcopy-recover-setup", "postcopy-recover", "completed", "failed", "colo",
    "pre-switchover", "device", "wait-unplug",
  ]

  /// The machine, which is there unless making a new one has failed.
  func present() throws(QMPError) -> VirtualMachine {
    guard let machine else { throw QMPError("the machine is gone") }
    return machine
  }

  // MARK: The guest

  private static let runCommands: [Command<Host>] = [
    Command("query-status", returns: statusType) { host, _ in
      host.status(of: try host.present())
    },
    Command("query-name", returns: .object([Member("name", .text, isOptional: true)])) {
      host, _ in ["name": .text(host.options.configuration.name)]
    },
    Command("query-uuid", returns: .object([Member("UUID", .text)])) { _, _ in
      ["UUID": "00000000-0000-0000-0000-000000000000"]
    },
    Command("query-guest", returns: .any) { host, _ in host.guest(of: try host.present()) },
    .act("cont") { host, _ in try host.run(try host.present(), .cont) },
    .act("stop") { host, _ in try host.run(try host.present(), .stop) },
    .act("system_reset") { host, _ in try host.reset(try host.present()) },
    .act("quit") { host, _ in host.quit("host-qmp-quit") },
    .act("x-stop-at", HostObserver.stopArguments) { host, call in
      try host.observer.setStop(call.arguments)
    },
  ]

  private static let statusType = ValueType.object([
    Member("running", .bool), Member("status", .text),
    Member("lost-netdevs", .any, isOptional: true),
  ])

  private func run(_ machine: VirtualMachine, _ event: GuestChart.Event) throws {
    let former = machine.runner.state.qapiName
    if machine.runner.send(event) == .refused {
      throw QMPError("\(event.name) is not possible in run state \(former)")
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

  private func reset(_ machine: VirtualMachine) throws {
    switch machine.runner.state {
    case .prelaunch, .running, .paused: try machine.runner.reset()
    case .inmigrate, .finishMigrate, .postmigrate, .shutdown:
      throw QMPError(
        "system_reset is not possible in run state \(machine.runner.state.qapiName)")
    }
    tell("RESET", ["guest": false, "reason": "host-qmp-system-reset"])
  }
}
