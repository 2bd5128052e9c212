//! What does cargo know about our packages and everybody else's?

use serde_json::Value;

use crate::error::Error;
use crate::workspace::Workspace;

/// One package: ours, or one that we depend on directly or not.
#[derive(Debug, Clone, Default)]
pub(super) struct Package {
    /// Its name.
    pub(super) name: String,
    /// Its version.
    pub(super) version: String,
    /// Where it comes from; nothing for what lies in the project.
    pub(super) source: Option<String>,
    /// An SPDX expression, where it states one.
    pub(super) licence: Option<String>,
    /// Its folder from the project's root, for members of the workspace only.
    pub(super) member: Option<String>,
    /// What it names in its manifest.
    pub(super) dependencies: Vec<Dependency>,
}

/// One line of a manifest's dependencies.
#[derive(Debug, Clone)]
pub(super) struct Dependency {
    /// The package's own name, also where the manifest renames it.
    pub(super) name: String,
    /// Whether only tests, examples and benchmarks see it.
    pub(super) is_dev: bool,
}

/// Asks cargo for every package of the lock file, on all platforms.
pub(super) fn read(workspace: &Workspace) -> Result<Vec<Package>, Error> {
    let text = workspace.cargo(&["metadata", "--format-version", "1"]).output()?;
    let json = serde_json::from_str(&text).map_err(|error| Error::malformed("cargo metadata", error))?;
    Ok(parse(&json))
}

/// Reads cargo's answer; a key that is absent is an empty value.
fn parse(json: &Value) -> Vec<Package> {
    let root = text(json, "workspace_root").unwrap_or_default();
    let members: Vec<&str> = list(json, "workspace_members").filter_map(Value::as_str).collect();
    list(json, "packages")
        .map(|package| {
            let is_member = text(package, "id").is_some_and(|id| members.contains(&id.as_str()));
            let manifest = text(package, "manifest_path").unwrap_or_default();
            let folder = manifest.strip_prefix(&root).unwrap_or(&manifest);
            let folder = folder.trim_end_matches("Cargo.toml").trim_matches('/');
            Package {
                name: text(package, "name").unwrap_or_default(),
                version: text(package, "version").unwrap_or_default(),
                source: text(package, "source"),
                licence: text(package, "license"),
                member: is_member.then(|| folder.to_owned()),
                dependencies: list(package, "dependencies").map(dependency).collect(),
            }
        })
        .collect()
}

fn dependency(json: &Value) -> Dependency {
    Dependency {
        name: text(json, "name").unwrap_or_default(),
        is_dev: text(json, "kind").as_deref() == Some("dev"),
    }
}

fn text(json: &Value, key: &str) -> Option<String> {
    json.get(key)?.as_str().map(str::to_owned)
}

fn list<'a>(json: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    json.get(key).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_from_what_they_depend_on() {
        let json = serde_json::json!({
            "workspace_root": "/p",
            "workspace_members": ["path+file:///p/crates/a#0.1.0"],
            "packages": [
                {
                    "id": "path+file:///p/crates/a#0.1.0", "name": "a", "version": "0.1.0",
                    "source": null, "license": "MIT", "manifest_path": "/p/crates/a/Cargo.toml",
                    "dependencies": [{"name": "b", "kind": null}, {"name": "c", "kind": "dev"}],
                },
                { "id": "registry#b@2.0.0", "name": "b", "version": "2.0.0", "source": "registry+x" },
            ],
        });
        let packages = parse(&json);
        assert_eq!(packages[0].member.as_deref(), Some("crates/a"));
        assert_eq!(packages[0].source, None);
        let kinds: Vec<bool> = packages[0].dependencies.iter().map(|d| d.is_dev).collect();
        assert_eq!(kinds, [false, true]);
        assert_eq!(
            (packages[1].member.as_deref(), packages[1].licence.as_deref()),
            (None, None)
        );
    }
}
