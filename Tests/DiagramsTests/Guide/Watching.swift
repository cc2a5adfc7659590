import BatonCore
import BatonDiagrams

// The code of Sources/Diagrams/BatonDiagrams.docc/WatchARun.md.

enum Door: Chart {
  enum State: UInt8, Symbol { case shut, open }
  enum Event: UInt8, Symbol, Message { case pull, push }
  typealias Effect = NoSymbol
  struct Memory: Hashable {}

  static let name: StaticString = "Door"
  static var definition: Definition<Self> {
    chart(initial: .shut) {
      state(.shut) {
        on(.pull, to: .open)
        ignore(.push)
      }
      state(.open) {
        on(.push, to: .shut)
        ignore(.pull)
      }
    }
  }
}

func watchedRun(on loop: any Loop) throws -> ChartPage {
  let table = try Table(Door.self)
  let trace = Trace(capacity: 1_000)
  trace.wantsDetail = true
  let number = trace.register(Legend(table, instance: "north"))
  let door = Driver(loop, table, memory: .init(), number: number, observer: trace)
  door.start()
  door.send(.pull)

  var page = ChartPage(title: "A door", charts: [table.outline])
  page.trace = trace.jsonLines
  page.facts = [.init("machines", "1")]
  return page
}
