import BatonCore

extension RelayChart {
  /// What QEMUs say, or the relay's user.
  package enum Event: Message, Hashable {
    /// What the source says of itself.
    case source(Seen)
    /// What the target says of itself.
    case target(Seen)
    /// There is no source, or its process has ended.
    case sourceGone
    /// There is no target, or its process has ended.
    case targetGone
    /// Both were asked.
    case surveyed
    /// The target was started, and answers.
    case launched
    /// It could not be started, or cannot be spoken to.
    case unlaunched
    /// Both machines are the same, as far as can be seen.
    case fits
    /// They are not.
    case differs
    /// Both know how to migrate, and the target listens.
    case prepared
    /// One of them has refused something of that.
    case unprepared
    /// The source's migration is at this stage.
    case status(MigrationStage)
    /// The source has refused a command of the migration.
    case refused
    /// The user does not want it any more.
    case quit

    /// Events without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the events.
      case source, target, sourceGone, targetGone, surveyed, launched, unlaunched, fits, differs
      case prepared, unprepared, status, refused, quit
    }

    /// What the source says of its migration.
    var stage: MigrationStage? {
      switch self {
      case .source(let seen): seen.migration
      case .status(let stage): stage
      case .target, .sourceGone, .targetGone, .surveyed, .launched, .unlaunched, .fits, .differs,
        .prepared, .unprepared, .refused, .quit:
        nil
      }
    }

    /// The name that transitions know it by.
    package var kind: Kind {
      switch self {
      case .source: .source
      case .target: .target
      case .sourceGone: .sourceGone
      case .targetGone: .targetGone
      case .surveyed: .surveyed
      case .launched: .launched
      case .unlaunched: .unlaunched
      case .fits: .fits
      case .differs: .differs
      case .prepared: .prepared
      case .unprepared: .unprepared
      case .status: .status
      case .refused: .refused
      case .quit: .quit
      }
    }
  }

  /// What the driver is asked for.
  package enum Effect: Message, Hashable {
    /// Connect to both and ask what they are doing; ends with `surveyed`.
    case survey
    /// Start the target with its monitor, and connect.
    case launch
    /// Compare both machines.
    case compare
    /// Set capabilities and parameters on both, and have the target listen.
    case prepare
    /// Have the source of a migration that is under way send as fast as it may.
    case adjust
    /// Have the source migrate, and follow it.
    case migrate
    /// Follow a migration that is under way.
    case follow
    /// Let it switch over.
    case proceed
    /// Have it give up, and ask how far it is.
    case cancelMigration
    /// Ask the source what it is doing.
    case askSource
    /// Ask the target what it is doing.
    case askTarget
    /// End the target's process.
    case endTarget
    /// Continue the guest at the source, and ask it.
    case contSource
    /// End the source's process.
    case quitSource
    /// It is over.
    case end(Result)

    /// Effects without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the effects.
      case survey, launch, compare, prepare, adjust, migrate, follow, proceed, cancelMigration,
        askSource
      case askTarget, endTarget, contSource, quitSource, end
    }

    /// The name that drawings know it by.
    package var kind: Kind {
      switch self {
      case .survey: .survey
      case .launch: .launch
      case .compare: .compare
      case .prepare: .prepare
      case .adjust: .adjust
      case .migrate: .migrate
      case .follow: .follow
      case .proceed: .proceed
      case .cancelMigration: .cancelMigration
      case .askSource: .askSource
      case .askTarget: .askTarget
      case .endTarget: .endTarget
      case .contSource: .contSource
      case .quitSource: .quitSource
      case .end: .end
      }
    }
  }

  /// How it ended.
  package struct Result: Hashable, Sendable {
    /// Where the guest is, as far as is known.
    package var place: Place
    /// Why the target did not get the guest; nil when it did, and when nothing was to be moved.
    package var cause: Cause?

    package init(_ place: Place, _ cause: Cause?) {
      self.place = place
      self.cause = cause
    }
  }

  /// Where the guest is.
  package enum Place: UInt8, Hashable, Sendable {
    case source, target, nowhere
    /// Nobody could say; nothing was done that could make it run twice.
    case unknown
  }

  /// Why the target did not get the guest.
  package enum Cause: UInt8, CaseIterable, Hashable, Sendable {
    case conflict, noTarget, unlaunched, differs, unprepared, refused, migrationFailed, cancelled
    case quit, targetDied, sourceDied, late
    /// The target runs, and does not wait for a migration.
    case unfit
  }

  /// What has to be known beside the state.
  package struct Memory: Hashable, Sendable {
    /// What is known of a QEMU.
    package enum Known: Hashable, Sendable {
      case nothing, gone
      case seen(Seen)
    }

    package var source = Known.nothing
    package var target = Known.nothing
    /// Why the target does not get the guest.
    package var cause: Cause?
    /// Whether there is a command that starts a target.
    package var mayLaunch: Bool
    /// Whether everything is only looked at.
    package var isDry: Bool
    /// Whether an earlier relay with the same arguments has not come to its end.
    package var isAgain: Bool
    /// Whether the guest stood still before the relay came: then it is not continued.
    package var wasPaused: Bool
    /// Whether the target is this relay's to end.
    package var ownsTarget = false
    /// How long a QEMU may take to answer, in milliseconds.
    package var patienceMillis: UInt64

    package init(
      mayLaunch: Bool, isDry: Bool = false, isAgain: Bool = false, wasPaused: Bool = false,
      patienceMillis: UInt64 = 15_000
    ) {
      self.wasPaused = wasPaused
      self.isAgain = isAgain
      self.mayLaunch = mayLaunch
      self.isDry = isDry
      self.patienceMillis = patienceMillis
    }
  }
}
