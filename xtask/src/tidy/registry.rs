//! Does every outside dependency come from the public registry?

use super::finding::Finding;
use super::project::Project;

/// How cargo's name for the registry that it uses unless told otherwise begins, and whose index
/// that is.
const PREFIX: &str = "registry+";
const OWNER: &str = "/rust-lang/";

/// Finds packages from git, from another registry, or from a path outside the workspace.
pub(super) fn check(project: &Project) -> Vec<Finding> {
    project
        .packages
        .iter()
        .filter(|package| package.member.is_none())
        .filter_map(|package| {
            let source = package.source.as_deref().unwrap_or("a path outside the workspace");
            let is_public = source.starts_with(PREFIX) && source.contains(OWNER);
            (!is_public).then(|| {
                Finding::new(
                    format!("{} {}", package.name, package.version),
                    format!("comes from {source}; use a release from the public registry"),
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::metadata::Package;
    use super::*;

    fn found(source: Option<&str>) -> usize {
        let package = Package {
            source: source.map(str::to_owned),
            ..Package::default()
        };
        check(&Project::of_packages(vec![package])).len()
    }

    #[test]
    fn release_from_the_public_registry_passes() {
        assert_eq!(found(Some("registry+https://example.org/rust-lang/index")), 0);
    }

    #[test]
    fn git_other_registries_and_stray_paths_are_found() {
        assert_eq!(found(Some("git+https://example.org/rust-lang/x#abc")), 1);
        assert_eq!(found(Some("registry+https://example.org/private-index")), 1);
        assert_eq!(found(None), 1);
    }
}
