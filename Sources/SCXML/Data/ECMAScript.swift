/// Whether the data model `ecmascript` is part of this build.
package enum ECMAScript {
  #if ECMAScript
    /// True with the trait ECMAScript, which the command's trait enables.
    package static let isBuilt = true
  #else
    /// False without the trait ECMAScript.
    package static let isBuilt = false
  #endif
}

/// What the data models of one processor share: memory, and the steps of a macrostep.
final class ScriptBudget {
  /// How many scripts that use all their steps a macrostep may run.
  static let macrostepFactor = 10

  let limits: ScriptLimits
  /// Steps that scripts have executed since the macrostep began.
  var spent = 0

  /// Why no script may run before the next macrostep; nil when one may.
  var refusal: String? {
    let (max, isTooMany) = limits.stepCount.multipliedReportingOverflow(by: Self.macrostepFactor)
    guard !isTooMany, spent > max else { return nil }
    return "the scripts of this macrostep have executed more than \(max) steps"
  }

  #if ECMAScript
    /// The account that the engines keep.
    let account: ScriptAccount
  #endif

  init(_ limits: ScriptLimits) {
    self.limits = limits
    #if ECMAScript
      account = ScriptAccount(limit: limits.byteCount)
    #endif
  }

  /// A data model without variables.
  func model(_ name: ModelName) -> any DataModel {
    if let refusal = name.refusal { return ForeignModel(refusal) }
    #if ECMAScript
      if name == .ecmascript { return ECMAScriptModel(self) }
    #endif
    return MiniModel()
  }
}
