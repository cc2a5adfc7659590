import CBaton
import Dispatch
import Foundation
import Synchronization
import Testing

@testable import BatonEmbed

/// Machines of tables that are saved and restored, and those that are misused.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ChartStateTests {
  static func save(_ machine: OpaquePointer?) -> [UInt8] {
    var bytes = Array(repeating: UInt8(0), count: baton_machine_save(machine, nil, 0))
    #expect(baton_machine_save(machine, &bytes, bytes.count) == bytes.count)
    return bytes
  }

  private func restore(
    _ machine: OpaquePointer?, _ bytes: [UInt8], _ timers: CInt = 0
  ) -> (answer: CInt, text: String) {
    var why = Calls.refusal()
    let answer = baton_machine_restore(machine, bytes, bytes.count, timers, &why)
    return (answer, answer == 0 ? "" : Calls.text(why))
  }

  // MARK: Saved

  @Test func `another machine goes on where one was saved, with what it deferred`() throws {
    var bytes: [UInt8] = []
    try ChartTests.run(.worker) { machine, _, _ in
      #expect(ChartTests.send(machine, 1) == 0 && ChartTests.send(machine, 2, 77) == 3)
      bytes = Self.save(machine)
      #expect(Self.save(machine).count == bytes.count)
    }
    try ChartTests.run(.worker, starts: false) { machine, log, _ in
      #expect(baton_machine_save(machine, nil, 0) == 0 && baton_machine_state(machine) == 0)
      #expect(restore(machine, bytes).answer == 0)
      #expect(log.lines == [] && baton_machine_state(machine) == 2)
      #expect(ChartTests.send(machine, 3) == 0 && log.lines == ["0 2:77"])
    }
  }

  @Test func `regions, history and the end are restored`() throws {
    var states: [[UInt8]] = []
    var configurations: [[UInt32]] = []
    try ChartTests.run(.regions) { machine, _, _ in
      for event in [UInt32(1), 2, 1] {
        states.append(Self.save(machine))
        configurations.append(ChartTests.configuration(machine))
        _ = ChartTests.send(machine, event)
      }
    }
    try ChartTests.run(.regions) { machine, log, _ in
      log.lines = []
      for (bytes, configuration) in zip(states, configurations).reversed() {
        #expect(restore(machine, bytes).answer == 0)
        #expect(ChartTests.configuration(machine) == configuration)
        #expect(Self.save(machine).count == bytes.count)
      }
      // An end that was restored is not told; one that comes behind it is.
      #expect(log.lines == [])
      #expect(ChartTests.send(machine, 1) == 0 && ChartTests.send(machine, 2) == 0)
      #expect(log.lines.last == "done")
    }
  }

  @Test(arguments: [0, 1, 2] as [CInt])
  func `a delay goes on as it is told`(timers: CInt) throws {
    let door = Blueprint.door
    door.delays[0].nanoseconds = 1_000_000
    var bytes: [UInt8] = []
    try ChartTests.run(door) { machine, _, _ in
      #expect(ChartTests.send(machine, 1) == 0)
      bytes = Self.save(machine)
    }
    try ChartTests.run(door, starts: false) { machine, log, _ in
      #expect(restore(machine, bytes, timers).answer == 0)
      let began = baton_loop_now(log.loop)
      while baton_machine_state(machine) == 2, baton_loop_now(log.loop) - began < 20_000_000_000 {
        #expect(baton_loop_turn(log.loop, 1) >= 0)
      }
      #expect(log.lines == ["3", "0"])
    }
  }

  @Test func `what is no state of this chart is refused by name, and changes nothing`() throws {
    var door: [UInt8] = []
    try ChartTests.run(.door) { machine, _, _ in door = Self.save(machine) }
    try ChartTests.run(.worker) { machine, _, _ in
      _ = ChartTests.send(machine, 1)
      let bytes = Self.save(machine)
      let cases: [(bytes: [UInt8], text: String)] = [
        ([], "no state of a machine"), (Array("BTNM".utf8), "no state of a machine"),
        (Array(bytes.prefix(4)) + [2, 0] + bytes.dropFirst(6), "of version 2 of the format"),
        (door, "are of chart door, and not of worker"), (bytes + [0], "cannot be"),
        (Array(bytes.dropLast()), "cannot be"),
      ]
      for (bytes, text) in cases {
        let (answer, said) = restore(machine, bytes)
        #expect(answer == -1 && said.contains(text), "\(said)")
      }
      #expect(baton_machine_state(machine) == 2)
    }
    let other = Blueprint.worker
    other.states[1].refused = [3]
    try ChartTests.run(other) { machine, _, _ in
      var bytes = Self.save(machine)
      bytes.removeAll()
      try ChartTests.run(.worker) { worker, _, _ in bytes = Self.save(worker) }
      #expect(restore(machine, bytes).text.contains("state idle of worker is another one"))
    }
  }

  /// A configuration of as many states as its tree wants.
  private func isWhole(_ machine: OpaquePointer, _ blueprint: Blueprint) -> Bool {
    let active = ChartTests.configuration(machine)
    func count(below state: UInt32) -> Int? {
      let rows = blueprint.states.indices.dropFirst().filter {
        blueprint.states[$0].parent == state && blueprint.states[$0].kind < 3
      }
      let inside = rows.filter { active.contains(UInt32($0)) }
      let isParallel = state > 0 && blueprint.states[Int(state)].kind == 1
      guard rows.isEmpty || inside.count == (isParallel ? rows.count : 1) else { return nil }
      return inside.reduce(inside.count) { sum, row in
        sum.flatMap { sum in count(below: UInt32(row)).map { sum + $0 } }
      }
    }
    return count(below: 0) == active.count
  }

  @Test func `no byte of a state can be changed into one that cannot be`() throws {
    for blueprint in [Blueprint.door, .regions, .worker, .player] {
      try ChartTests.run(blueprint) { machine, log, _ in
        for event in UInt32(1)...2 { _ = ChartTests.send(machine, event, 3) }
        let good = Self.save(machine)
        var taken = 0
        for place in good.indices {
          for bit in [UInt8(1), 2, 4, 0x10, 0x80] {
            var bytes = good
            bytes[place] ^= bit
            if restore(machine, bytes).answer == 0 { taken += 1 }
            #expect(isWhole(machine, blueprint), "byte \(place) of \(good.count)")
            for event in UInt32(1)...UInt32(blueprint.events.count) {
              _ = ChartTests.send(machine, event)
            }
            _ = baton_loop_turn(log.loop, 0)
            #expect(isWhole(machine, blueprint), "behind byte \(place) of \(good.count)")
          }
        }
        // Times and the bytes of events are free.
        #expect(taken > 0 && taken < good.count * 5)
      }
    }
  }

  // MARK: Misuse

  private func answering(_ body: () throws -> Void) throws {
    Misuse.toleranceCount.add(1, ordering: .relaxed)
    defer { Misuse.toleranceCount.subtract(1, ordering: .relaxed) }
    try body()
  }

  @Test func `a machine is not used in its own actions and guards`() throws {
    try answering {
      try ChartTests.run(.door) { machine, log, chart in
        var answers: [CInt] = []
        func use() {
          answers += [
            baton_machine_destroy(machine), baton_machine_start(machine, nil),
            baton_machine_restore(machine, nil, 0, 0, nil), baton_loop_run(log.loop),
            baton_chart_destroy(chart), baton_loop_destroy(log.loop),
          ]
          let zeros = [
            Int(baton_machine_state(machine)), Int(baton_machine_in(machine, 1)),
            baton_machine_configuration(machine, nil, 0), Int(baton_machine_is_done(machine)),
            baton_machine_save(machine, nil, 0),
          ]
          #expect(zeros == [0, 0, 0, 0, 0])
        }
        log.hooks[1] = { _, _ in use() }
        log.asked = {
          use()
          answers.append(baton_machine_send(machine, 1, nil, 0, nil))
          answers.append(baton_machine_raise(machine, 1, nil, 0))
        }
        #expect(ChartTests.send(machine, 1) == 0)
        #expect(answers == Array(repeating: -2, count: 14))
        #expect(baton_machine_raise(machine, 1, nil, 0) == -2)
        #expect(baton_machine_fail(machine, 1, nil, 0) == -2)
        #expect(baton_machine_finish(machine, 1, nil, 0) == -2)
        #expect(baton_machine_send_after(machine, 1, 1, 1, nil, 0) == -2)
        #expect(baton_machine_cancel(machine, 1) == -2)
        #expect(baton_machine_start(machine, nil) == -2)
        #expect(baton_chart_destroy(chart) == -2)
      }
    }
  }

  @Test func `events that are none are misuse`() throws {
    try answering {
      try ChartTests.run(.door, starts: false) { machine, _, _ in
        #expect(ChartTests.send(machine, 1) == -2)
        #expect(baton_machine_start(machine, nil) == 0)
        #expect([ChartTests.send(machine, 0), ChartTests.send(machine, 5)] == [-2, -2])
        #expect(ChartTests.send(machine, UInt32(BATON_ANY)) == -2)
        let data = Array(repeating: UInt8(1), count: 57)
        #expect(baton_machine_send(machine, 1, data, 57, nil) == -2)
        #expect(baton_machine_send(machine, 1, data, -1, nil) == -2)
        #expect(baton_machine_send(machine, 1, nil, 1, nil) == -2)
        #expect(baton_machine_restore(machine, data, 57, 3, nil) == -2)
        #expect(baton_machine_restore(machine, nil, 4, 0, nil) == -2)
        #expect(baton_machine_in(machine, 0) == 0 && baton_machine_in(machine, 9) == 0)
        #expect(baton_machine_send(machine, 1, data, 56, nil) == 0)
      }
    }
  }

  @Test func `NULL, strangers and other threads are misuse`() throws {
    try answering {
      try ChartTests.run(.door) { machine, log, chart in
        for stranger in [nil, log.loop, chart] {
          #expect(baton_machine_destroy(stranger) == -2)
          #expect(ChartTests.send(stranger, 1) == -2)
          #expect(baton_machine_state(stranger) == 0 && Self.save(stranger).isEmpty)
        }
        for stranger in [nil, log.loop, machine] {
          #expect(baton_chart_destroy(stranger) == -2)
          #expect(baton_chart_draw(stranger, "svg", nil, 0) == 0)
        }
        var made: OpaquePointer?
        #expect(baton_chart_create(log.loop, nil, nil, 0, nil, &made, nil) == -2)
        var unsized = baton_chart_tables()
        #expect(baton_chart_create(log.loop, &unsized, nil, 0, nil, &made, nil) == -2)
        #expect(baton_machine_create(chart, log.loop, nil, nil, &made) == -2)
        #expect(baton_machine_create(chart, nil, nil, nil, nil) == -2)
        let (address, done) = (UInt(bitPattern: machine), DispatchSemaphore(value: 0))
        let answer = Mutex<CInt>(0)
        Thread {
          let elsewhere = baton_machine_send(OpaquePointer(bitPattern: address), 1, nil, 0, nil)
          answer.withLock { $0 = elsewhere }
          done.signal()
        }.start()
        #expect(done.wait(timeout: .now() + 20) == .success)
        #expect(answer.withLock { $0 } == -2)
      }
    }
  }

  @Test func `a machine may be destroyed when it says that it is done`() throws {
    var (loop, machine): (OpaquePointer?, OpaquePointer?)
    try #require(baton_loop_create(&loop, nil) == 0)
    let chart = Blueprint()
    chart.states = [.init(name: "short", initial: 1), .init(name: "a"), .init(name: "b", kind: 2)]
    chart.events = ["go"]
    chart.transitions = [.init(source: 1, event: 1, targets: [2])]
    let built = chart.build(on: loop)
    let calls = Calls()
    var given = baton_machine_calls()
    given.size = UInt32(MemoryLayout<baton_machine_calls>.size)
    given.done = { _ = Calls.of($0, "done") }
    #expect(baton_machine_create(built.chart, nil, &given, calls.context, &machine) == 0)
    calls.inside = { #expect(baton_machine_destroy(machine) == 0) }
    #expect(baton_machine_start(machine, nil) == 0 && ChartTests.send(machine, 1) == 0)
    #expect(calls.counts["done"] == 1)
    #expect(baton_chart_destroy(built.chart) == 0 && baton_loop_destroy(loop) == 0)
  }
}
