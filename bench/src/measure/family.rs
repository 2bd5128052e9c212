//! Which processes are one server?

use std::fs;

/// A process and all below it, itself first; those that end meanwhile may be missing.
pub(crate) fn family(process: u32) -> Vec<u32> {
    let parents = parents();
    let mut family = vec![process];
    let mut at = 0;
    while at < family.len() {
        let parent = family[at];
        family.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
        at += 1;
    }
    family
}

/// All processes with their parents.
fn parents() -> Vec<(u32, u32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            Some((process, parent_of(&stat)?))
        })
        .collect()
}

/// The fourth field; the second one, a name in brackets, may hold anything.
fn parent_of(stat: &str) -> Option<u32> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    behind_name.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio, id};

    use super::*;

    #[test]
    fn parent_is_read_behind_any_name() {
        assert_eq!(parent_of("7 (a) b) S 3 7 7 0"), Some(3));
    }

    #[test]
    fn child_is_of_the_family() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let family = family(id());
        assert_eq!(family[0], id());
        assert!(family.contains(&child.id()));
        drop(child.stdin.take());
        child.wait().unwrap();
    }
}
