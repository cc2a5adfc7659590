internal import BatonCLinux

/// True while this mutant is chosen. Public, because inlinable code has mutants as well.
@inline(never)
public func mutant(_ number: Int32) -> Bool { clinux_mutant() == number }
