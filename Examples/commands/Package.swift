// swift-tools-version: 6.2
import PackageDescription

// Outside of this clone the dependency is
//   .package(url: "https://github.com/OWNER/baton", from: "0.1.0", traits: ["ChartCommand"])
let package = Package(
  name: "commands",
  dependencies: [.package(name: "baton", path: "../..", traits: ["ChartCommand"])],
  targets: [
    .executableTarget(
      name: "orders",
      dependencies: [
        .product(name: "BatonCore", package: "baton"),
        .product(name: "BatonTesting", package: "baton"),
        .product(name: "BatonCommand", package: "baton"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)])
  ])
