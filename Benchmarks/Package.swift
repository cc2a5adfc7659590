// swift-tools-version: 6.2
// A package of its own: who depends on Baton builds none of this.
import PackageDescription

let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "baton-benchmarks",
  dependencies: [.package(name: "baton", path: "..")],
  targets: [
    // The table in C, what Baton's dispatch is compared with.
    .target(name: "Twin"),
    .target(name: "Heap"),
    // The shortest way of a descriptor between two processes: what the blackout is compared with.
    .executableTarget(name: "bare", path: "bare"),
    // The shortest way of frames between a TAP and rings: what the datapath is compared with.
    .executableTarget(name: "floor", path: "floor"),
    // Calls that the C interface has as well: what going through it costs.
    .executableTarget(
      name: "calls",
      dependencies: [
        .product(name: "BatonCore", package: "baton"), .product(name: "BatonNet", package: "baton"),
      ],
      path: "calls", swiftSettings: house),
    .executableTarget(
      name: "bench",
      dependencies: [
        "Twin", "Heap", .product(name: "BatonCore", package: "baton"),
        .product(name: "BatonDiagrams", package: "baton"),
        .product(name: "BatonSCXML", package: "baton"),
        .product(name: "BatonTesting", package: "baton"),
      ],
      swiftSettings: house),
  ]
)
