//! What is `omnibusd` asked to do?

#[cfg(target_env = "gnu")]
mod allocator;
mod banner;
mod descriptors;
mod key_file;
mod logging;
mod node;
mod runtime;
mod signals;

use std::process::ExitCode;

use omnibus_settings::{Command, Mistakes};

fn main() -> ExitCode {
    #[cfg(target_env = "gnu")]
    allocator::tune();
    match Command::from_process() {
        Ok(Command::Run(settings)) => node::run(*settings),
        Ok(Command::Check { outcome, format }) => {
            print!("{}", format.report(&outcome));
            if outcome.is_ok() {
                ExitCode::SUCCESS
            } else {
                bad_settings()
            }
        }
        Ok(Command::Settings { format }) => {
            print!("{}", format.listing());
            ExitCode::SUCCESS
        }
        Ok(Command::Help(text)) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Ok(Command::Version) => {
            println!("omnibusd {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Err(mistakes) => {
            eprintln!("{mistakes}");
            bad_settings()
        }
    }
}

/// `EX_CONFIG`: nothing was started, because the settings can't be.
fn bad_settings() -> ExitCode {
    ExitCode::from(Mistakes::EXIT_CODE)
}
