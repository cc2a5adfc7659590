public import BatonCore
public import BatonMig
import BatonVhostUser

extension NetHost {
  /// Performs one effect of the process's chart.
  func perform(_ effect: BackendChart.Effect) {
    switch effect {
    case .ask: ask()
    case .tellReady: tellReady()
    case .openControl: openControl()
    case .succeed: succeed()
    case .tellUnfit:
      let why = options.successor == nil ? "there is no control socket" : "a takeover is under way"
      machine(warning: "nobody can succeed now: \(why)")
    case .tellSuccessor(let status):
      Systemd(loop.kernel).tell("READY=1")
      let how = status.map { "\($0)" } ?? "nobody knows how"
      machine(warning: "the successor has not taken over; it ended: \(how)")
    case .end(let failure): end(failure)
    }
  }

  /// Asks the other process to hand everything over to this one.
  private func ask() {
    guard let other = options.takeover else { return }
    let meeting = "unix:\(other).\(loop.kernel.processID)"
    do {
      try incoming?.listen(at: MigrationAddress(meeting), options.parameters)
      takeover = try Takeover(loop, at: other, meeting: meeting) { [weak self] event in
        self?.life?.send(event)
      }
    } catch let error as SystemError {
      life?.send(.refused(Refusal(error)))
    } catch let error as Refusal {
      life?.send(.refused(error))
    } catch {
      life?.send(.declined("\(error)"))
    }
  }

  private func tellReady() {
    let first = ports.first
    let socket = first?.options.meeting.path.map { "\($0)" } ?? "\(first?.name ?? Name())"
    output?.write("ready \(socket)\n")
    log(LogLine(.info, "ready", metadata: ["socket": socket, "ports": "\(ports.count)"]))
    Systemd(loop.kernel).tell("MAINPID=\(loop.kernel.processID)\nREADY=1")
  }

  private func openControl() {
    guard let control = options.control else { return }
    do throws(SystemError) { server = try ControlServer(loop, at: control, handler: self) } catch {
      // A guest is served: without commands, but served. Who begins afresh is told.
      machine(warning: "there is no control socket: \(error)")
      if options.takeover == nil {
        failure = failure ?? Refusal(error)
        life?.send(.quit)
      }
    }
  }

  private func succeed() {
    guard let program = options.successor else {
      life?.send(.successorEnded(nil))
      return
    }
    do throws(SystemError) {
      Systemd(loop.kernel).tell("RELOADING=1")
      successor = try ChildWatch(loop, spawning: program, id: Self.successorWatch, calling: self)
    } catch {
      machine(warning: "\(program.path) is not started: \(error)")
      life?.send(.successorEnded(nil))
    }
  }

  private func end(_ failure: BackendChart.Failure?) {
    // It may own everything by now, whatever this process knows of it.
    successor?.disown()
    if let failure, let other = options.takeover {
      self.failure = self.failure ?? TakeoverError(control: other, failure: failure)
    }
    loop.stop()
  }
}

/// What the migrations tell.
extension NetHost: MigrationWatcher {
  /// A migration has a new status.
  public func migration(status: MigrationStatus) {
    machine(event: "MIGRATION", data: ["status": "\(status.qapiName)"])
    if options.takeover != nil, outgoing?.status == MigrationStatus.none {
      told(incoming: status)
    } else if status == .completed {
      life?.send(.gaveAway)
    }
  }

  private func told(incoming status: MigrationStatus) {
    switch status {
    case .active: life?.send(.receiving)
    case .completed: life?.send(.tookOver)
    case .failed, .cancelled: life?.send(.refused(incoming?.refusal ?? Refusal(.cancelled)))
    case .none, .setup, .cancelling, .preSwitchover, .device: break
    }
  }

  /// Something went wrong that ends nothing.
  public func migration(warning: Refusal) { machine(warning: "\(warning)") }
}
