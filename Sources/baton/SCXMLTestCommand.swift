import ArgumentParser
import BatonSCXML
import Foundation

/// `baton scxml test`: a folder of the W3C's tests.
struct SCXMLTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Runs a folder of the W3C's tests for SCXML processors.",
    discussion: """
      The tests are .txml documents, whose names of the conformance namespace are rewritten while \
      they are loaded. A manifest.xml in the folder or above it says which are mandatory; without \
      one all are. Prints a line for each test and a total. Exit status 1 when a mandatory test \
      does not pass.
      """)

  @Flag(help: "Also run the optional tests and those that somebody has to judge.")
  var all = false

  @Argument(help: "The folder.")
  var folder: String

  func run() throws {
    let tests: [ConformanceTest]
    do { tests = try ConformanceTest.all(in: URL(filePath: folder)) } catch {
      throw ValidationError("\(folder) cannot be read: \(error)")
    }
    let chosen = tests.filter { $0.kind == .mandatory || (all && $0.kind != .unlisted) }
    guard !chosen.isEmpty else { throw ValidationError("there are no tests in \(folder)") }
    var passed = 0
    var missed = 0
    for test in chosen {
      switch test.run() {
      case .passed:
        passed += 1
        print("pass  \(test.name)\(test.kind == .mandatory ? "" : "  (\(test.kind))")")
      case .failed(let why):
        print("fail  \(test.name)\(test.kind == .mandatory ? "" : "  (\(test.kind))"): \(why)")
        if test.kind == .mandatory { missed += 1 }
      }
    }
    print("\(passed) of \(chosen.count) documents pass, \(missed) mandatory ones do not")
    if missed > 0 { throw ExitCode.failure }
  }
}
