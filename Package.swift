// swift-tools-version: 6.2
// Linux only: the kernel interfaces that Baton stands on (TAP, SCM_RIGHTS, pidfd, sealed memfd)
// exist nowhere else.
import PackageDescription

/// What every room is compiled with. No `unsafeFlags`, so that dependents may use the package.
let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// What Core, Mig and Net are compiled with on top: they also build as Embedded Swift.
let embeddable: [SwiftSetting] =
  house + [
    .treatWarning("EmbeddedRestrictions", as: .error),
    .treatWarning("ExplicitSendable", as: .error),
  ]

/// Test targets: the macros of Swift Testing do not compile under the rest.
let tested: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
]

/// What only the command needs. A package that depends on a library of this one resolves and builds
/// none of these, since the trait is off unless somebody asks for it (`--traits Command`).
let inCommand: TargetDependencyCondition? = .when(traits: ["Command"])

/// What only a command for one's own charts needs: a package that asks for `ChartCommand` resolves
/// and builds the parser of arguments and the sockets of `watch`, and no other package.
let inChartCommand: TargetDependencyCondition? = .when(traits: ["ChartCommand", "Command"])

/// What only the data model `ecmascript` needs: Duktape's source, from Debian's `duktape-dev`.
let inECMAScript: TargetDependencyCondition? = .when(traits: ["ECMAScript"])

