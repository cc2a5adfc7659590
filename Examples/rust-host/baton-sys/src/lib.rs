//! What it shows: baton.h in Rust, written by hand, so that no tool is needed to build it. The
//! names are those of the header, which is the contract; nothing here adds to it or takes from it.
//! The tests compare structs and functions with the lists that the library itself is checked
//! against.
#![allow(non_camel_case_types, missing_docs)]

mod constants;
mod functions;
#[cfg(test)]
mod lists;
pub mod os;
mod structs;

pub use constants::*;
pub use functions::*;
pub use structs::*;
