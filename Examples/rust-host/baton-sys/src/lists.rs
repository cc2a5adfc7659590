//! The declarations beside the lists that libbaton is built against.
use std::path::Path;

/// A list of Scripts/libbaton.
fn list(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../Scripts/libbaton");
    std::fs::read_to_string(folder.join(name)).expect("this crate lies in Baton's tree")
}

#[test]
fn every_struct_has_the_layout_of_the_library() {
    assert_eq!(crate::structs::layouts(), list("layouts.txt"));
}

#[test]
fn every_function_of_the_library_is_declared_and_no_other() {
    let mut declared: Vec<&str> = include_str!("functions.rs")
        .split("pub fn ")
        .skip(1)
        .filter_map(|rest| rest.split('(').next())
        .collect();
    declared.sort_unstable();
    assert_eq!(declared, list("symbols.txt").lines().collect::<Vec<_>>());
}

#[test]
fn the_library_that_is_linked_is_of_this_release() {
    // SAFETY: any thread may ask.
    let number = unsafe { crate::baton_version_number() };
    let parts: Vec<u32> =
        env!("CARGO_PKG_VERSION").split('.').map(|part| part.parse().unwrap()).collect();
    assert_eq!(number, parts[0] * 1_000_000 + parts[1] * 1_000 + parts[2]);
}
