extension Explorer {
  /// The graph that was walked as a Promela model of numbered states, so that SPIN counts and
  /// checks it by itself: one `d_step` for each step, its action behind it as a comment.
  ///
  /// Guards and actions of charts are code, which no other tool can read; the graph is what they
  /// come to.
  package func promela() -> String {
    precondition(!model.isSymmetric && model.initials.count == 1, "a chart has one beginning")
    var lines = [
      "/* \(model.name): \(store.count) states, made by baton explore --promela. */", "int s;", "",
      "active proctype walk() {", "end:", "  do",
    ]
    var hasStep = false
    for number in 0..<store.count {
      model.expand(store[number]) { action, next in
        guard let place = store.find(next) else { return }
        hasStep = true
        let text = model.text(action: action).replacing("*/", with: "* /")
        lines.append("  :: d_step { s == \(number) -> s = \(place) } /* \(text) */")
      }
    }
    if !hasStep { lines.append("  :: false") }
    return (lines + ["  od", "}", ""]).joined(separator: "\n")
  }
}
