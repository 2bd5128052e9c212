//! Where do installed foreign peers live between runs?
//!
//! In a folder outside the clone, one subfolder per peer, named after a hash of everything that
//! it was made from: a second run finds it and needs no network, a changed lock file makes a new
//! one. A peer is made beside its final place and then renamed, so that whatever stands there
//! is complete.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{env, process};

use crate::error::Error;

/// A peer that no run has used for so long is removed when another one of its name is made.
const UNUSED_MAX: Duration = Duration::from_secs(14 * 24 * 3600);

/// The folder of everything that is kept between runs: `OMNIBUS_TEST_CACHE`, else
/// `omnibus-tests` in the user's cache folder.
pub(crate) fn folder() -> Result<PathBuf, Error> {
    choose(|name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)).ok_or_else(|| {
        Error::Missing {
            what: "a cache folder".to_owned(),
            hint: "set OMNIBUS_TEST_CACHE or HOME to an absolute path".to_owned(),
        }
    })
}

fn choose(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    variable("OMNIBUS_TEST_CACHE")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("omnibus-tests")))
        .or_else(|| Some(variable("HOME")?.join(".cache/omnibus-tests")))
        .filter(|path| path.is_absolute())
}

/// One installed peer.
#[derive(Debug)]
pub(crate) struct Peer<'a> {
    /// What it is called in the cache folder.
    pub(crate) name: &'static str,
    /// Everything that it is made from: texts of lock files, versions of tools.
    pub(crate) inputs: &'a [&'a str],
}

impl Peer<'_> {
    /// Returns the peer's folder in `cache`, made by `build` where it is not there yet.
    ///
    /// `build` is given an empty folder that is renamed afterwards: what it puts there must not
    /// depend on the folder's name.
    pub(crate) fn installed(
        &self,
        cache: &Path,
        build: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<PathBuf, Error> {
        let key = self.key();
        let place = cache.join(&key);
        if !place.is_dir() {
            self.make(cache, &place, build)?;
            self.prune(cache, &key);
        }
        mark_used(&place);
        Ok(place)
    }

    /// The folder's name. The hash is std's: should a new compiler change it, peers are
    /// installed once more, and that is all.
    fn key(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.inputs.hash(&mut hasher);
        format!("{}-{:016x}", self.name, hasher.finish())
    }

    fn make(&self, cache: &Path, place: &Path, build: impl FnOnce(&Path) -> Result<(), Error>) -> Result<(), Error> {
        let beside = cache.join(format!(".making-{}-{}", self.name, process::id()));
        remove(&beside)?;
        fs::create_dir_all(&beside).map_err(Error::file(&beside))?;
        eprintln!("xtask: installing {} into {}", self.name, place.display());
        let made = build(&beside).and_then(|()| {
            match fs::rename(&beside, place) {
                // Another run was quicker; what it made is the same.
                Err(_) if place.is_dir() => Ok(()),
                renamed => renamed.map_err(Error::file(place)),
            }
        });
        remove(&beside)?;
        made
    }

    /// Removes peers of the same name that nobody uses any more. A failure costs disk space only.
    fn prune(&self, cache: &Path, keep: &str) {
        let prefix = format!("{}-", self.name);
        for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            // The hash holds no dash, so `python-…` does not take `python-x-…` with it.
            let is_sibling = name.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('-'));
            if is_sibling && name != keep && is_unused(&entry.path()) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

fn mark_used(place: &Path) {
    // Only pruning reads the time, so that a cache that cannot be written to still serves.
    let _ = File::open(place).and_then(|folder| folder.set_modified(SystemTime::now()));
}

fn is_unused(place: &Path) -> bool {
    fs::metadata(place)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|used| used.elapsed().is_ok_and(|age| age > UNUSED_MAX))
}

fn remove(folder: &Path) -> Result<(), Error> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Error::file(folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: Peer<'static> = Peer {
        name: "peer",
        inputs: &["lock one"],
    };

    fn build(folder: &Path) -> Result<(), Error> {
        let file = folder.join("built");
        fs::write(&file, "yes").map_err(Error::file(&file))
    }

    #[test]
    fn peer_is_built_once_and_found_again() {
        let cache = tempfile::tempdir().unwrap();
        let first = PEER.installed(cache.path(), build).unwrap();
        assert!(first.join("built").is_file());
        let second = PEER.installed(cache.path(), |_| panic!("built twice")).unwrap();
        assert_eq!(first, second);
    }

    #[test]
    fn failed_build_leaves_nothing_behind() {
        let cache = tempfile::tempdir().unwrap();
        let failed = PEER.installed(cache.path(), |folder| {
            build(folder)?;
            Err(Error::malformed("peer", "broken"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    }

    #[test]
    fn changed_lock_file_makes_another_peer() {
        let other = Peer {
            name: "peer",
            inputs: &["lock two"],
        };
        assert_ne!(PEER.key(), other.key());
    }

    #[test]
    fn peer_unused_for_long_goes_when_a_new_one_comes() {
        let cache = tempfile::tempdir().unwrap();
        let [old, recent, foreign] = ["peer-0", "peer-1", "peer-x-0"].map(|name| cache.path().join(name));
        let long_ago = SystemTime::now() - 2 * UNUSED_MAX;
        for folder in [&old, &recent, &foreign] {
            fs::create_dir(folder).unwrap();
        }
        for folder in [&old, &foreign] {
            File::open(folder).unwrap().set_modified(long_ago).unwrap();
        }
        PEER.installed(cache.path(), build).unwrap();
        assert!(!old.exists() && recent.exists() && foreign.exists());
    }

    #[test]
    fn cache_folder_is_the_override_then_the_users() {
        const HOME: (&str, &str) = ("HOME", "/home/me");
        let chosen = |set: &[(&str, &str)]| {
            choose(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
        };
        assert_eq!(chosen(&[HOME]), Some("/home/me/.cache/omnibus-tests".into()));
        assert_eq!(
            chosen(&[("XDG_CACHE_HOME", "/c"), HOME]),
            Some("/c/omnibus-tests".into())
        );
        assert_eq!(chosen(&[("OMNIBUS_TEST_CACHE", "/t"), HOME]), Some("/t".into()));
        assert_eq!(chosen(&[("OMNIBUS_TEST_CACHE", "relative")]), None);
    }
}
