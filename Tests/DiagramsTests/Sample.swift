@testable import BatonCore

/// Charts that the tests draw.
enum Sample {
  /// An outgoing migration: three levels, twenty-one states, about fifty transitions.
  static let migration: Outline = {
    var sketch = Sketch("Outgoing")
    migrationStates(&sketch)
    setupTransitions(&sketch)
    deviceTransitions(&sketch)
    endTransitions(&sketch)
    return sketch.outline
  }()

  /// The smallest chart with everything that a drawing tells apart.
  static let small: Outline = {
    var sketch = Sketch("Door")
    sketch.state("closed", entry: ["dimLamp"])
    sketch.state("open", exit: ["ring"])
    sketch.state("ajar", in: "open", ignored: ["knock"])
    sketch.state("wide", in: "open", refused: ["push"])
    sketch.state("shut", in: "open", kind: .final)
    sketch.state("end", kind: .final)
    sketch.on(.event("push"), from: "closed", to: "open", when: "isLocked", unless: true)
    sketch.on(.event("knock"), from: "closed", do: ["answer", "count"])
    sketch.on(.event("push"), from: "ajar", to: "wide", do: ["swing"])
    sketch.on(.delay("settleTime"), from: "wide", to: "ajar")
    sketch.on(.event("pull"), from: "wide", to: "shut")
    sketch.on(.done, from: "open", to: "closed")
    sketch.on(.event("kick"), from: "open", to: "wide", isInternal: true)
    sketch.on(.event("knock"), from: "ajar", to: "ajar", do: ["count"])
    sketch.on(.eventless, from: "closed", to: "end", when: "isBroken")
    return sketch.outline
  }()

  /// Names that mean something to one of the languages.
  static let hostile: Outline = {
    var sketch = Sketch("a \"b\" <c> & d: #1; 100% {e}")
    for name in [
      "end", "state", "default", "note", "a:b;c", "<b>", "\\\"x\"", "[*]", "-->", "{}", "|",
    ] {
      sketch.state(name, entry: ["a < b && c > \"d\"", "x:y;z#1"])
    }
    sketch.state("inner:[1]", in: "note", ignored: ["%% x", "`y`"])
    sketch.on(
      .event("class"), from: "end", to: "state", when: "a[0] > 1 || b", do: ["</g>", "x: y"])
    sketch.on(.event("state"), from: "state", to: "default", do: ["end note"])
    sketch.on(.delay("5:00;"), from: "a:b;c", to: "inner:[1]")
    sketch.on(.event("-->"), from: "-->", to: "<b>")
    sketch.on(.event("[*]"), from: "[*]", to: "note")
    return sketch.outline
  }()

  /// Every kind of line between a compound state and what it holds.
  static let nested: Outline = {
    var sketch = Sketch("Nested")
    sketch.state("outer")
    sketch.state("middle", in: "outer", entry: ["one"])
    sketch.state("inner", in: "middle")
    sketch.state("other", in: "middle")
    sketch.state("aside", in: "outer")
    sketch.state("beyond")
    sketch.on(.event("in"), from: "outer", to: "inner", isInternal: true)
    sketch.on(.event("again"), from: "outer", to: "other")
    sketch.on(.event("up"), from: "inner", to: "outer")
    sketch.on(.event("over"), from: "inner", to: "beyond")
    sketch.on(.event("back"), from: "beyond", to: "other")
    sketch.on(.event("swap"), from: "inner", to: "other")
    sketch.on(.event("swap"), from: "other", to: "inner")
    sketch.on(.event("self"), from: "middle", to: "middle", do: ["restart"])
    sketch.on(.event("side"), from: "other", to: "aside")
    sketch.on(.event("leave"), from: "middle", to: "beyond", isInternal: true)
    return sketch.outline
  }()

  /// Regions, history, several targets, deferral.
  static let regions: Outline = {
    var sketch = Sketch("Recorder")
    sketch.state("off", deferred: ["play"])
    sketch.state("on", kind: .parallel, entry: ["power"], exit: ["unpower"])
    sketch.state("tape", in: "on")
    sketch.state("stopped", in: "tape")
    sketch.state("playing", in: "tape", entry: ["turn"])
    sketch.state("ended", in: "tape", kind: .final)
    sketch.state("display", in: "on", entry: ["light"])
    sketch.state("clock", in: "display")
    sketch.state("counter", in: "display")
    sketch.state("digits", in: "counter")
    sketch.state("bars", in: "counter")
    sketch.state("wasShown", in: "display", kind: .history(isDeep: true))
    sketch.state("remote", in: "on", ignored: ["beam"])
    sketch.state("wasLast", in: "tape", kind: .history(isDeep: false))
    sketch.on(.event("start"), from: "off", to: "playing", "counter", do: ["greet"])
    sketch.on(.event("wake"), from: "off", to: "wasShown", "wasLast", when: "isWarm")
    sketch.on(.event("play"), from: "stopped", to: "playing")
    sketch.on(.event("end"), from: "playing", to: "ended")
    sketch.on(.event("mode"), from: "clock", to: "counter")
    sketch.on(.event("mode"), from: "digits", to: "bars")
    sketch.on(.event("alarm"), from: "bars", to: "stopped", do: ["ring"])
    sketch.on(.anyEvent, from: "counter", to: "clock", when: "isIdle")
    sketch.on(.done, from: "on", to: "off")
    sketch.on(.event("stop"), from: "on", to: "off")
    sketch.on(.eventless, from: "wasShown", to: "clock")
    sketch.on(.eventless, from: "wasLast", to: "stopped", do: ["rewind"])
    return sketch.outline
  }()

