import BatonSCXML
import Foundation
import Testing

/// Scripts that loop, eat memory, go deep or throw: each is `error.execution` with its file and
/// line (SCXML B.2), and the session goes on.
@Suite(
  .enabled(if: ECMAScript.isBuilt, "built without the trait ECMAScript"), .timeLimit(.minutes(10)))
struct HostileScriptTests {
  /// Small, so that debug builds are quick as well.
  static let limits = ScriptLimits(
    byteCount: 8 << 20, stepCount: 1_000_000, nanoseconds: 2_000_000_000)

  /// A script on the third line of a document, and what its error says.
  static let scripts: [(String, String)] = [
    // Time.
    ("while (true) {}", "steps"),
    ("for (;;) { try { for (;;); } catch (e) {} }", "steps"),
    ("try { for (;;); } finally { for (;;); }", "steps"),
    ("eval('for (;;);')", "steps"),
    ("Function('for (;;);')()", "steps"),
    ("new Proxy({}, {get: function () { for (;;); }}).x", "steps"),
    ("String({toString: function () { for (;;); }})", "steps"),
    ("JSON.stringify({toJSON: function () { for (;;); }})", "steps"),
    ("[3, 2, 1].sort(function () { for (;;); })", "steps"),
    ("'a'.replace(/a/, function () { for (;;); })", "steps"),
    ("/(a+)+$/.test(Array(40).join('a') + 'b')", "steps"),
    ("/^(([a-z])+.)+[A-Z]([a-z])+$/.test(Array(60).join('a'))", "steps"),
    ("Array(1e9).join('x')", "steps"),
    ("Array(1e8).indexOf(1)", "steps"),
    ("[].concat(Array(1e8)).reverse()", "steps"),
    (
      """
      var s = 'a'; while (s.length < 5e5) s += s; var t = s.substring(0, 2e5) + 'b'; s.indexOf(t)
      """, "steps"
    ),
    (
      """
      var s = '\\u20ac'; while (s.length < 5e5) s += s;
      for (var i = 0;; i++) s.charCodeAt((i * 70001) % s.length)
      """, "longer than"
    ),
    // Memory.
    ("var a = []; for (;;) a.push(a)", "than"),
    ("var s = 'x'; for (;;) s += s", "bytes of memory"),
    ("new Uint8Array(1e9)", "bytes of memory"),
    ("new RegExp('((a{1000}){1000}){1000}')", "bytes of memory"),
    ("var o = {}; for (var i = 0;; i++) o['k' + i] = i", "than"),
    ("Array(1e9).map(function () { return 1; }); Array(3e8).fill", "than"),
    ("var b = new ArrayBuffer(4e6); var c = new ArrayBuffer(6e6)", "bytes of memory"),
    // Depth.
    ("(function f() { f(); })()", "limit"),
    ("(function f(n) { return [1].map(function () { return f(n + 1); }); })(0)", "limit"),
    ("(function f() { 'x'.replace(/x/, f); })()", "limit"),
    ("(function f() { JSON.parse('[1]', f); })()", "limit"),
    ("var o = {}; o.toString = function () { return '' + o; }; '' + o", "limit"),
    ("eval(Array(1e4).join('('))", "limit"), ("eval(Array(1e4).join('- '))", "limit"),
    ("JSON.parse(Array(1e4).join('['))", "limit"),
    ("var a = []; for (var i = 0; i < 5000; i++) a = [a]; JSON.stringify(a)", "limit"),
    ("new RegExp(Array(2e4).join('(?:'))", "limit"),
    ("var p = {}; for (var i = 0; i < 20000; i++) p = Object.create(p); p.x", "prototype chain"),
    // Odd values.
    ("throw 5", "5"), ("throw null", "null"), ("throw undefined", "undefined"),
    ("throw 'a text'", "a text"), ("throw new Error('an error')", "an error"),
    ("throw {toString: function () { throw 1; }}", ""),
    ("throw {get message() { for (;;); }}", ""),
    ("throw new Proxy({}, {get: function () { for (;;); }})", ""),
    (
      """
      var e = new Error('boom');
      Object.defineProperty(e, 'lineNumber', {get: function () { for (;;); }}); throw e
      """, "boom"
    ),
    ("Error.prototype.toString = function () { for (;;); }; throw new Error('x')", ""),
    ("JSON.stringify((function () { var a = {}; a.a = a; return a; })())", "cyclic"),
    ("Object.prototype.value = 1; Object.freeze(this); x = 1; nowhere", ""),
    ("(function () { 'use strict'; In = null; })()", "not writable"),
    ("Duktape.fin({}, function () { for (;;); })", "Duktape"),
    ("Duktape.Thread(function () {})", "Duktape"), ("CBOR.encode(1)", "CBOR"),
    ("_event = 1", "system variable"), ("Object.defineProperty(this, '_event', {value: 1})", ""),
  ]

