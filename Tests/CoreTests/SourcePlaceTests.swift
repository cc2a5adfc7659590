import BatonCore
import Testing

/// Mistakes are told with the line of the definition that they are about.
@Suite(.timeLimit(.minutes(15))) struct SourcePlaceTests {
  /// The mistakes, each with its line counted from another one.
  private func mistakes<C: Chart>(_ chart: C.Type, from line: Int) -> [String] {
    do {
      _ = try Table(chart)
      return []
    } catch {
      #expect(error.places.count == error.mistakes.count)
      #expect(error.places.allSatisfy { $0?.file == "CoreTests/SourcePlaceTests.swift" })
      return zip(error.places, error.descriptions).map { "\(($0?.line ?? 0) - line): \($1)" }
    }
  }

  @Test func `a transition's mistakes have its line`() {
    let top = #line
    enum Wrong: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) {
            on(.go, to: .b)
            on(.go, if: .yes, to: .c)
            always(to: .c)
            always(
              if: .yes,
              to: .c)
            done(to: .c)
          }
          rest
        }
      }
    }
    #expect(
      mistakes(Wrong.self, from: top) == [
        "3: state b is never declared", "5: unknown target b of a transition in a",
        "6: a: a transition on event go follows one without guard",
        "8: a: a transition on no event follows one without guard",
        "4: a waits for done without a final child",
      ])
  }

  @Test func `equal mistakes have a line each`() {
    let top = #line
    enum Twice: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) {
            on(.go, do: .act)
            on(.go, to: .c)
            on(.go, .go, to: .c)
          }
          state(.a) { ignore(.back) }
          state(.b)
          state(.a)
          rest
        }
      }
    }
    #expect(
      mistakes(Twice.self, from: top) == [
        "9: two states are named a", "11: two states are named a",
        "6: a: a transition on event go follows one without guard",
        "7: a: a transition on event go follows one without guard",
        "7: a: a transition on event go follows one without guard",
      ])
  }

  @Test func `what states share stands where it is used, what they hold where it is written`() {
    let top = #line
    enum Shared: Tiny {
      static var all: [Node<Self>] { [on(.go, to: .c), on(.go, to: .c)] }
      static var definition: Definition<Self> {
        chart(initial: .a) {
          on(.back, to: .a)
          state(.a) {
            all
            state(.b)
          }
          rest
        }
      }
    }
    #expect(
      mistakes(Shared.self, from: top) == [
        "5: a transition, ignore or refuse stands outside of every state",
        "6: a has no initial child",
        "7: a: a transition on event go follows one without guard",
      ])
  }

  @Test func `an error tells the places, as compilers do`() throws {
    enum Lost: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) { on(.go, to: .c) }
          state(.b)
          rest
        }
      }
    }
    let line = #line - 5
    let error = #expect(throws: ChartError.self) { try Table(Lost.self) }
    let text = "CoreTests/SourcePlaceTests.swift:\(line): state b is unreachable"
    #expect(error?.located == [text])
    #expect(error?.description == "chart \(Lost.name): \(text)")
    #expect(error?.places.first??.description == "CoreTests/SourcePlaceTests.swift:\(line)")
  }
}
