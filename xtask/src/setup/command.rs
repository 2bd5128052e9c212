//! What does `cargo xtask setup` print?

use std::path::Path;

use crate::error::Error;
use crate::workspace::Workspace;

use super::peers;

const USAGE: &str = "usage: cargo xtask setup [--print-env]";

/// Installs all that the tests need and prints where it is; with `--print-env` in a form that a
/// shell evaluates: `eval "$(cargo xtask setup --print-env)"`.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Result<(), Error> {
    let for_a_shell = match arguments {
        [] => false,
        [flag] if flag == "--print-env" => true,
        [flag, ..] => return Err(Error::usage(flag, USAGE)),
    };
    let peers = peers::install(workspace)?;
    for (name, path) in peers.variables() {
        if for_a_shell {
            println!("export {name}={}", shell_quoted(path));
        } else {
            println!("{name}={}", path.display());
        }
    }
    Ok(())
}

fn shell_quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_survives_spaces_and_quotes() {
        assert_eq!(shell_quoted(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }
}
