import Testing

@testable import BatonCore

/// The smallest chart type; each test gives it another definition.
protocol Tiny: Chart
where
  State == TinyState, Event == TinyEvent, Guard == TinyGuard, Action == TinyAction,
  Effect == NoSymbol, Delay == TinyDelay, Memory == Int
{}

enum TinyState: UInt8, Symbol { case a, b, c }
enum TinyEvent: UInt8, Symbol, Message { case go, back }
enum TinyGuard: UInt8, Symbol { case yes }
enum TinyAction: UInt8, Symbol { case act, loop }
enum TinyDelay: UInt8, Symbol { case soon }

extension Tiny {
  static var name: StaticString { "Tiny" }
  static func check(_ guard: TinyGuard, _ memory: Int, _ event: TinyEvent?) -> Bool { true }
  static func run(
    _ action: TinyAction, _ memory: inout Int, _ event: TinyEvent?, _ outbox: inout Outbox<Self>
  ) {
    if action == .loop { outbox.raise(.back) }
  }
  static func nanoseconds(_ delay: TinyDelay, _ memory: Int) -> UInt64 { 1 }

  /// Everything that a sound definition of this type needs besides what a test is about.
  static var rest: Node<Self> {
    state(.c, exit: .act, .loop) {
      on(.go, if: .yes, to: .a)
      on(.back, to: .a)
      after(.soon, to: .a)
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct ChartCheckTests {
  func mistakes<C: Chart>(_ chart: C.Type) -> [String] {
    do {
      _ = try Table(chart)
      return []
    } catch {
      return error.descriptions
    }
  }

  @Test func `a sound chart has no mistakes`() {
    #expect(mistakes(Lift.self) == [])
  }

  @Test func `targets and states that are not declared, or twice, are named`() {
    enum UnknownTarget: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) { on(.go, to: .b) }
          rest
        }
      }
    }
    #expect(mistakes(UnknownTarget.self).contains("unknown target b of a transition in a"))
    #expect(mistakes(UnknownTarget.self).contains("state b is never declared"))

    enum Twice: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) { on(.go, to: .c) }
          state(.a) { on(.go, to: .b) }
          state(.b)
          rest
        }
      }
    }
    #expect(mistakes(Twice.self).contains("two states are named a"))
  }

  @Test func `states that cannot be entered are named`() {
    enum Unreachable: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) { on(.go, to: .c) }
          state(.b)
          rest
        }
      }
    }
    #expect(mistakes(Unreachable.self) == ["state b is unreachable"])

    enum NoInitial: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) {
            on(.go, to: .c)
            state(.b)
          }
          rest
        }
      }
    }
    #expect(mistakes(NoInitial.self) == ["a has no initial child"])

    enum WrongInitial: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .b) {
          state(.a, initial: .c) {
            on(.go, to: .c)
            state(.b)
          }
          rest
        }
      }
    }
    #expect(
      mistakes(WrongInitial.self)
        == ["initial b is no child of the chart", "initial c is no child of a"])
  }

  @Test func `what is declared and never used is named`() {
    enum Unused: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) { on(.go, to: .b) }
          state(.b) { on(.go, to: .c) }
          state(.c)
        }
      }
    }
    #expect(
      mistakes(Unused.self) == [
        "guard yes is never used", "action act is never used", "action loop is never used",
        "delay soon is never used", "no state handles event back",
      ])
  }

  @Test func `a transition behind one without guard is nondeterminism`() {
    enum Shadowed: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) {
            on(.go, to: .b)
            on(.go, if: .yes, to: .c)
          }
          state(.b) { on(.go, to: .c) }
          rest
        }
      }
    }
    #expect(mistakes(Shadowed.self) == ["a: a transition on event go follows one without guard"])
  }

  @Test func `a circle of eventless transitions is found`() {
    enum Circle: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) { always(to: .b) }
          state(.b) { always(to: .a) }
          state(.c, exit: .act, .loop) {
            on(.go, if: .yes, to: .a)
            on(.back, to: .a)
            after(.soon, to: .a)
          }
        }
      }
    }
    #expect(mistakes(Circle.self).contains("eventless cycle through a"))
  }

  @Test func `lines that stand outside of every state and finals that are left are named`() {
    enum Outside: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          on(.go, to: .b)
          state(.a) { on(.back, to: .b) }
          state(.b) { done(to: .c) }
          rest
        }
      }
    }
    #expect(
      mistakes(Outside.self) == [
        "a transition, ignore or refuse stands outside of every state",
        "b waits for done without a final child",
      ])
  }

  @Test func `a chart that never rests is an error and not a hang`() throws {
    enum Endless: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) {
            on(.go, do: .loop)
            on(.back, do: .loop)
            after(.soon, if: .yes, do: .act, to: .b)
          }
          state(.b) { on(.go, to: .c) }
          state(.c)
        }
      }
    }
    var machine = Machine(try Table(Endless.self), memory: 0)
    var outbox = Outbox<Endless>()
    try machine.start(at: 0, into: &outbox)
    #expect(throws: MachineError.endlessMacrostep) {
      try machine.send(.go, at: 0, into: &outbox)
    }
  }

  @Test func `gaps are the events that a leaf neither handles nor lists`() throws {
    let gaps = try Table(Lift.self).gaps
    #expect(gaps.contains { $0.state == .broken && $0.kind == .tick })
    #expect(!gaps.contains { $0.state == .idle && $0.kind == .tick })
    #expect(!gaps.contains { $0.state == .idle && $0.kind == .restart })
  }

  @Test func `the outline names every state and transition in document order`() throws {
    let outline = try Table(Lift.self).outline
    #expect(outline.states.map(\.name).prefix(4) == ["idle", "moving", "starting", "cruising"])
    #expect(outline.states[2].parent == 1 && outline.states[1].initial == 2)
    #expect(outline.transitions[0].trigger == .event("call"))
    #expect(outline.transitions[0].guard == "isElsewhere")
    #expect(outline.transitions.contains { $0.trigger == .delay("patience") })
    let targetless = outline.transitions.filter { $0.targets.isEmpty }
    #expect(targetless.count == 2 && targetless.filter(\.isInternal).count == 2)
  }
}

