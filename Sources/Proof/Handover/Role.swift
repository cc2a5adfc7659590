/// Which side of a handover.
enum Role: Sendable {
  case source, target
}

extension HandoverState {
  subscript(role: Role) -> Side {
    get {
      switch role {
      case .source: source
      case .target: target
      }
    }
    set {
      switch role {
      case .source: source = newValue
      case .target: target = newValue
      }
    }
  }
}