  /// Names as documents of others have them: marks that join a sign of a language, line ends,
  /// nothing at all, scripts as content, and several initial states.
  static let strange: Outline = {
    var sketch = Sketch("say \"\u{301}hello\"\u{20DD} & go\nagain")
    let names = [
      "", " ", "quote \"\u{301}", "back\\\u{338}", "<\u{338}", "&\u{301}", "&lt;", "&#38;", "a\nb",
      "//x// **y** __z__ ~~w~~", "..", "--", "ünïcödé 🚦", "\u{2028}", "\u{7F}", "\u{FFFE}",
      "1. one",
      "- item", "@enduml", "#35;", "'", "\\n", "%n()",
    ]
    for name in names {
      sketch.state(name, entry: ["x = \"\u{301}a\" && y < 3; z['k'] = \\n", name])
    }
    sketch.state("regions", kind: .parallel)
    for region in ["left", "right"] {
      sketch.state(region, in: "regions")
      sketch.state("\(region) 1", in: region)
      sketch.state("\(region) 2", in: region)
    }
    for name in names {
      sketch.on(.event(name), from: name, to: "regions", when: name, do: [name])
      sketch.on(.event("a&b \(name)"), from: "regions", to: name, when: name, unless: true)
    }
    var outline = sketch.outline
    outline.initial = outline.states.firstIndex { $0.name == "left 2" } ?? 0
    outline.furtherInitials = outline.states.indices.filter {
      outline.states[$0].name == "right 2"
    }
    outline.declarations = ["data x = \"\u{301}\"", "script f('<a>') & g"]
    return outline
  }()

  /// Guards that are combined, with each trigger.
  static let combined: Outline = {
    var sketch = Sketch("Combined")
    for name in ["near", "far", "away"] { sketch.state(name) }
    sketch.on(.event("go"), from: "near", to: "far", when: "isA && !isB || isC", do: ["step"])
    sketch.on(.event("go"), from: "near", to: "away", when: "!(isA || isB) && isC")
    sketch.on(.anyEvent, from: "near", when: "isA && isB && !(isC && isA)")
    sketch.on(.delay("patience"), from: "far", to: "near", when: "isA || isB")
    sketch.on(.eventless, from: "away", to: "near", when: "!isA && !isB")
    sketch.on(.event("back"), from: "far", to: "near", when: "isA", unless: true)
    return sketch.outline
  }()

  static let all = [migration, small, hostile, nested, regions, strange, combined]
}

extension Sample {
  private static func migrationStates(_ sketch: inout Sketch) {
    sketch.state("none", ignored: ["cancel"], refused: ["switchOver"])
    sketch.state("setup", entry: ["startClock"], exit: ["stopTimer"])
    sketch.state("connecting", in: "setup", entry: ["connect"])
    sketch.state("greeting", in: "setup", entry: ["sendHello"])
    sketch.state("checking", in: "greeting")
    sketch.state("agreed", in: "greeting", kind: .final)
    sketch.state("offering", in: "setup", entry: ["lendDescriptors", "sendOffer"])
    sketch.state("active", entry: ["notifySetup"], ignored: ["progress"])
    sketch.state("preSwitchover")
    sketch.state("device", entry: ["stopGuest"], exit: ["recordBlackout"], refused: ["start"])
    sketch.state("stopping", in: "device")
    sketch.state("saving", in: "device", entry: ["quiesceDevices", "saveDevices"])
    sketch.state("offered", in: "device", entry: ["writeOwnershipWord"])
    sketch.state("killing", in: "device", entry: ["signalPeer"])
    sketch.state("cancelling", exit: ["notifyCancelled"])
    sketch.state("revoking", in: "cancelling", entry: ["revokeOffer"])
    sketch.state("resuming", in: "cancelling", entry: ["takeBack", "startGuest"])
    sketch.state("resumed", in: "cancelling", kind: .final)
    sketch.state("completed", kind: .final, entry: ["releaseDevices", "report"])
    sketch.state("cancelled", entry: ["report"], ignored: ["peerGone", "cancel"])
    sketch.state("failed", entry: ["report"], ignored: ["peerGone", "cancel"])
  }

