import BatonCore

extension Refusal {
  /// What is wrong with a descriptor that should be the ownership word.
  init(sharedWord refusal: SharedWord.Refusal) {
    let subject = Name("ownership word")
    switch refusal {
    case .notMemory:
      self.init(
        .wrongDescriptor, field: .descriptorKind, subject: subject, here: .name(Name("memfd")),
        there: .name(Name("another kind")))
    case .notSealed:
      self = .mismatch(.seals, subject: subject, here: .flag(true), there: .flag(false))
    case .notPlain(let system):
      self = .mismatch(
        .memoryKind, subject: subject, here: FileSystem.tmpfs.value, there: system.value)
    case .tooShort(let byteCount):
      self = .mismatch(
        .memorySize, subject: subject, here: .number(8), there: .number(UInt64(clamping: byteCount))
      )
    case .system(let error): self.init(error, subject: subject)
    }
  }
}
