/// An owned list of descriptors in order, all closed when it goes.
///
/// SCM_RIGHTS brings descriptors in order but without a tie to the bytes around them, so they wait
/// in such a list until a record's head says how many of them are its own.
public struct Descriptors: ~Copyable {
  /// The kernel that they are open in.
  public let kernel: Kernel
  private var numbers: [CInt] = []

  /// An empty list; whatever is appended later is closed in `kernel`.
  public init(in kernel: Kernel) {
    self.kernel = kernel
  }

  deinit {
    for number in numbers { kernel.close(number) }
  }

  /// How many descriptors are in the list; one that was taken out is not.
  public var count: Int { numbers.count }

  /// True when none came or all were taken out, so that nothing is left to be closed.
  public var isEmpty: Bool { numbers.isEmpty }

  /// Takes over one more, at the end.
  public mutating func append(_ descriptor: consuming Descriptor) {
    numbers.append(descriptor.release())
  }

  /// Takes over all of `other`, in order, at the end.
  public mutating func append(contentsOf other: consuming Descriptors) {
    numbers.append(contentsOf: other.releaseAll())
  }

  /// Takes over `count` numbers of `buffer`, as `receive` filled it in, at the end.
  package mutating func append(owning buffer: UnsafeMutableBufferPointer<CInt>, count: Int) {
    // Safe: the slice checks that the buffer holds that many.
    unsafe numbers.append(contentsOf: buffer[..<count])
  }

  /// The number of one descriptor, lent: the list closes it. Traps beyond the end.
  public func number(at index: Int) -> CInt { numbers[index] }

  /// The same as ``number(at:)``, lent as well.
  public subscript(index: Int) -> CInt { numbers[index] }

  /// Lends all numbers, for one message.
  public borrowing func lend<Result, Failure: Error>(
    to body: (UnsafeBufferPointer<CInt>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Safe: the array outlives the call.
    try unsafe numbers.withUnsafeBufferPointer { buffer throws(Failure) -> Result in
      try unsafe body(buffer)
    }
  }

  /// Splits off the first `count`, which must be there.
  public mutating func removeFirst(_ count: Int) -> Descriptors {
    var first = Descriptors(in: kernel)
    first.numbers = Array(numbers[..<count])
    numbers.removeFirst(count)
    return first
  }

  /// Splits off the first one; nil when there is none.
  public mutating func takeFirst() -> Descriptor? {
    if numbers.isEmpty { return nil }
    return Descriptor(owning: numbers.removeFirst(), in: kernel)
  }

  private mutating func releaseAll() -> [CInt] {
    let released = numbers
    numbers = []
    return released
  }
}

@available(*, unavailable)
extension Descriptors: Sendable {}
