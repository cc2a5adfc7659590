import Testing

@testable import BatonCore

@Suite(.timeLimit(.minutes(15))) struct RoundListTests {
  @Test func `an entry that goes while the list is called is forgotten`() {
    let list = RoundList()
    let recorder = Recorder()
    let registrations = (0..<3).map { list.add(watcher: recorder, watch: $0) }
    recorder.react = { _, _, id in
      if id == 0 { for registration in registrations { list.remove(registration) } }
    }
    list.end()
    #expect(recorder.order == [0])
    #expect(list.isEmpty)
  }
}
