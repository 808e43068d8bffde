//! Tests, benchmarks and comparisons of this repository.

fn main() {}