  /// What a processor reported, and a session that goes on.
  final class Watched {
    let processor: Processor
    var errors: [String] = []
    var logs: [String] = []

    init(_ limits: ScriptLimits = HostileScriptTests.limits) {
      processor = Processor(limits: limits)
      processor.report = { [weak self] in
        if case .error(_, let text) = $0 { self?.errors.append(text) }
        if case .log(_, let text) = $0 { self?.logs.append(text) }
      }
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
  }

  @Test(arguments: scripts)
  func `a hostile script is an error with its line`(script: String, reason: String) throws {
    let text = """
      <scxml datamodel="ecmascript"><state id="a"><onentry>

      <script>\(Self.escaped(script))</script></onentry>
      <onentry><log expr="1 + 1"/></onentry>
      <transition event="t" cond="1 &lt; 2" target="b"/></state><final id="b"/></scxml>
      """
    let it = Watched()
    let session = it.processor.start(try Document(Data(text.utf8), file: "hostile.scxml"))
    try it.processor.run(until: session)
    #expect(it.errors.count == 1, "\(it.errors)")
    let error = try #require(it.errors.first)
    #expect(
      error.hasPrefix("hostile.scxml:3: ") || error.hasPrefix("hostile.scxml:4: "), "\(error)")
    #expect(reason.isEmpty || error.contains(reason), "\(error)")
    // The engine is usable after it.
    #expect(it.logs == ["2"])
    session.send(Event("t"))
    try it.processor.run(until: session)
    #expect(session.finalState == "b")
  }

  /// Values that leave the engine or come into it.
  @Test(arguments: [
    ("{get x() { for (;;); }}", "steps"), ("{toJSON: function () { throw 'no'; }}", "no"),
    ("(function () { var a = []; a[0] = a; return a; })()", "cyclic"),
    (
      "(function () { var s = 'x'; while (s.length < 2e6) s += s; return s; })()",
      "can leave the data model"
    ),
    ("(function f(n) { return n ? [f(n - 1)] : 1; })(300)", "limit"),
    ("'\\ud800'", "no Unicode"), ("new Proxy({}, {ownKeys: function () { for (;;); }})", "steps"),
  ])
  func `a value that cannot leave is an error`(value: String, reason: String) throws {
    let text = """
      <scxml datamodel="ecmascript"><state id="a">
      <onentry><send event="x"><param name="v" expr="\(Self.escaped(value))"/></send></onentry>
      <transition event="error.execution" target="b"/><transition event="x" target="c"/></state>
      <final id="b"/><final id="c"/></scxml>
      """
    let it = Watched()
    let session = it.processor.start(try Document(Data(text.utf8), file: "hostile.scxml"))
    try it.processor.run(until: session)
    #expect(session.finalState == "b")
    #expect(it.errors.count == 1)
    #expect(it.errors.first?.hasPrefix("hostile.scxml:2: ") == true, "\(it.errors)")
    #expect(it.errors.first?.contains(reason) == true, "\(it.errors)")
  }

