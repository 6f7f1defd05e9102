//! What the macros accept and what they refuse, as their users see it: one mistake for each file of `ui/fail`, which is
//! named after it. After a change of words, run with `TRYBUILD=overwrite` and read every `.stderr` that differs.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}
