import BatonCore
import BatonMig
import BatonQMP

extension Host {
  static let migrationCommands: [Command<Host>] = [
    .act("migrate", MigrationTarget.arguments) { host, call in try host.migrate(call.arguments) },
    .act("migrate-incoming", MigrationTarget.incomingArguments) { host, call in
      try host.listen(call.arguments)
    },
    .act("migrate_cancel") { host, _ in try host.cancel(try host.present()) },
    .act("migrate-continue", [Member("state", .choice(statuses))]) { host, call in
      try host.proceed(from: call.arguments["state"]?.text ?? "", try host.present())
    },
    .act("migrate-start-postcopy") { _, _ in
      throw QMPError("Enable postcopy with migrate_set_capability before the start of migration")
    },
    .act("migrate-recover", [Member("uri", .text)]) { _, _ in
      throw QMPError("Migrate recover can only be run when postcopy is paused.")
    },
    .act("migrate-pause") { _, _ in
      throw QMPError(
        "migrate-pause is currently only supported during postcopy-active or postcopy-recover state"
      )
    },
    Command("query-migrate", returns: migrationType) { host, _ in
      host.migration(of: try host.present())
    },
  ]

  private static let migrationType = ValueType.object([
    Member("status", .choice(statuses), isOptional: true),
    Member("ram", .any, isOptional: true), Member("total-time", .integer, isOptional: true),
    Member("downtime", .integer, isOptional: true),
    Member("expected-downtime", .integer, isOptional: true),
    Member("setup-time", .integer, isOptional: true),
    Member("error-desc", .text, isOptional: true),
    Member("socket-address", .any, isOptional: true),
    Member("peer-version", .text, isOptional: true),
    Member("blackout-ns", .integer, isOptional: true),
    Member("phases-ns", .any, isOptional: true),
    Member("mutating-calls-before-take", .integer, isOptional: true),
  ])

  private func migrate(_ arguments: [String: JSONValue]) throws {
    let machine = try present()
    let address = try MigrationTarget.address(arguments)
    try checkMode(arguments)
    try MigrationTarget.checkBeginning(arguments, isUnderWay: machine.outgoing.isUnderWay)
    switch machine.runner.state {
    case .inmigrate: throw QMPError("Guest is waiting for an incoming migration")
    case .postmigrate:
      throw QMPError("Can't migrate the vm that was paused due to previous migration")
    case .prelaunch, .running, .paused, .finishMigrate, .shutdown: break
    }
    try machine.outgoing.migrate(to: address, machine.parameters)
  }

  /// QEMU's other modes end the process, or start the next one from it.
  private func checkMode(_ arguments: [String: JSONValue]) throws(QMPError) {
    let mode = otherParameters["mode"]?.text ?? "normal"
    guard mode != "normal" else { return }
    let kinds = (arguments["channels"]?.elements ?? []).map { $0["channel-type"]?.text }
    if mode == "cpr-transfer", !kinds.contains("cpr") {
      throw QMPError("missing 'cpr' migration channel")
    }
    throw QMPError("Parameter 'mode' is '\(mode)', and a handover on one host is 'normal'")
  }

  private func cancel(_ machine: VirtualMachine) throws {
    if machine.isIncoming, machine.runner.state == .inmigrate {
      try machine.incoming.cancel()
    } else {
      machine.outgoing.cancel()
    }
  }

  private func proceed(from state: String, _ machine: VirtualMachine) throws {
    let status = "\(machine.outgoing.status.qapiName)"
    let waiting = "\(MigrationStatus.preSwitchover.qapiName)"
    guard state == status, state == waiting else {
      // QEMU expects what the user says; one that does not wait cannot be continued either.
      let expected = state == status ? waiting : state
      throw QMPError("Migration not in expected state: \(status) (expected: \(expected))")
    }
    try machine.outgoing.proceed()
  }

  /// A host that gave its guest away may take another one: its machine is made anew.
  private func listen(_ arguments: [String: JSONValue]) throws {
    let machine = try present()
    switch machine.runner.state {
    case .inmigrate where machine.incoming.isUnderWay:
      throw QMPError("The incoming migration has already been started")
    case .inmigrate:
      try machine.incoming.listen(at: MigrationTarget.address(arguments), machine.parameters)
    case .postmigrate:
      let address = try MigrationTarget.address(arguments)
      let (parameters, configuration) = (machine.parameters, machine.configuration)
      machine.shutDown()
      former.append(machine)
      self.machine = nil
      try makeMachine(configuration, isIncoming: true, parameters: parameters)
      try self.machine?.incoming.listen(at: address, parameters)
    case .prelaunch, .running, .paused, .finishMigrate, .shutdown:
      throw QMPError("'-incoming' was not specified on the command line")
    }
    exitsOnError = arguments["exit-on-error"]?.bool ?? false
  }
}

extension Migration {
  /// Whether an attempt has begun and not ended.
  var isUnderWay: Bool {
    switch status {
    case .none, .completed, .failed, .cancelled: false
    case .setup, .cancelling, .active, .preSwitchover, .device: true
    }
  }
}
