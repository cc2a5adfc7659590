import BatonHost
import Testing

/// Where a process stops itself for a rehearsal, as a command line says it.
@Suite(.timeLimit(.minutes(15)))
struct StopPlaceTests {
  @Test func `a place is a chart and a state, before the effects of entering it`() throws {
    let place = try #require(HostObserver.Place("Incoming/taken"))
    #expect(place.chart == "Incoming")
    #expect(place.state == "taken")
    #expect(!place.isAfterEffects)
  }

  @Test(arguments: ["", "/", "Incoming", "Incoming/", "/taken", "Incoming/taken/now"])
  func `what is no place is refused`(text: String) {
    #expect(HostObserver.Place(text) == nil)
  }
}
