//! Says what the program is made of beside its Rust sources: the app's files, which
//! `pages::app` embeds.

fn main() {
    println!("cargo::rerun-if-changed=../../web/app");
}