let package = Package(
  name: "baton",
  products: [
    .library(name: "BatonCore", targets: ["BatonCore"]),
    .library(name: "BatonMig", targets: ["BatonMig"]),
    .library(name: "BatonNet", targets: ["BatonNet"]),
    .library(name: "BatonVhostUser", targets: ["BatonVhostUser"]),
    .library(name: "BatonDiagrams", targets: ["BatonDiagrams"]),
    .library(name: "BatonTraces", targets: ["BatonTraces"]),
    .library(name: "BatonSCXML", targets: ["BatonSCXML"]),
    .library(name: "BatonAsync", targets: ["BatonAsync"]),
    .library(name: "BatonTesting", targets: ["BatonTesting"]),
    .library(name: "BatonCommand", targets: ["BatonCommand"]),
    .library(name: "BatonProof", targets: ["BatonProof"]),
    .library(name: "BatonHost", targets: ["BatonHost"]),
    .library(name: "BatonEmbed", type: .dynamic, targets: ["BatonEmbed"]),
    .executable(name: "baton", targets: ["baton"]),
  ],
  traits: [
    .default(enabledTraits: []),
    .trait(
      name: "Command",
      description: "Build the command `baton`, which needs other packages; the libraries do not.",
      // One, and no more: SwiftPM hands the compiler those that a trait enables in an order that is
      // another one each time, and then everything is built anew.
      enabledTraits: ["ECMAScript"]),
    .trait(
      name: "ChartCommand",
      description: "Build BatonCommand, for one's own charts, which needs other packages."),
    .trait(
      name: "ECMAScript",
      description: "Build the data model `ecmascript` of SCXML, which needs Duktape's source."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    // The first floor.
    .systemLibrary(
      name: "BatonCLibevent", path: "Sources/CLibevent", pkgConfig: "libevent_core",
      providers: [.apt(["libevent-dev"])]),
    .target(name: "BatonCLinux", path: "Sources/CLinux"),
    .target(
      name: "BatonCore", dependencies: ["BatonCLibevent", "BatonCLinux"], path: "Sources/Core",
      swiftSettings: embeddable),
    // The second floor.
    .target(
      name: "BatonMig", dependencies: ["BatonCore"], path: "Sources/Mig",
      swiftSettings: embeddable),
    .target(
      name: "BatonNet", dependencies: ["BatonCore"], path: "Sources/Net",
      swiftSettings: embeddable),
    // The third floor.
    .target(
      name: "BatonVhostUser", dependencies: ["BatonCore", "BatonNet"], path: "Sources/VhostUser",
      swiftSettings: house),
    .target(
      name: "BatonDiagrams", dependencies: ["BatonCore"], path: "Sources/Diagrams",
      resources: [
        "page.js", "view.js", "open.js", "find.js", "time.js", "start.js", "page.css",
      ].map { .embedInCode("Page/\($0)") },
      swiftSettings: house),
    .target(name: "BatonTraces", path: "Sources/Traces", swiftSettings: house),
    .target(
      name: "BatonAsync", dependencies: ["BatonCore"], path: "Sources/Async",
      swiftSettings: house),
    .target(
      name: "BatonDuktape", path: "Sources/CDuktape",
      cSettings: [.define("BATON_ECMASCRIPT", .when(traits: ["ECMAScript"]))]),
    .target(
      name: "BatonSCXML",
      dependencies: ["BatonCore", .target(name: "BatonDuktape", condition: inECMAScript)],
      path: "Sources/SCXML", swiftSettings: house),
    .target(
      name: "BatonQMP", dependencies: ["BatonCore"], path: "Sources/QMP", swiftSettings: house),
    .target(
      name: "BatonTesting", dependencies: ["BatonCore"], path: "Sources/Testing",
      swiftSettings: house),
    // The fourth floor.
    .target(
      name: "BatonCommand",
      dependencies: [
        "BatonCore", "BatonDiagrams", "BatonTraces", "BatonSCXML", "BatonTesting",
        .product(
          name: "ArgumentParser", package: "swift-argument-parser", condition: inChartCommand),
        .product(name: "FlyingSocks", package: "FlyingFox", condition: inChartCommand),
      ],
      path: "Sources/Command", swiftSettings: house),
    .target(
      name: "BatonRelay", dependencies: ["BatonCore", "BatonQMP"], path: "Sources/Relay",
      swiftSettings: house),
    .target(
      name: "BatonProof",
      dependencies: [
        "BatonCore", "BatonMig", "BatonNet", "BatonVhostUser", "BatonTesting", "BatonRelay",
      ],
      path: "Sources/Proof", swiftSettings: house),
    .target(
      name: "BatonHost",
      dependencies: [
        "BatonCore", "BatonMig", "BatonNet", "BatonVhostUser", "BatonTraces", "BatonQMP",
        "BatonRelay",
      ],
      path: "Sources/Host", swiftSettings: house),
    // The roof.
    .target(name: "CBaton", path: "Sources/CBaton"),
    .target(
      name: "BatonEmbed",
      dependencies: [
        "CBaton", "BatonCore", "BatonMig", "BatonNet", "BatonVhostUser", "BatonDiagrams",
      ],
      path: "Sources/Embed", swiftSettings: house),
    .target(
      name: "BatonLab",
      dependencies: [
        "BatonCore", "BatonNet", "BatonVhostUser", "BatonQMP", "BatonCLinux", "BatonHost",
      ],
      path: "Sources/Lab", swiftSettings: house),
    .executableTarget(
      name: "baton",
      dependencies: [
        "BatonCore", "BatonMig", "BatonNet", "BatonVhostUser", "BatonDiagrams", "BatonSCXML",
        "BatonTraces", "BatonTesting", "BatonProof", "BatonQMP", "BatonRelay", "BatonHost",
        "BatonLab",
        "BatonCommand",
        .product(
          name: "ArgumentParser", package: "swift-argument-parser", condition: inCommand),
        .product(name: "Logging", package: "swift-log", condition: inCommand),
      ],
      path: "Sources/baton", swiftSettings: house),
    // One folder of tests per room, and the house itself.
    .testTarget(
      name: "CoreTests", dependencies: ["BatonCore", "BatonCLinux", "BatonCLibevent"],
      swiftSettings: tested),
    .testTarget(
      name: "AsyncTests", dependencies: ["BatonAsync", "BatonCore"], swiftSettings: tested),
    .testTarget(
      name: "MigTests", dependencies: ["BatonMig", "BatonCore", "BatonTesting", "BatonCLinux"],
      exclude: ["Golden"], resources: [.copy("Recordings")], swiftSettings: tested),
    .testTarget(
      name: "NetTests",
      dependencies: ["BatonNet", "BatonCore", "BatonTesting", "BatonProof", "BatonCLinux"],
      exclude: ["Golden"], swiftSettings: tested),
    .testTarget(
      name: "VhostUserTests",
      dependencies: ["BatonVhostUser", "BatonNet", "BatonCore", "BatonTesting", "BatonProof"],
      swiftSettings: tested),
    .testTarget(
      name: "DiagramsTests",
      dependencies: ["BatonDiagrams", "BatonCore", "BatonMig", "BatonNet", "BatonHost"],
      swiftSettings: tested),
    .testTarget(
      name: "QMPTests", dependencies: ["BatonQMP", "BatonCore", "BatonTesting"],
      swiftSettings: tested),
    .testTarget(
      name: "HostTests", dependencies: ["BatonHost", "BatonNet", "BatonCore", "BatonTesting"],
      swiftSettings: tested),
    .testTarget(
      name: "LabTests",
      dependencies: [
        "BatonLab", "BatonHost", "BatonTraces", "BatonDiagrams", "BatonMig", "BatonNet",
        "BatonVhostUser",
        "BatonEmbed", "CBaton", "BatonCore", "BatonCLinux",
      ],
      swiftSettings: tested),
    .testTarget(
      name: "SCXMLTests", dependencies: ["BatonSCXML", "BatonCore", "BatonDiagrams", "BatonHost"],
      resources: [.copy("Vectors")],
      swiftSettings: tested),
    .testTarget(
      name: "TestingTests",
      dependencies: ["BatonTesting", "BatonProof", "BatonCore", "BatonMig", "BatonVhostUser"],
      swiftSettings: tested),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "BatonCommand", "BatonTesting", "BatonTraces", "BatonCore",
        .product(
          name: "ArgumentParser", package: "swift-argument-parser", condition: inChartCommand),
      ],
      swiftSettings: tested),
    .testTarget(
      name: "ProofTests",
      dependencies: ["BatonProof", "BatonTesting", "BatonCore", "BatonMig", "BatonCLinux"],
      exclude: ["Mutation/survivors.txt"],
      swiftSettings: tested),
    .testTarget(
      name: "FuzzTests",
      dependencies: [
        "BatonProof", "BatonTesting", "BatonHost", "BatonQMP", "BatonSCXML", "BatonDiagrams",
        "BatonTraces",
        "BatonMig", "BatonNet", "BatonVhostUser", "BatonCore",
      ],
      swiftSettings: tested),
    .testTarget(
      name: "EmbedTests",
      dependencies: [
        "BatonEmbed", "CBaton", "BatonTesting", "BatonDiagrams", "BatonLab", "BatonVhostUser",
        "BatonCore", "BatonCLinux",
      ],
      swiftSettings: tested),
    .testTarget(
      name: "ExampleTests", dependencies: ["BatonCore", "BatonMig", "BatonNet"],
      swiftSettings: tested),
    .testTarget(name: "HouseTests", swiftSettings: tested),
  ]
)
