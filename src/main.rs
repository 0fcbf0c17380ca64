//! The `twinsight` program.
fn main() {}
