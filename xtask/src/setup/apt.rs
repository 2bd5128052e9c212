//! Which Debian packages are missing, and who installs them?

use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::program::Program;

/// One line of `tests/foreign/apt.txt`.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    package: String,
    /// A shell command that succeeds where the package, or something as good, is there.
    proof: String,
    reason: String,
}

/// Installs those packages of the list whose proof fails; needs no network where none does.
///
/// # Errors
/// Where packages are missing and this is not root on a Debian: the error says what to install.
pub(crate) fn install(list: &Path) -> Result<(), Error> {
    let text = fs::read_to_string(list).map_err(Error::file(list))?;
    let wanted = parse(&text).map_err(|line| {
        Error::malformed(
            list.display().to_string(),
            format!("`{line}` is not package | proof | reason"),
        )
    })?;
    let missing = missing(&wanted);
    if missing.is_empty() {
        return Ok(());
    }
    for wanted in &missing {
        eprintln!("xtask: {} is missing: {}", wanted.package, wanted.reason);
    }
    let packages: Vec<&str> = missing.iter().map(|wanted| wanted.package.as_str()).collect();
    if !may_install() {
        return Err(not_there(&packages));
    }
    apt_get().arg("update").run_aside()?;
    apt_get()
        .args(["install", "--yes", "--no-install-recommends"])
        .args(&packages)
        .run_aside()?;
    let still_missing = self::missing(&wanted);
    if still_missing.is_empty() {
        return Ok(());
    }
    Err(not_there(
        &still_missing
            .iter()
            .map(|wanted| wanted.package.as_str())
            .collect::<Vec<_>>(),
    ))
}

/// Reads the list; an unreadable line is the error.
fn parse(text: &str) -> Result<Vec<Wanted>, &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            // A proof may hold `||`, so columns are parted at lone bars between spaces.
            let columns: Vec<&str> = line.split(" | ").map(str::trim).collect();
            match columns[..] {
                [package, proof, reason] if !package.contains(' ') => Ok(Wanted {
                    package: package.to_owned(),
                    proof: proof.to_owned(),
                    reason: reason.to_owned(),
                }),
                _ => Err(line),
            }
        })
        .collect()
}

fn missing(wanted: &[Wanted]) -> Vec<&Wanted> {
    wanted
        .iter()
        .filter(|wanted| !Program::new("sh").args(["-c", &wanted.proof]).succeeds())
        .collect()
}

fn may_install() -> bool {
    let is_root = Program::new("id").arg("-u").output().is_ok_and(|uid| uid.trim() == "0");
    is_root && Program::new("apt-get").arg("--version").succeeds()
}

fn apt_get() -> Program {
    Program::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive")
}

fn not_there(packages: &[&str]) -> Error {
    Error::Missing {
        what: packages.join(", "),
        hint: format!("run `apt-get install {}` as root, or its like", packages.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_read_with_comments_and_alternatives() {
        let wanted = parse("# why\n\niproute2 | command -v ip || false | namespaces\n").unwrap();
        assert_eq!(wanted.len(), 1);
        assert_eq!(wanted[0].proof, "command -v ip || false");
    }

    #[test]
    fn line_without_a_reason_is_refused() {
        assert_eq!(
            parse("chromium | command -v chromium"),
            Err("chromium | command -v chromium")
        );
    }

    #[test]
    fn only_what_cannot_be_shown_is_missing() {
        let wanted = parse("here | true | a\nabsent | false | b").unwrap();
        let packages: Vec<&str> = missing(&wanted).iter().map(|w| w.package.as_str()).collect();
        assert_eq!(packages, ["absent"]);
    }

    #[test]
    fn missing_packages_come_with_the_command_that_mends_it() {
        let text = not_there(&["chromium", "npm"]).to_string();
        assert!(text.contains("apt-get install chromium npm"), "{text}");
    }

    #[test]
    fn list_of_the_project_can_be_read() {
        let list = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/foreign/apt.txt");
        assert!(parse(&fs::read_to_string(list).unwrap()).is_ok_and(|wanted| !wanted.is_empty()));
    }
}
