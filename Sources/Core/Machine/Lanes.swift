/// The memory of a machine with regions: one leaf for each region that is active, in document
/// order, and what is chosen in a microstep. Made once, so that no event allocates.
@safe
@usableFromInline final class Lanes {
  @usableFromInline let frame: Frame

  init(_ structure: Structure) {
    let count = max(1, structure.isLeafState.count { $0 })
    // Safe: filled at once, and trivial values; a choice is written before it is read.
    let leaves = UnsafeMutablePointer<UInt16>.allocate(capacity: count)
    unsafe leaves.initialize(repeating: 0, count: count)
    let choices = UnsafeMutablePointer<Layout.Choice>.allocate(capacity: count)
    unsafe frame = Frame(leaves: leaves, choices: choices)
  }

  deinit {
    // Safe: allocated in `init`, trivial elements; the machine that had them is gone.
    unsafe frame.leaves.deallocate()
    unsafe frame.choices.deallocate()
  }

  /// Where the memory is. A machine holds a copy beside its lanes, so that an event does not go
  /// through the reference.
  ///
  /// There are as many leaves as the machine counts, as many choices as the microstep counts, and
  /// never more of either than the structure has leaves, for which there is room.
  @safe @usableFromInline struct Frame: BitwiseCopyable {
    @usableFromInline let leaves: UnsafeMutablePointer<UInt16>
    @usableFromInline let choices: UnsafeMutablePointer<Layout.Choice>

    @inlinable func leaf(_ place: Int) -> Int {
      // Safe: as said above.
      unsafe Int(leaves[place])
    }

    @inlinable func setLeaf(_ place: Int, _ leaf: UInt16) {
      // Safe: as said above.
      unsafe leaves[place] = leaf
    }

    /// Notes a choice for the leaf at a place.
    @inlinable func choose(
      _ candidate: UnsafeMutablePointer<Layout.Candidate>, for place: Int, behind count: Int
    ) {
      // Safe: as said above.
      unsafe choices[count] = Layout.Choice(candidate, place)
    }

    @inlinable func candidate(_ place: Int) -> Layout.Candidate {
      // Safe: as said above, and a choice points into the table, which its machine keeps.
      unsafe choices[place].candidate.pointee
    }

    /// The leaf of a choice becomes what the choice leads to.
    @inlinable func move(_ place: Int) {
      // Safe: as said above.
      unsafe leaves[choices[place].place] = choices[place].candidate.pointee.leaf
    }

    @inlinable func keep(_ place: Int, as other: Int) {
      // Safe: as said above.
      unsafe choices[other] = choices[place]
    }
  }
}

@available(*, unavailable)
extension Lanes: Sendable {}

@available(*, unavailable)
extension Lanes.Frame: Sendable {}
