//! Which crate may import which?
//!
//! The table is ARCHITECTURE.md's. A crate imports what its row names, all of it of a lower rank;
//! its tests may import any crate of a lower rank. Crates of one rank never meet.

use super::finding::Finding;
use super::metadata::{Dependency, Package};
use super::project::Project;

/// A crate's row in the table.
struct Row {
    name: &'static str,
    rank: u8,
    may_import: &'static [&'static str],
}

const fn row(rank: u8, name: &'static str, may_import: &'static [&'static str]) -> Row {
    Row { name, rank, may_import }
}

const COUNTERS: &str = "omnibus-counters";
const PROTOCOL: &str = "omnibus-protocol";
const HUB: &str = "omnibus-hub";

/// Everything below the binaries.
const LIBRARIES: &[&str] = &[
    COUNTERS,
    PROTOCOL,
    "omnibus-websocket",
    "omnibus-zmtp",
    "omnibus-sockjs",
    "omnibus-uring",
    "omnibus-session",
    "omnibus-auth",
    "omnibus-hooks",
    HUB,
    "omnibus-front",
    "omnibus-bus-zmq",
    "omnibus-api",
    "omnibus-settings",
];

/// All crates.
const ROWS: &[Row] = &[
    row(0, COUNTERS, &[]),
    row(0, PROTOCOL, &[]),
    row(0, "omnibus-websocket", &[]),
    row(0, "omnibus-zmtp", &[]),
    row(0, "omnibus-sockjs", &[]),
    row(0, "omnibus-uring", &[]),
    row(1, "omnibus-session", &[PROTOCOL]),
    row(1, "omnibus-auth", &[COUNTERS]),
    row(1, "omnibus-hooks", &[COUNTERS, PROTOCOL]),
    row(2, HUB, &[COUNTERS, "omnibus-uring"]),
    row(
        3,
        "omnibus-front",
        &[
            PROTOCOL,
            "omnibus-session",
            "omnibus-auth",
            "omnibus-hooks",
            HUB,
            "omnibus-websocket",
            "omnibus-sockjs",
        ],
    ),
    row(3, "omnibus-bus-zmq", &[HUB, "omnibus-zmtp"]),
    row(3, "omnibus-api", &[COUNTERS, "omnibus-auth", "omnibus-hooks", HUB]),
    row(
        4,
        "omnibus-settings",
        &[
            "omnibus-session",
            "omnibus-auth",
            "omnibus-hooks",
            HUB,
            "omnibus-front",
            "omnibus-bus-zmq",
            "omnibus-api",
        ],
    ),
    row(5, "omnibusd", LIBRARIES),
    row(5, "omnibus", LIBRARIES),
];

/// Checks every member of the workspace that lies in `crates/`.
pub(super) fn check(project: &Project) -> Vec<Finding> {
    let members: Vec<&Package> = project
        .packages
        .iter()
        .filter(|package| package.member.is_some())
        .collect();
    let is_ours = |name: &str| members.iter().any(|member| member.name == name);
    let mut findings = Vec::new();
    for package in &members {
        if !package
            .member
            .as_deref()
            .is_some_and(|folder| folder.starts_with("crates/"))
        {
            continue;
        }
        let Some(row) = find(&package.name) else {
            findings.push(Finding::new(
                &package.name,
                "has no rank; give it a row in xtask/src/tidy/ranks.rs and in ARCHITECTURE.md",
            ));
            continue;
        };
        let ours = package
            .dependencies
            .iter()
            .filter(|dependency| is_ours(&dependency.name));
        findings.extend(ours.filter_map(|dependency| upward(row, dependency)));
    }
    findings
}

/// Says what is wrong with this import, where something is.
fn upward(row: &Row, dependency: &Dependency) -> Option<Finding> {
    let rank = find(&dependency.name).map(|other| other.rank);
    let is_lower = rank.is_some_and(|rank| rank < row.rank);
    let is_allowed = match dependency.is_dev {
        true => is_lower,
        false => is_lower && row.may_import.contains(&dependency.name.as_str()),
    };
    let shown_rank = rank.map_or("none".to_owned(), |rank| rank.to_string());
    (!is_allowed).then(|| {
        Finding::new(
            row.name,
            format!(
                "is of rank {} and imports {} (rank {shown_rank}); it may import {}, its tests \
                 anything of a lower rank",
                row.rank,
                dependency.name,
                if row.may_import.is_empty() {
                    "nothing of ours".to_owned()
                } else {
                    row.may_import.join(", ")
                },
            ),
        )
    })
}

fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, imports: &[&str], dev_imports: &[&str]) -> Package {
        let dependency = |is_dev| {
            move |name: &&str| Dependency {
                name: (*name).to_owned(),
                is_dev,
            }
        };
        Package {
            name: name.to_owned(),
            member: Some(format!("crates/{name}")),
            dependencies: imports
                .iter()
                .map(dependency(false))
                .chain(dev_imports.iter().map(dependency(true)))
                .collect(),
            ..Package::default()
        }
    }

    /// All crates of the table, and this one instead of its namesake.
    fn findings_with(changed: Package) -> Vec<Finding> {
        let mut packages: Vec<Package> = ROWS
            .iter()
            .filter(|row| row.name != changed.name)
            .map(|row| member(row.name, row.may_import, &[]))
            .collect();
        packages.push(changed);
        check(&Project::of_packages(packages))
    }

    #[test]
    fn table_itself_points_downward() {
        for row in ROWS {
            for name in row.may_import {
                assert!(find(name).unwrap().rank < row.rank, "{} imports {name}", row.name);
            }
        }
    }

    #[test]
    fn downward_import_passes() {
        assert_eq!(findings_with(member("omnibus-session", &[PROTOCOL, "serde"], &[])), []);
    }

    #[test]
    fn upward_import_is_found() {
        let findings = findings_with(member("omnibus-session", &[HUB], &[]));
        assert_eq!(findings.len(), 1);
        assert!(
            findings[0].problem.contains("imports omnibus-hub (rank 2)"),
            "{}",
            findings[0]
        );
    }

    #[test]
    fn crates_of_one_rank_never_meet() {
        assert_eq!(
            findings_with(member("omnibus-front", &["omnibus-bus-zmq"], &[])).len(),
            1
        );
    }

    #[test]
    fn lower_crate_that_the_row_does_not_name_is_found() {
        assert_eq!(
            findings_with(member("omnibus-bus-zmq", &["omnibus-session"], &[])).len(),
            1
        );
    }

    #[test]
    fn tests_import_any_lower_crate_and_none_beside_or_above() {
        let dev = |name| findings_with(member("omnibus-front", &[], &[name])).len();
        assert_eq!(dev("omnibus-zmtp"), 0);
        assert_eq!(dev("omnibus-bus-zmq"), 1);
        assert_eq!(dev("omnibusd"), 1);
    }

    #[test]
    fn crate_without_a_rank_is_found() {
        let findings = findings_with(member("omnibus-new", &[], &[]));
        assert!(findings[0].problem.starts_with("has no rank"));
    }

    #[test]
    fn member_outside_crates_cannot_be_imported_by_one_inside() {
        let mut harness = member("omnibus-tests", &["omnibusd"], &[]);
        harness.member = Some("tests".to_owned());
        let project = Project::of_packages(vec![harness, member("omnibusd", &["omnibus-tests"], &[])]);
        assert_eq!(check(&project).len(), 1);
    }
}
