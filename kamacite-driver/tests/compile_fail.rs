//! What the types and the attributes forbid does not compile, and the compiler says why.
//!
//! After a change of words, or with another compiler: `TRYBUILD=overwrite cargo test -p kamacite-driver --test
//! compile_fail`, and read the difference.

#[test]
fn what_is_forbidden_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
