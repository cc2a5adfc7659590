/// What sort of file system a descriptor's file is on (fstatfs(2), `f_type`), as far as memory is
/// concerned.
public enum FileSystem: Hashable, Sendable {
  /// Plain pages, which a memfd has: tmpfs.
  case tmpfs
  /// Pages of a reserved pool (MFD_HUGETLB): a hole in it is SIGBUS when the pool is empty.
  case hugetlbfs
  /// Any other, by its magic number.
  case other(UInt32)

  /// The file system of this magic number (linux/magic.h).
  public init(magic: UInt32) {
    switch magic {
    case 0x0102_1994: self = .tmpfs
    case 0x9584_58F6: self = .hugetlbfs
    case let other: self = .other(other)
    }
  }

  /// The name, or the number where there is none, as a refusal shows it.
  package var value: Refusal.Value {
    switch self {
    case .tmpfs: .name(Name("tmpfs"))
    case .hugetlbfs: .name(Name("hugetlbfs"))
    case .other(let magic): .bits(UInt64(magic))
    }
  }
}
