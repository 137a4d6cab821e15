//! `migrate!` reads a folder: without this line Cargo would not notice a new file in it.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
