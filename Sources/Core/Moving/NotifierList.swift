/// Someone who is told of migration events, and may veto some of them.
public protocol MigrationNotified: AnyObject {
  /// Called for every event.
  ///
  /// - Throws: A veto. It counts for events that may be vetoed; for others it is dropped.
  func migration(_ event: MigrationEvent) throws(Refusal)

  /// Whether it needs time after it was told of `preIncoming`: then no source is met before
  /// ``NotifierList/prepared(_:vetoing:)`` is called, or the migration's patience is over.
  var isPreparing: Bool { get }
}

extension MigrationNotified {
  /// Whoever does at once what is to be done is ready.
  public var isPreparing: Bool { false }
}

/// Someone who waits until all who were told are ready.
package protocol PreparationWaiter: AnyObject {
  /// All are; or one does not want it after all.
  func prepared(_ refusal: Refusal?)
}

/// Who is told of migration events, by priority (higher first), then in order of registration.
///
/// Safe against changes while notifying: who is removed is not told any more, who is added is told
/// from the next event on. Every notification is a transition record.
public final class NotifierList {
  /// Names one registration, so that it can be ended with ``NotifierList/remove(_:)``.
  public struct Token: Hashable, Sendable {
    let number: UInt64
  }

  private struct Entry {
    let token: Token
    let priority: Int8
    let notified: any MigrationNotified
  }

  private var entries: [Entry] = []
  private var next: UInt64 = 1
  private var preparing: [Token] = []
  private unowned(unsafe) var waiting: (any PreparationWaiter)?
  private let machine: UInt16
  private let observer: (any Observer)?

  /// An empty list.
  ///
  /// - Parameters:
  ///   - machine: The number under which records speak of the list.
  ///   - observer: Sees every notification.
  public init(machine: UInt16 = 0, observer: (any Observer)? = nil) {
    self.machine = machine
    self.observer = observer
  }

  /// Registers someone; the list keeps them alive until removed.
  @discardableResult
  public func add(_ notified: any MigrationNotified, priority: Int8 = 0) -> Token {
    let entry = Entry(token: Token(number: next), priority: priority, notified: notified)
    next += 1
    let position = entries.firstIndex { $0.priority < priority } ?? entries.count
    entries.insert(entry, at: position)
    return entry.token
  }

  /// Ends a registration; also legal while notifying, and for a token that is gone.
  public func remove(_ token: Token) {
    entries.removeAll { $0.token == token }
    prepared(token)
  }

  /// Whether somebody who was told that a migration comes in is not ready yet.
  package var isPreparing: Bool { !preparing.isEmpty }

  /// Who waits for those who are not ready yet; takes itself away before it goes.
  package var waiter: (any PreparationWaiter)? {
    get {
      // Safe: it takes itself away before it goes.
      unsafe waiting
    }
    set {
      // Safe: only the reference is stored; `get` says why it may be used.
      unsafe waiting = newValue
    }
  }

  /// Ends what ``MigrationNotified/isPreparing`` has begun; without effect when that is over.
  ///
  /// - Parameters:
  ///   - token: The registration of who is ready.
  ///   - refusal: Why the migration cannot come in after all; nil when it can.
  public func prepared(_ token: Token, vetoing refusal: Refusal? = nil) {
    guard let position = preparing.firstIndex(of: token) else { return }
    preparing.remove(at: position)
    if refusal != nil { preparing = [] }
    if preparing.isEmpty { waiter?.prepared(refusal) }
  }

  /// Tells everybody.
  ///
  /// After a veto of `preIncoming` those who had prepared themselves are told that it failed, the
  /// last one first, so that everybody is as before when the veto is thrown.
  ///
  /// - Throws: The first veto of an event that may be vetoed; those behind are not told.
  package func notify(_ event: MigrationEvent, at now: UInt64) throws(Refusal) {
    let told = entries
    // What a source says has nothing to do with a guest that comes in.
    if event.isIncoming { preparing = [] }
    for (position, entry) in told.enumerated() where isRegistered(entry) {
      guard let error = tell(event, entry, now), event.mayBeVetoed else { continue }
      if event == .preIncoming {
        preparing = []
        for earlier in told[..<position].reversed() where isRegistered(earlier) {
          _ = tell(.incomingFailed, earlier, now)
        }
      }
      throw error
    }
  }

  private func isRegistered(_ entry: Entry) -> Bool {
    entries.contains { $0.token == entry.token }
  }

  /// Tells one; what it answers is its veto.
  private func tell(_ event: MigrationEvent, _ entry: Entry, _ now: UInt64) -> Refusal? {
    do {
      try entry.notified.migration(event)
      record(event, entry.token, .taken, now)
      if event == .preIncoming, entry.notified.isPreparing { preparing.append(entry.token) }
      return nil
    } catch {
      record(event, entry.token, .refused, now)
      return error
    }
  }

  private func record(_ event: MigrationEvent, _ token: Token, _ outcome: Outcome, _ now: UInt64) {
    observer?.observed(
      TransitionRecord(
        time: now, machine: machine, trigger: UInt16(event.rawValue),
        transition: UInt32(UInt16(truncatingIfNeeded: token.number)), from: 0, to: 0,
        outcome: outcome))
  }
}

@available(*, unavailable)
extension NotifierList: Sendable {}
