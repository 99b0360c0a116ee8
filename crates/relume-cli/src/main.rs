//! The `relume` program.

fn main() {}