  private static func setupTransitions(_ sketch: inout Sketch) {
    sketch.on(.event("start"), from: "none", to: "setup", when: "canMove", do: ["remember"])
    sketch.on(.event("start"), from: "none", to: "failed", when: "canMove", unless: true)
    sketch.on(.event("connected"), from: "connecting", to: "greeting", do: ["watchPeer"])
    sketch.on(
      .event("refused"), from: "connecting", to: "connecting", when: "mayRetry", do: ["count"])
    sketch.on(.event("refused"), from: "connecting", to: "failed", do: ["explainListener"])
    sketch.on(.event("hello"), from: "checking", to: "agreed", when: "isSameVersion")
    sketch.on(.event("hello"), from: "checking", to: "failed", do: ["explainVersion"])
    sketch.on(.done, from: "greeting", to: "offering")
    sketch.on(
      .event("accepted"), from: "offering", when: "isLast", unless: true, do: ["noteDevice"])
    sketch.on(
      .event("accepted"), from: "offering", to: "active", when: "isLast", do: ["noteDevice"])
    sketch.on(.event("rejected"), from: "offering", to: "failed", do: ["explainDevice"])
    sketch.on(.event("cancel"), from: "setup", to: "cancelling")
    sketch.on(.delay("setupTime"), from: "setup", to: "failed", do: ["explainTimeout"])
    sketch.on(.event("peerGone"), from: "setup", to: "failed", do: ["explainPeer"])
    sketch.on(.event("cancel"), from: "active", to: "cancelling")
    sketch.on(.event("peerGone"), from: "active", to: "failed", do: ["explainPeer"])
    sketch.on(.event("progress"), from: "active", do: ["noteProgress"])
    sketch.on(.event("switchOver"), from: "active", to: "device", when: "mayPause", unless: true)
    sketch.on(.event("switchOver"), from: "active", to: "preSwitchover", when: "mayPause")
    sketch.on(.eventless, from: "active", to: "device", when: "hasConverged")
    sketch.on(.event("continue"), from: "preSwitchover", to: "device")
    sketch.on(.event("cancel"), from: "preSwitchover", to: "cancelling")
    sketch.on(.event("peerGone"), from: "preSwitchover", to: "failed", do: ["explainPeer"])
    sketch.on(.delay("pauseTime"), from: "preSwitchover", to: "active")
  }

  private static func deviceTransitions(_ sketch: inout Sketch) {
    sketch.on(.event("guestStopped"), from: "stopping", to: "saving")
    sketch.on(.event("cancel"), from: "stopping", to: "resuming")
    sketch.on(.event("saved"), from: "saving", to: "offered", do: ["sendState", "startTimer"])
    sketch.on(.event("saveFailed"), from: "saving", to: "resuming", do: ["explainDevice"])
    sketch.on(.event("cancel"), from: "saving", to: "revoking")
    sketch.on(
      .event("taken"), from: "offered", to: "completed", when: "isTokenMine", do: ["forget"])
    sketch.on(.event("taken"), from: "offered", to: "killing", when: "isTokenMine", unless: true)
    sketch.on(.event("declined"), from: "offered", to: "resuming", do: ["explainPeer"])
    sketch.on(.delay("takeTime"), from: "offered", to: "killing")
    sketch.on(.event("cancel"), from: "offered", to: "revoking", when: "canRevoke")
    sketch.on(.event("peerGone"), from: "killing", to: "completed", when: "wasTaken")
    sketch.on(.event("peerGone"), from: "killing", to: "resuming", when: "wasTaken", unless: true)
    sketch.on(.delay("killTime"), from: "killing", to: "killing", do: ["signalAgain"])
    sketch.on(.event("peerGone"), from: "device", to: "resuming", do: ["explainPeer"])
  }

  private static func endTransitions(_ sketch: inout Sketch) {
    sketch.on(.event("revoked"), from: "revoking", to: "resuming")
    sketch.on(.event("taken"), from: "revoking", to: "completed")
    sketch.on(.delay("revokeTime"), from: "revoking", to: "killing")
    sketch.on(.event("resumed"), from: "resuming", to: "resumed")
    sketch.on(.event("resumeFailed"), from: "resuming", to: "failed", do: ["explainGuest"])
    sketch.on(.done, from: "cancelling", to: "cancelled")
    sketch.on(.event("peerGone"), from: "cancelling", do: ["notePeerGone"])
    sketch.on(.event("start"), from: "cancelled", to: "setup", do: ["remember"])
    sketch.on(.event("start"), from: "failed", to: "setup", do: ["remember"])
    sketch.on(.event("reset"), from: "failed", to: "none")
  }
}
