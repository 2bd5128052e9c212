//! Where are the foreign peers that tests run?

use std::path::PathBuf;

/// The file or folder that an environment variable of the test command names.
///
/// # Panics
/// If the variable is not set or names nothing: a test without its peer fails, it is never left
/// out.
#[must_use]
pub fn path(variable: &str) -> PathBuf {
    let Some(value) = std::env::var_os(variable) else {
        panic!(
            "{variable} is not set: run `cargo xtask test`, which installs the foreign peers and names them, \
             or `eval \"$(cargo xtask setup --print-env)\"` before `cargo test`"
        );
    };
    let path = PathBuf::from(value);
    assert!(
        path.exists(),
        "{variable} names {}, which is not there: run `cargo xtask setup`, which installs it",
        path.display()
    );
    path
}
