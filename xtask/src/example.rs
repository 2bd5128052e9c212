//! How does an example run, all of it, by one command?
//!
//! A server, the pages, and a publisher where the example has one: processes side by side, which
//! end together. What they share they find in the environment, where `OMNIBUS_SERVER_PORT` and
//! the other settings may stand already.

use std::env;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::error::Error;
use crate::program::{self, Program};
use crate::setup;
use crate::workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask example NAME [--django] [--port N] [--listen ADDRESS]

  mice     moving mice: each window sees the others'
  files    a file dropped into one window arrives in the other
  map      a live map that a publisher feeds
  chat     a small chat; with --django, of logged-in users

  --django            the pages come from a Django site, the server is `manage.py omnibusd`
  --port N            where the pages are, 8000 unless set
  --listen ADDRESS    0.0.0.0 lets other devices in; this machine alone otherwise
";

const NAMES: [&str; 4] = ["mice", "files", "map", "chat"];

/// The test command has built the server already, and says so by this.
const BUILT: &str = "OMNIBUS_TEST_BINARIES";

/// How often it is seen whether a process has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long a process may take to end after it was asked to, before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// Runs an example until Ctrl-C, or until one of its processes ends.
///
/// # Errors
/// Where a part does not compile or start, or ends by itself.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Result<(), Error> {
    let wanted = Wanted::parse(arguments)?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|error| Error::malformed("listening for signals", error))?;
    }
    if env::var_os(BUILT).is_none() {
        let build = ["build", "--quiet", "-p", "omnibusd", "-p", "omnibus"];
        workspace.cargo(&build).run()?;
    }
    let stage = Stage::new(workspace, &wanted)?;
    let parts = if wanted.is_django {
        stage.django()?
    } else {
        stage.plain()
    };
    let mut running = Running::default();
    for (name, program) in parts {
        running.0.push((name, program.start()?));
    }
    let mut is_announced = false;
    while !stop.load(Relaxed) {
        running.check()?;
        if !is_announced && wanted.is_served() {
            is_announced = true;
            println!("\n  {}, in two windows; Ctrl-C ends it\n", wanted.url());
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// What the command line asks for.
#[derive(Debug)]
struct Wanted {
    name: &'static str,
    is_django: bool,
    port: u16,
    listen: String,
}

impl Wanted {
    fn parse(arguments: &[String]) -> Result<Self, Error> {
        let mut arguments = arguments.iter();
        let name = arguments.next().map_or("", String::as_str);
        let known = NAMES.into_iter().find(|&known| known == name);
        let mut wanted = Self {
            name: known.ok_or_else(|| Error::usage(name, USAGE))?,
            is_django: false,
            port: 8000,
            listen: "127.0.0.1".to_owned(),
        };
        while let Some(flag) = arguments.next() {
            let misused = || Error::usage(flag, USAGE);
            let mut value = || arguments.next().ok_or_else(misused);
            match flag.as_str() {
                "--django" => wanted.is_django = true,
                "--port" => wanted.port = value()?.parse().map_err(|_| misused())?,
                "--listen" => value()?.clone_into(&mut wanted.listen),
                _ => return Err(misused()),
            }
        }
        Ok(wanted)
    }

    /// Where the example is.
    fn url(&self) -> String {
        format!("http://localhost:{}/{}/", self.port, self.name)
    }

    /// Whether the pages can be asked for.
    fn is_served(&self) -> bool {
        let everywhere = Ipv4Addr::UNSPECIFIED.to_string();
        let host = if self.listen == everywhere {
            "localhost"
        } else {
            self.listen.as_str()
        };
        TcpStream::connect((host, self.port)).is_ok()
    }
}

/// Where everything is that an example is put together from.
#[derive(Debug)]
struct Stage<'a> {
    workspace: &'a Workspace,
    wanted: &'a Wanted,
    /// The folder `examples`.
    examples: PathBuf,
    /// The folder with `omnibusd` and `omnibus`.
    binaries: PathBuf,
    /// The Python package of ours, as it lies in the repository.
    package: PathBuf,
}

/// A process by name, about to be started.
type Part = (&'static str, Program);

impl<'a> Stage<'a> {
    fn new(workspace: &'a Workspace, wanted: &'a Wanted) -> Result<Self, Error> {
        // Cargo puts all programs of a workspace beside each other.
        let binaries = match env::var_os(BUILT) {
            Some(folder) => PathBuf::from(folder),
            None => env::current_exe()
                .map_err(Error::file(Path::new("xtask")))?
                .with_file_name(""),
        };
        Ok(Self {
            workspace,
            wanted,
            examples: workspace.path("examples"),
            binaries,
            package: workspace.path("clients/python/src"),
        })
    }

    /// The server with the example's own settings, and its pages as files.
    fn plain(&self) -> Vec<Part> {
        let folder = self.examples.join(self.wanted.name);
        let server = self
            .program(&self.binaries.join("omnibusd"))
            .arg("--config")
            .arg(folder.join("omnibus.toml"))
            .args(["--server-listen", &self.wanted.listen]);
        let pages = self
            .program(Path::new("python3"))
            .arg(self.examples.join("serve.py"))
            .args([&self.wanted.port.to_string(), &self.wanted.listen]);
        let mut parts = vec![("the server", server), ("the pages", pages)];
        if self.wanted.name == "map" {
            let publisher = self.program(Path::new("python3")).arg(folder.join("publish.py"));
            parts.push(("the publisher", publisher));
        }
        parts
    }

    /// The site of all examples, with its users, and the server that it starts.
    fn django(&self) -> Result<Vec<Part>, Error> {
        // The test command names the one that it has installed.
        let python = match env::var_os(setup::DJANGO_52) {
            Some(python) => PathBuf::from(python),
            None => setup::django_52(self.workspace)?,
        };
        let manage = |arguments: &[&str]| {
            self.program(&python)
                .arg(self.examples.join("django/manage.py"))
                .args(arguments)
        };
        manage(&["migrate", "--verbosity", "0"]).run()?;
        manage(&["demo_users"]).run()?;
        let address = format!("{}:{}", self.wanted.listen, self.wanted.port);
        let mut parts = vec![
            ("the server", manage(&["omnibusd"])),
            ("the pages", manage(&["runserver", "--noreload", &address])),
        ];
        if self.wanted.name == "map" {
            parts.push(("the publisher", manage(&["drive"])));
        }
        Ok(parts)
    }

    /// A program that finds ours, and that ends with this one however this one ends.
    fn program(&self, program: &Path) -> Program {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.binaries.clone()).chain(env::split_paths(&path));
        let started = match program::find("setpriv") {
            Some(setpriv) => Program::new(setpriv).args(["--pdeathsig", "TERM"]).arg(program),
            None => Program::new(program),
        };
        started
            .env("PATH", env::join_paths(folders).unwrap_or(path))
            .env("PYTHONPATH", &self.package)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("OMNIBUS_SERVER_LISTEN", &self.wanted.listen)
    }
}

/// Processes that end together: none is left when this is dropped.
#[derive(Debug, Default)]
struct Running(Vec<(&'static str, Child)>);

impl Running {
    /// An example that lacks a part is none.
    fn check(&mut self) -> Result<(), Error> {
        for (name, child) in &mut self.0 {
            let ended = child.try_wait().map_err(Error::file(Path::new(name)))?;
            if let Some(status) = ended {
                return Err(Error::malformed(*name, format!("ended by itself, {status}")));
            }
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let deadline = Instant::now() + GRACE;
        for (_, child) in &mut self.0 {
            // A child that was not waited for keeps its number, so this never reaches another.
            Program::new("kill").arg(child.id().to_string()).succeeds();
        }
        for (_, child) in &mut self.0 {
            while matches!(child.try_wait(), Ok(None)) && Instant::now() < deadline {
                thread::sleep(LOOK_EVERY);
            }
            // Either fails only where it has ended, which is what they are for.
            let _ended_already = child.kill();
            let _waited_already = child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Wanted, Error> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Wanted::parse(&words)
    }

    #[test]
    fn name_stands_first_and_flags_behind_it() {
        let wanted = parse("chat --port 8123 --django").unwrap();
        assert_eq!((wanted.name, wanted.port, wanted.is_django), ("chat", 8123, true));
        assert_eq!(wanted.listen, "127.0.0.1");
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, named) in [
            ("", "``"),
            ("maps", "`maps`"),
            ("map --port", "`--port`"),
            ("map --port x", "`--port`"),
            ("map -d", "`-d`"),
        ] {
            let text = parse(line).unwrap_err().to_string();
            assert!(text.starts_with(named) && text.contains("usage:"), "{text}");
        }
    }

    #[test]
    fn processes_end_with_what_holds_them() {
        let child = Program::new("sleep").arg("60").start().unwrap();
        let pid = child.id();
        drop(Running(vec![("a sleeper", child)]));
        assert!(!Path::new("/proc").join(pid.to_string()).exists());
    }

    #[test]
    fn part_that_ends_by_itself_is_told() {
        let child = Program::new("true").start().unwrap();
        let mut running = Running(vec![("the pages", child)]);
        let deadline = Instant::now() + GRACE;
        let error = loop {
            match running.check() {
                Err(error) => break error.to_string(),
                Ok(()) => assert!(Instant::now() < deadline, "it is not told"),
            }
            thread::sleep(LOOK_EVERY);
        };
        assert!(error.starts_with("the pages: ended by itself"), "{error}");
    }
}