  @Test func `data of an event that is too deep is an error, and the event comes`() throws {
    let text = """
      <scxml datamodel="ecmascript"><state id="a">
      <transition event="x" cond="_event.data === undefined" target="b"/></state>
      <final id="b"/></scxml>
      """
    var deep = Value.int(1)
    for _ in 0..<400 { deep = .list([deep]) }
    let it = Watched()
    let session = it.processor.start(try Document(Data(text.utf8), file: "hostile.scxml"))
    session.send(Event("x", data: deep))
    try it.processor.run(until: session)
    #expect(session.finalState == "b")
    #expect(it.errors.count == 1, "\(it.errors)")
  }

  /// Each microstep runs a script to its end: the macrostep has a budget as well.
  @Test func `a macrostep of endless scripts is given up soon`() throws {
    let text = """
      <scxml datamodel="ecmascript"><state id="a">
      <transition cond="(function () { for (;;); })()" target="a"/></state></scxml>
      """
    let it = Watched()
    let session = it.processor.start(try Document(Data(text.utf8), file: "hostile.scxml"))
    let clock = ContinuousClock()
    let took = clock.measure {
      #expect(throws: ProcessorError.self) { try it.processor.run(until: session) }
    }
    #expect(took < .seconds(60))
    #expect(Set(it.errors).count == 2, "\(Set(it.errors))")
    #expect(it.errors.allSatisfy { $0.hasPrefix("hostile.scxml:2: cond \"(function") })
  }

  @Test func `loops of a document end as well`() throws {
    let loop = String(repeating: "<foreach array=\"a\" item=\"x\">", count: 6)
    let ends = String(repeating: "</foreach>", count: 6)
    let text = """
      <scxml><datamodel>
      <data id="a" expr="[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]"/></datamodel>
      <state id="a"><onentry>\(loop)<assign location="x" expr="1"/>\(ends)</onentry></state></scxml>
      """
    let it = Watched()
    let session = it.processor.start(try Document(Data(text.utf8), file: "hostile.scxml"))
    try it.processor.run(until: session)
    #expect(it.errors.contains { $0.contains("executes more than") || $0.contains("steps") })
  }

  @Test(arguments: ["ecmascript", "mini"])
  func `queues end as well`(model: String) throws {
    let text = """
      <scxml datamodel="\(model)"><state id="a"><onentry><raise event="e"/></onentry>
      <transition event="e"><raise event="e"/><raise event="e"/></transition></state></scxml>
      """
    let it = Watched()
    let session = it.processor.start(try Document(Data(text.utf8), file: "hostile.scxml"))
    #expect(throws: ProcessorError.self) { try it.processor.run(until: session) }
  }

  @Test func `sessions share their memory`() throws {
    let text = """
      <scxml datamodel="ecmascript"><state id="a"><invoke id="i"><content>
      <scxml datamodel="ecmascript"><state id="x"><onentry><log expr="'here'"/></onentry></state>
      </scxml></content></invoke></state></scxml>
      """
    let it = Watched(ScriptLimits(byteCount: 300 << 10))
    let session = it.processor.start(try Document(Data(text.utf8), file: "hostile.scxml"))
    try it.processor.run(until: session)
    #expect(it.logs == [])
    #expect(it.errors.contains { $0.contains("no memory left") }, "\(it.errors)")
  }

  @Test func `runs are the same, with their clock and their numbers at random`() throws {
    let text = """
      <scxml datamodel="ecmascript"><state id="a"><onentry><send event="x" delay="90s"/></onentry>
      <transition event="x" target="b"/></state>
      <final id="b"><onentry><log expr="Date.now() + ' ' + Math.random()"/></onentry></final>
      </scxml>
      """
    let logs = try (0..<2).map { _ in
      let it = Watched()
      let session = it.processor.start(try Document(Data(text.utf8), file: "a.scxml"))
      try it.processor.run(until: session)
      return it.logs
    }
    #expect(logs[0] == logs[1])
    #expect(logs[0].first?.hasPrefix("90000 0.") == true, "\(logs)")
  }
}
