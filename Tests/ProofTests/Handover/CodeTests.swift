import BatonCore
import BatonMig
import Testing

@testable import BatonProof

/// The bytes in which the model keeps events and effects of both charts.
@Suite(.timeLimit(.minutes(15))) struct CodeTests {
  @Test func `every event has a code of its own, and comes back from it`() {
    checkEvents(OutgoingChart.self)
    checkEvents(IncomingChart.self)
  }

  private func checkEvents<C: PlayedChart>(_ chart: C.Type) {
    let all = Told<C>.all
    let codes = Set(all.map(\.code))
    #expect(codes.count == all.count)
    #expect(!codes.contains(0) && !codes.contains(Told<C>.timeout.code))
    #expect(Told<C>.timeout.event == nil)
    #expect(Set(all.compactMap(\.event)).count == all.count)
    for told in all {
      #expect(told.event?.kind == told.kind && told.payload < C.payloads(of: told.kind!))
    }
  }

  @Test func `every effect has two codes of its own, and comes back from them`() {
    checkEffects(OutgoingChart.self)
    checkEffects(IncomingChart.self)
  }

  private func checkEffects<C: PlayedChart>(_ chart: C.Type) {
    let all = C.Effect.Kind.allCases.map { Work<C>($0) }
    let codes = Set((all + all.map(\.secondHalf)).map(\.code))
    #expect(codes.count == 2 * all.count && !codes.contains(0))
    #expect(codes.allSatisfy { $0 < HandoverAction.failing })
    for (kind, work) in zip(C.Effect.Kind.allCases, all) {
      #expect(work.kind == kind && work.secondHalf.kind == kind)
      #expect(!work.isSecondHalf && work.secondHalf.isSecondHalf)
    }
  }

  @Test func `a queue gives back what was put into it, up to eight`() {
    var codes = Codes()
    var room: [Bool] = []
    for code: UInt8 in 2...8 { room.append(codes.push(code)) }
    room.append(codes.pushFirst(1))
    #expect(room == Array(repeating: true, count: 8))
    room = [codes.push(9), codes.pushFirst(9)]
    #expect(room == [false, false])
    #expect(codes.all == Array(1...8))
    let first = codes.popFirst()
    #expect(first == 1 && codes.first == 2)
  }
}
