import BatonCore

/// A watcher that notes its calls and then does what the test says.
final class Recorder: Watcher {
  /// One call.
  struct Call: Equatable {
    var what: Ready
    var watch: Int
  }

  private(set) var calls: [Call] = []
  /// Done in every call, after it was noted.
  var react: (Recorder, Ready, Int) -> Void = { _, _, _ in }
  /// What it owns.
  var watches: [Int: Box<Watch>] = [:]
  var timers: [Int: Box<BatonCore.Timer>] = [:]
  /// Told when it goes.
  var onDeinit: () -> Void = {}

  // What it watches, which is to be closed after the watches are gone.
  private var watched: [Box<Descriptor>] = []

  deinit {
    watches = [:]
    onDeinit()
  }

  func ready(_ what: Ready, watch: Int) {
    calls.append(Call(what: what, watch: watch))
    react(self, what, watch)
  }

  /// The ids of the watches that called, in order.
  var order: [Int] { calls.map(\.watch) }

  func watch(_ loop: any Loop, _ descriptor: CInt, _ what: Ready, id: Int = 0) {
    watches[id] = Box(Watch(loop, descriptor: descriptor, for: what, id: id, calling: self))
  }

  /// Watches a descriptor and keeps it open for as long.
  func watch(_ loop: any Loop, _ box: Box<Descriptor>, _ what: Ready, id: Int = 0) {
    watched.append(box)
    watch(loop, box.value.number, what, id: id)
  }

  func timer(_ loop: any Loop, at deadline: UInt64, id: Int = 0) {
    let timer = BatonCore.Timer(loop, id: id, calling: self)
    timer.arm(at: deadline)
    timers[id] = Box(timer)
  }
}

/// A noncopyable value where a collection wants a copyable one.
final class Box<Value: ~Copyable> {
  var value: Value
  init(_ value: consuming Value) { self.value = value }
}
