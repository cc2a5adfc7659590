//! Where libbaton is, when it is not installed: the folder that `BATON_LIB_DIR` names.

fn main() {
    println!("cargo:rerun-if-env-changed=BATON_LIB_DIR");
    if let Ok(folder) = std::env::var("BATON_LIB_DIR") {
        println!("cargo:rustc-link-search=native={folder}");
    }
}
