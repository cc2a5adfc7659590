import Testing

/// Everything that starts processes runs one after the other, in namespaces of its own.
@Suite(
  .serialized, .enabled(if: NamespaceThread.refusal == nil, "\(NamespaceThread.refusal ?? "")"))
enum ProcessTests {}
