//! What runs on one machine of the network?

use std::net::Ipv4Addr;
use std::process::Command;

use omnibus_tests::binary;
use omnibus_tests::limits;
use omnibus_tests::original::OriginalPublisher;
use omnibus_tests::participant::{Backend, Participant};
use omnibus_tests::program::Program;
use omnibus_tests::python::forget_settings;
use omnibus_tests::stream::wait_for_lines;

/// A machine: a namespace and its address.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) address: Ipv4Addr,
}

/// The server of a machine.
#[derive(Debug)]
pub(crate) struct Server<'a> {
    machine: &'a Machine,
    settings: Vec<(&'static str, String)>,
    program: Program,
}

impl Machine {
    /// The command, to be run on this machine.
    fn command(&self, command: &Command) -> Command {
        let mut here = Command::new("ip");
        here.args(["netns", "exec", &self.name])
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => here.env(name, value),
                None => here.env_remove(name),
            };
        }
        here
    }

    /// Starts a server with these settings and no others.
    pub(crate) fn serve(&self, settings: &[(&'static str, String)]) -> Server<'_> {
        Server {
            program: self.launch(settings),
            settings: settings.to_vec(),
            machine: self,
        }
    }

    fn launch(&self, settings: &[(&'static str, String)]) -> Program {
        let mut command = Command::new(binary::omnibusd());
        forget_settings(&mut command);
        command.envs(settings.iter().map(|(name, value)| (name, value)));
        let program = Program::start(&format!("omnibusd on {}", self.address), &mut self.command(&command));
        let _banner = program.line(limits::START);
        program
    }

    /// A Python backend on this machine that publishes there.
    pub(crate) fn backend(&self, name: &str, publisher_address: &str) -> Backend {
        let command = OriginalPublisher::command(publisher_address);
        Backend::new(name, OriginalPublisher::run(&mut self.command(&command)))
    }
}

impl Server<'_> {
    pub(crate) fn address(&self) -> Ipv4Addr {
        self.machine.address
    }

    pub(crate) fn participant(&self, name: &str, channels: &[&str]) -> Participant {
        Participant::join(&format!("ws://{}:4242/ec", self.address()), name, channels)
    }

    /// Waits until its link has come up so many times.
    pub(crate) fn wait_for_link(&self, times: usize) {
        wait_for_lines(&self.program, "link up", times);
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.program.signal("KILL");
        assert_eq!(self.program.exit_code(limits::STOP), -9);
    }

    /// Starts it anew.
    pub(crate) fn start_again(&mut self) {
        self.program = self.machine.launch(&self.settings);
    }

    /// Connections to this server's bus that are established, at each of these ports.
    pub(crate) fn bus_connections(&self, port: u16) -> usize {
        let mut command = Command::new("cat");
        command.arg("/proc/net/tcp");
        let output = self.machine.command(&command).output().expect("the machine runs");
        let near_end = format!(":{port:04X}");
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter(|line| {
                let columns: Vec<&str> = line.split_whitespace().collect();
                matches!(columns[..], [_, near, _, "01", ..] if near.ends_with(&near_end))
            })
            .count()
    }
}
