public import BatonCore
public import BatonMig
import BatonQMP
import BatonVhostUser

extension NetHost {
  /// Performs one effect of the process's chart.
  func perform(_ effect: BackendChart.Effect) {
    switch effect {
    case .ask: ask()
    case .tellReady: tellReady()
    case .openControl: openControl()
    case .succeed: succeed()
    case .tellUncontrolled(let error): machine(warning: "there is no control socket: \(error)")
    case .tellUnfit:
      let why = options.successor == nil ? "there is no control socket" : "a takeover is under way"
      machine(warning: "nobody can succeed now: \(why)")
    case .tellUnstarted(let error): tellStaying("no successor is started: \(error)")
    case .tellSuccessor(let status):
      let how = status.map { "\($0)" } ?? "nobody knows how"
      tellStaying("the successor has not taken over; it ended: \(how)")
    case .end(let failure): end(failure)
    }
  }

  /// Asks the other process to hand everything over to this one.
  private func ask() {
    guard let other = options.takeover else { return }
    let meeting = "unix:\(other).\(loop.kernel.processID)"
    do {
      try incoming?.listen(at: MigrationAddress(meeting), options.parameters)
      takeover = try Takeover(
        loop, at: other, meeting: meeting, patienceMillis: options.parameters.patienceMillis
      ) { [weak self] event in
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

  /// There was to be another process, and is none.
  private func tellStaying(_ text: String) {
    Systemd(loop.kernel).tell("READY=1")
    machine(warning: text)
  }

  private func openControl() {
    do throws(SystemError) {
      if let control = options.control {
        server = try QMPServer(loop, at: control, handler: self)
      }
      life?.send(.opened)
    } catch {
      life?.send(.unopened(error))
    }
  }

  private func succeed() {
    guard let program = options.successor else { return }
    do throws(SystemError) {
      Systemd(loop.kernel).tell("RELOADING=1")
      successor = try ChildWatch(loop, spawning: program, id: Self.successorWatch, calling: self)
    } catch {
      life?.send(.unstarted(error))
    }
  }

  private func end(_ failure: BackendChart.Failure?) {
    // It may own everything by now, whatever this process knows of it.
    successor?.disown()
    switch (failure, options.takeover) {
    case (let failure?, let other?):
      self.failure = TakeoverError(control: other, failure: failure)
    case (.refused(let refusal), nil): self.failure = refusal
    case (_, _): break
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
    } else if status == .failed {
      machine(warning: "nothing is handed over: \(outgoing?.refusalText ?? "nobody knows why")")
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