/// What can be wrong with regions, history and what is shadowed.
@Suite(.timeLimit(.minutes(15))) struct RegionCheckTests {
  private func mistakes<C: Chart>(_ chart: C.Type) -> [String] {
    do {
      _ = try Table(chart)
      return []
    } catch {
      return error.descriptions
    }
  }

  @Test func `a transition that no leaf comes to is named`() {
    enum Shadowed: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a, initial: .b) {
            on(.go, to: .c)
            state(.b) {
              on(.go, to: .c)
              ignore(.back)
            }
          }
          rest
        }
      }
    }
    #expect(mistakes(Shadowed.self) == ["a: no leaf comes to the transition on event go"])
  }

  @Test func `a parallel state with one region, or with a final one, is named`() {
    enum Alone: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          parallel(.a) {
            on(.go, to: .c)
            state(.b)
          }
          rest
        }
      }
    }
    #expect(mistakes(Alone.self) == ["parallel a has less than two regions"])
    enum Final: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          parallel(.a, entry: .act, .loop) {
            on(.go, if: .yes, to: .a)
            on(.back, to: .a)
            after(.soon, to: .a)
            state(.b)
            final(.c)
          }
        }
      }
    }
    #expect(mistakes(Final.self) == ["final state c is a region"])
  }

  @Test func `targets that can't be active together are named`() {
    enum Apart: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) { on(.go, to: [.b, .c]) }
          state(.b) { on(.go, to: .c) }
          rest
        }
      }
    }
    #expect(
      mistakes(Apart.self).contains("the targets of a transition in a can't be active together"))
  }

  @Test func `a history with a default elsewhere, or that nobody wants, is named`() {
    enum Elsewhere: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .c) {
          state(.c, initial: .a, exit: .act, .loop) {
            on(.go, if: .yes, to: .b)
            on(.back, to: .c)
            after(.soon, to: .c)
            state(.a)
            history(.b, to: .c)
          }
        }
      }
    }
    #expect(
      mistakes(Elsewhere.self).contains("the default of history b does not lie in its parent"))
    enum Useless: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .c) {
          state(.c, initial: .a, exit: .act, .loop) {
            on(.go, if: .yes, to: .c)
            on(.back, to: .c)
            after(.soon, to: .c)
            state(.a)
            history(.b, to: .a)
          }
        }
      }
    }
    #expect(mistakes(Useless.self).contains("no transition leads to history b"))
  }

  @Test func `a parallel state is done only when each region can be`() {
    enum Never: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          parallel(.a, entry: .act, .loop) {
            on(.go, if: .yes, to: .a)
            on(.back, to: .a)
            after(.soon, to: .a)
            done(to: .a)
            state(.b)
            state(.c)
          }
        }
      }
    }
    #expect(mistakes(Never.self) == ["a waits for done without a final child"])
  }

  @Test func `a state that nothing leaves is told of, and is no mistake`() throws {
    enum Trap: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) { on(.go, to: .b) }
          state(.b)
          state(.c, entry: .act, .loop) {
            on(.go, if: .yes, to: .c)
            on(.back, to: .a)
            after(.soon, to: .a)
          }
        }
      }
    }
    #expect(mistakes(Trap.self) == ["state c is unreachable"])
    #expect(Table<Trap>(Plan(Trap.definition)).traps == [.b])
  }
}
