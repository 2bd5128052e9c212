//! How do four servers and a client get a network of their own?
//!
//! The test runs itself again, in a network and with mounts of its own. What it makes there is
//! seen by nobody outside, and ends with the last process inside, however the test ends: there
//! is nothing to clean up.

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use omnibus_tests::binary;
use omnibus_tests::program::Program;

use crate::machine::Machine;

/// Set where the test runs inside.
const INSIDE: &str = "OMNIBUS_TEST_INSIDE_NETWORK";

/// How long the test may take there.
const TIME_MAX: Duration = Duration::from_secs(120);

/// The director, and the forwarders.
const SERVERS: [Ipv4Addr; 4] = [
    Ipv4Addr::new(192, 168, 1, 10),
    Ipv4Addr::new(192, 168, 1, 11),
    Ipv4Addr::new(192, 168, 1, 12),
    Ipv4Addr::new(192, 168, 1, 13),
];

/// Where the clients are: the test itself.
const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 100);

/// The name that leads to all forwarders.
pub(crate) const NAME: &str = "omnibus.myfancydomain.com";

/// The namespace with the bridge that joins all machines.
const SWITCH: &str = "switch";

/// Four machines that the test can reach.
pub(crate) struct Network {
    pub(crate) director: Machine,
    pub(crate) forwarders: [Machine; 3],
}

/// Runs the body in a network of its own; `test` is the name of the test that asks for it.
pub(crate) fn in_a_network_of_its_own(test: &str, body: impl FnOnce(&Network)) {
    if std::env::var_os(INSIDE).is_some() {
        return body(&Network::build());
    }
    expect_powers();
    let this = std::env::current_exe().expect("the system knows the running program");
    let mut command = Command::new("unshare");
    command
        .args(["--net", "--mount", "--propagation", "private", "--"])
        .arg(this)
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .env("OMNIBUS_TEST_BINARIES", programs());
    let mut inside = Program::start("the test inside its network", &mut command);
    let code = inside.exit_code(TIME_MAX);
    let log = inside.log();
    assert!(
        code == 0 && log.contains("1 passed"),
        "exit code {code}; it wrote:\n{log}"
    );
    log.lines()
        .filter(|line| line.starts_with("= "))
        .for_each(|line| println!("{line}"));
}

/// Where the server's program is: inside, nothing is built.
fn programs() -> PathBuf {
    let folder = binary::omnibusd().parent().expect("a program is in a folder");
    folder.to_path_buf()
}

/// Says what is missing, if something is.
fn expect_powers() {
    let uid = fs::metadata("/proc/self")
        .expect("the system shows its processes")
        .uid();
    assert_eq!(
        uid, 0,
        "this test makes networks and has to run as root; run the tests by sudo or in a container"
    );
    for (program, package) in [("ip", "iproute2"), ("unshare", "util-linux"), ("mount", "mount")] {
        let found = Command::new(program)
            .arg("-V")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(found.is_ok(), "`{program}` is missing: install the package {package}");
    }
}

impl Network {
    /// Makes the machines, the bridge between them, and the name.
    fn build() -> Self {
        // Namespaces are named by files in /run/netns; these are in a folder that only the
        // processes inside see.
        run("mount", "-t tmpfs tmpfs /run");
        fs::create_dir("/run/netns").expect("the folder is new");
        let names = SERVERS[1..].iter().map(|address| format!("{address} {NAME}\n"));
        fs::write(
            "/run/hosts",
            format!("127.0.0.1 localhost\n{}", names.collect::<String>()),
        )
        .expect("there is room");
        run("mount", "--bind /run/hosts /etc/hosts");

        run("ip", "link set lo up");
        run("ip", &format!("netns add {SWITCH}"));
        run("ip", &format!("-n {SWITCH} link add bridge type bridge"));
        run("ip", &format!("-n {SWITCH} link set bridge up"));
        run(
            "ip",
            &format!("link add eth0 type veth peer name client netns {SWITCH}"),
        );
        run("ip", &format!("-n {SWITCH} link set client master bridge up"));
        run("ip", &format!("address add {CLIENT}/24 dev eth0"));
        run("ip", "link set eth0 up");
        let [director, forwarders @ ..] = SERVERS.map(machine);
        Self { director, forwarders }
    }
}

/// Makes a machine and plugs it into the bridge.
fn machine(address: Ipv4Addr) -> Machine {
    let name = format!("server{}", address.octets()[3]);
    run("ip", &format!("netns add {name}"));
    run(
        "ip",
        &format!("-n {name} link add eth0 type veth peer name {name} netns {SWITCH}"),
    );
    run("ip", &format!("-n {SWITCH} link set {name} master bridge up"));
    run("ip", &format!("-n {name} address add {address}/24 dev eth0"));
    run("ip", &format!("-n {name} link set eth0 up"));
    run("ip", &format!("-n {name} link set lo up"));
    Machine { name, address }
}

fn run(program: &str, arguments: &str) {
    let output = Command::new(program)
        .args(arguments.split(' '))
        .output()
        .unwrap_or_else(|error| panic!("{program} does not run: {error}"));
    assert!(
        output.status.success(),
        "`{program} {arguments}` fails: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
