// swift-tools-version: 6.2
// A package of its own: it needs libFuzzer, and who depends on Baton builds none of this.
import PackageDescription

let package = Package(
  name: "baton-fuzz",
  dependencies: [.package(name: "baton", path: "..")],
  targets: [
    // The header of libFuzzer's entry: the toolchain has the library and no module.
    .target(name: "Driver"),
    // Targets is a link to Tests/FuzzTests/Targets: plain tests replay what is found here.
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "Driver", .product(name: "BatonCore", package: "baton"),
        .product(name: "BatonMig", package: "baton"), .product(name: "BatonNet", package: "baton"),
        .product(name: "BatonSCXML", package: "baton"),
        .product(name: "BatonDiagrams", package: "baton"),
        .product(name: "BatonVhostUser", package: "baton"),
        .product(name: "BatonHost", package: "baton"),
        .product(name: "BatonTesting", package: "baton"),
        .product(name: "BatonProof", package: "baton"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6)]),
  ]
)
