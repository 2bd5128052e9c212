//! How are the fuzz targets built and run?
//!
//! libFuzzer on the stable compiler, without a sanitizer: LLVM's coverage pass is asked for by
//! its own options, which `cargo fuzz` can only do on nightly. What is looked for are panics,
//! hangs and memory without bound; safe code gives a sanitizer little to find.
//! `fuzz/` is a workspace of its own, each target a binary of it. New inputs and
//! findings are kept beside the build; seeds that are worth keeping lie in `fuzz/corpus/TARGET`.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::error::Error;
use crate::program::Program;
use crate::workspace::Workspace;

const USAGE: &str = "usage: cargo xtask fuzz [--seconds N] [TARGET]";

/// LLVM's coverage pass: edges, a counter each, where they are, and the values that are compared.
const RUSTFLAGS: [&str; 7] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    // Overflow is a finding, whatever the profile says.
    "-Coverflow-checks=on",
];

/// An input that takes longer is a finding.
const INPUT_SECONDS_MAX: u64 = 10;
/// A target that needs more memory is a finding.
const MEMORY_MIB_MAX: u64 = 2048;
/// What libFuzzer says at its start where the coverage pass has done its work.
const PROOF_OF_COVERAGE: &str = "inline 8-bit counters";

/// Reads the arguments and runs one target or all, for so many seconds each. One target without
/// `--seconds` runs until it finds something.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Result<(), Error> {
    let mut seconds = None;
    let mut target = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--seconds" {
            let number = rest.next().and_then(|number| number.parse().ok());
            seconds = Some(number.ok_or_else(|| Error::usage(argument, USAGE))?);
        } else if argument.starts_with('-') || target.is_some() {
            return Err(Error::usage(argument, USAGE));
        } else {
            target = Some(argument.as_str());
        }
    }
    if target.is_none() && seconds.is_none() {
        return Err(Error::usage("fuzz without --seconds and TARGET", USAGE));
    }
    run(workspace, target, seconds.map(Duration::from_secs))
}

/// Runs one target or all.
///
/// # Errors
/// Where a target finds something, does not build, or runs without coverage; where there is none.
pub(crate) fn run(workspace: &Workspace, target: Option<&str>, time: Option<Duration>) -> Result<(), Error> {
    let fuzz = Fuzz::new(workspace)?;
    let targets = fuzz.targets()?;
    let chosen: Vec<&String> = targets
        .iter()
        .filter(|name| target.is_none_or(|target| target == *name))
        .collect();
    if chosen.is_empty() {
        let problem = match target {
            Some(target) => format!("has no target {target}; it has {}", targets.join(", ")),
            None => "has no target; each is a [[bin]] of fuzz/Cargo.toml".to_owned(),
        };
        return Err(Error::malformed("fuzz/", problem));
    }
    fuzz.build()?;
    for name in chosen {
        fuzz.run(name, time)?;
    }
    Ok(())
}

/// The workspace of the fuzz targets.
struct Fuzz<'a> {
    workspace: &'a Workspace,
    /// Outside the clone where the build is, else in `fuzz/target`.
    target_folder: PathBuf,
    /// The machine's own triple: with `--target`, build scripts and macros are built without the
    /// coverage pass, whose symbols they would lack.
    triple: String,
}

impl<'a> Fuzz<'a> {
    fn new(workspace: &'a Workspace) -> Result<Self, Error> {
        let target_folder = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => workspace.root().join(folder).join("fuzz"),
            None => workspace.path("fuzz/target"),
        };
        let said = Program::new("rustc").arg("-vV").folder(workspace.root()).output()?;
        let triple = said.lines().find_map(|line| line.strip_prefix("host: "));
        let triple = triple
            .ok_or_else(|| Error::malformed("rustc -vV", "names no host"))?
            .to_owned();
        Ok(Self {
            workspace,
            target_folder,
            triple,
        })
    }

    /// The names of the binaries in `fuzz/Cargo.toml`.
    fn targets(&self) -> Result<Vec<String>, Error> {
        let text = self
            .workspace
            .cargo(&["metadata", "--format-version", "1", "--no-deps"])
            .args(["--manifest-path", "fuzz/Cargo.toml"])
            .output()?;
        let json: Value = serde_json::from_str(&text).map_err(|error| Error::malformed("cargo metadata", error))?;
        Ok(binaries(&json))
    }

    fn build(&self) -> Result<(), Error> {
        self.workspace
            .cargo(&["build", "--release", "--manifest-path", "fuzz/Cargo.toml"])
            .args(["--bins", "--target", &self.triple, "--target-dir"])
            .arg(&self.target_folder)
            // Goes before RUSTFLAGS and every configuration file; parted by units, not by spaces.
            .env("CARGO_ENCODED_RUSTFLAGS", RUSTFLAGS.join("\u{1f}"))
            .run()
    }

    fn run(&self, name: &str, time: Option<Duration>) -> Result<(), Error> {
        let found = self.target_folder.join("corpus").join(name);
        let artifacts = self.target_folder.join("artifacts").join(name);
        for folder in [&found, &artifacts] {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
        }
        let binary = self.target_folder.join(&self.triple).join("release").join(name);
        let mut program = Program::new(binary)
            .folder(self.workspace.root())
            .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
            .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            // New inputs go to the first folder, so that seeds change only by hand.
            .arg(&found);
        let seeds = self.workspace.path("fuzz/corpus").join(name);
        if seeds.is_dir() {
            program = program.arg(seeds);
        }
        let dictionary = self.workspace.path("fuzz/dictionaries").join(format!("{name}.dict"));
        if dictionary.is_file() {
            program = program.arg(format!("-dict={}", dictionary.display()));
        }
        let Some(time) = time else {
            return program.run();
        };
        let said = program.arg(format!("-max_total_time={}", time.as_secs())).errors()?;
        if !said.contains(PROOF_OF_COVERAGE) {
            let problem = "ran without coverage; mend the flags in xtask/src/fuzz.rs";
            return Err(Error::malformed(format!("fuzz target {name}"), problem));
        }
        let done = said.lines().find(|line| line.starts_with("Done ")).unwrap_or("done");
        println!("fuzz: {name}: {done}, nothing found");
        Ok(())
    }
}

fn binaries(metadata: &Value) -> Vec<String> {
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    packages
        .flat_map(|package| package.get("targets").and_then(Value::as_array).into_iter().flatten())
        .filter(|target| {
            let kinds = target.get("kind").and_then(Value::as_array);
            kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "bin"))
        })
        .filter_map(|target| Some(target.get("name")?.as_str()?.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_binaries_of_the_manifest() {
        let json = serde_json::json!({"packages": [{"targets": [
            {"name": "fuzz", "kind": ["lib"]},
            {"name": "frames", "kind": ["bin"]},
            {"name": "heads", "kind": ["bin"]},
        ]}]});
        assert_eq!(binaries(&json), ["frames", "heads"]);
    }

    #[test]
    fn arguments_that_mean_nothing_are_refused() {
        let workspace = Workspace::find();
        for arguments in [&["--seconds"][..], &["--seconds", "x"], &["--fast"], &["a", "b"], &[]] {
            let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
            assert!(matches!(command(&workspace, &arguments), Err(Error::Usage { .. })));
        }
    }
}
