//! Which foreign peers are there, and by which variables do tests find them?

use std::path::{Path, PathBuf};

use crate::cache;
use crate::error::Error;
use crate::program;
use crate::workspace::Workspace;

use super::{apt, node, python};

/// Where the foreign peers are, by the variables in which tests find them.
#[derive(Debug)]
pub(crate) struct Peers(Vec<(&'static str, PathBuf)>);

impl Peers {
    /// Peers that are there, by their variables.
    pub(super) fn new(peers: Vec<(&'static str, PathBuf)>) -> Self {
        Self(peers)
    }

    /// The environment variables that tests read.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        self.0.iter().map(|(name, path)| (*name, path.as_path()))
    }

    /// Where a peer is.
    ///
    /// # Errors
    /// No peer has this variable.
    pub(crate) fn path(&self, variable: &str) -> Result<&Path, Error> {
        self.variables()
            .find_map(|(name, path)| (name == variable).then_some(path))
            .ok_or_else(|| Error::Missing {
                what: variable.to_owned(),
                hint: "no peer of this name is installed by xtask/src/setup/peers.rs".to_owned(),
            })
    }
}

/// Installs what is missing and tells where everything is.
pub(crate) fn install(workspace: &Workspace) -> Result<Peers, Error> {
    apt::install(&workspace.path("tests/foreign/apt.txt"))?;
    let cache = cache::folder()?;
    let original = python::original(workspace, &cache)?;
    let django = |name, requirements: &str| {
        let venv = python::environment(workspace, &cache, name, requirements)?;
        Ok::<_, Error>(venv.join("bin/python"))
    };
    let modules = |name, home: &str| node::modules(workspace, &cache, name, home);
    Ok(Peers::new(vec![
        // A Python that imports the original server and pyzmq, and the original's JavaScript.
        ("OMNIBUS_TEST_PYTHON", original.join("bin/python")),
        (
            "OMNIBUS_TEST_ORIGINAL_STATIC",
            python::site_packages(&original)?.join("omnibus/static/omnibus"),
        ),
        // Pythons with what our Python package needs, on the oldest and the newest Django.
        (
            DJANGO_42,
            django("django42", "clients/python/requirements-django42.txt")?,
        ),
        (DJANGO_52, django_52(workspace)?),
        ("OMNIBUS_TEST_NODE", found("node")?),
        ("OMNIBUS_TEST_NODE_MODULES", modules("node", "tests/foreign/node")?),
        // What our JavaScript client is built and tested with.
        (TYPESCRIPT_MODULES, modules("typescript", "clients/typescript")?),
        ("OMNIBUS_TEST_CHROMIUM", found("chromium")?),
    ]))
}

/// Installs a Python with Django 5.2, and nothing else, where it is missing: examples need no more.
pub(crate) fn django_52(workspace: &Workspace) -> Result<PathBuf, Error> {
    let requirements = "clients/python/requirements-django52.txt";
    let venv = python::environment(workspace, &cache::folder()?, "django52", requirements)?;
    Ok(venv.join("bin/python"))
}

/// A Python with Django 4.2 and what the Python package needs.
pub(crate) const DJANGO_42: &str = "OMNIBUS_TEST_DJANGO42";
/// A Python with Django 5.2 and what the Python package needs.
pub(crate) const DJANGO_52: &str = "OMNIBUS_TEST_DJANGO52";
/// The folder of what the JavaScript client is built and tested with.
const TYPESCRIPT_MODULES: &str = "OMNIBUS_TEST_TYPESCRIPT_MODULES";

fn found(name: &str) -> Result<PathBuf, Error> {
    program::find(name).ok_or_else(|| Error::Missing {
        what: format!("`{name}` on the search path"),
        hint: "tests/foreign/apt.txt names its package".to_owned(),
    })
}
