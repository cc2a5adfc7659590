// swift-tools-version: 6.2
import PackageDescription

// Outside of this clone the dependency is
//   .package(url: "https://github.com/OWNER/baton", from: "0.1.0")
let package = Package(
  name: "properties",
  dependencies: [.package(name: "baton", path: "../..")],
  targets: [
    .target(
      name: "Turnstile", dependencies: [.product(name: "BatonCore", package: "baton")],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    .testTarget(
      name: "TurnstileTests",
      dependencies: [
        "Turnstile", .product(name: "BatonCore", package: "baton"),
        .product(name: "BatonTesting", package: "baton"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)]),
  ]
)
