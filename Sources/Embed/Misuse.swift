import BatonCore
import Synchronization

/// A rule of the C interface that the caller broke: always a mistake of the host's code.
struct Misuse {
  /// What was wrong, as a sentence for whoever wrote the host.
  let sentence: StaticString

  /// The answer for it.
  static var answer: CInt { -2 }

  #if DEBUG
    /// How many tests of the answer itself are running; without any, a library that was built for
    /// debugging ends the process.
    static let toleranceCount = Atomic<Int>(0)
  #endif

  /// Notes a broken rule; a library that was built for debugging says it and ends the process.
  init(_ sentence: StaticString) {
    self.sentence = sentence
    #if DEBUG
      if Self.toleranceCount.load(ordering: .relaxed) == 0 { fatalError("libbaton: \(sentence)") }
    #endif
  }
}

/// Why a function of the interface did not do what it was called for.
enum Hindrance: Error {
  /// A rule was broken.
  case misuse(Misuse)
  /// It could not be; `text` is the sentence when it is not the refusal's own.
  indirect case refusal(Refusal, text: String?)

  static func rule(_ sentence: StaticString) -> Self { .misuse(Misuse(sentence)) }

  /// A property of this interface's own that cannot have such a value.
  static func invalid(
    _ field: Refusal.Field, _ subject: Name, there: Refusal.Value, expected: StaticString
  ) -> Self {
    .refusal(
      Refusal(.invalid, field: field, subject: subject, here: .name(Name(expected)), there: there),
      text: nil)
  }
}

/// Runs what may be refused, inside a function of the interface.
@inline(__always)
func refusing<Result>(_ body: () throws(Refusal) -> Result) throws(Hindrance) -> Result {
  do { return try body() } catch { throw .refusal(error, text: nil) }
}

/// Runs what the kernel may refuse.
func asking<Result>(
  _ subject: Name, _ body: () throws(SystemError) -> Result
) throws(Hindrance) -> Result {
  do { return try body() } catch { throw .refusal(Refusal(error, subject: subject), text: nil) }
}
