/// Someone who is told of migration events, and may veto some of them.
public protocol MigrationNotified: AnyObject {
  /// Called for every event.
  ///
  /// - Throws: A veto. It counts for events that may be vetoed; for others it is dropped.
  func migration(_ event: MigrationEvent) throws(Refusal)
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
  }

  /// Tells everybody.
  ///
  /// After a veto of `preIncoming` those who had prepared themselves are told that it failed, the
  /// last one first, so that everybody is as before when the veto is thrown.
  ///
  /// - Throws: The first veto of an event that may be vetoed; those behind are not told.
  package func notify(_ event: MigrationEvent, at now: UInt64) throws(Refusal) {
    let told = entries
    for (position, entry) in told.enumerated() where isRegistered(entry) {
      guard let error = tell(event, entry, now), event.mayBeVetoed else { continue }
      if event == .preIncoming {
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
        transition: UInt16(truncatingIfNeeded: token.number), from: 0, to: 0, outcome: outcome))
  }
}

@available(*, unavailable)
extension NotifierList: Sendable {}
