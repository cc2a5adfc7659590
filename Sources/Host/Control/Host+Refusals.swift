import BatonCore

extension Host {
  /// Tells the operator when the kernel has refused the loop something; each time that it has done
  /// so twice as often as told before, so that a lasting refusal fills no log.
  func tellRefusals() {
    let found = loop.refusals
    let (count, former) = (found.watches &+ found.waits, told.watches &+ told.waits)
    guard count > former, count / 2 >= former else { return }
    told = found
    log(
      LogLine(
        .warning, "the kernel refuses to watch descriptors, which are asked by turns instead",
        metadata: [
          "error": found.last.map { "\($0)" } ?? "none", "watches": "\(found.watches)",
          "waits": "\(found.waits)",
          "untaken": "\(loop.untakenCount)",
        ]))
  }
}
