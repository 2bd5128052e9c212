//! How does a test run a proxy with the configuration that the documentation prints?

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use omnibus_tests::limits;
use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use omnibus_tests::repository;

const PAGE: &str = "docs/several-servers.md";

/// The forwarders that the page names, without their ports.
const SERVERS: [&str; 3] = ["192.168.1.11", "192.168.1.12", "192.168.1.13"];

/// A proxy on loopback.
pub(crate) struct Proxy {
    port: Port,
    _program: Program,
    _folder: tempfile::TempDir,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Nginx,
    HaProxy,
}

impl Proxy {
    /// Starts one in front of these servers, in the place of those that the page names.
    pub(crate) fn start(kind: Kind, servers: [SocketAddr; 3]) -> Self {
        Self::changed(kind, servers, &[])
    }

    /// Starts one with lines of the page replaced by others.
    pub(crate) fn changed(kind: Kind, servers: [SocketAddr; 3], changes: &[(&str, &str)]) -> Self {
        let port = Port::free();
        let folder = tempfile::tempdir().expect("a folder for temporary files can be made");
        let mut text = configuration(
            kind,
            servers,
            port.address(),
            folder.path().to_str().expect("it is UTF-8"),
        );
        for (printed, other) in changes {
            assert!(text.contains(printed), "{printed:?} is not in {text}");
            text = text.replace(printed, other);
        }
        let file = folder.path().join("proxy.conf");
        fs::write(&file, text).expect("the folder can be written to");
        let mut command = match kind {
            Kind::Nginx => Command::new("/usr/sbin/nginx"),
            Kind::HaProxy => Command::new("/usr/sbin/haproxy"),
        };
        match kind {
            Kind::Nginx => command.arg("-p").arg(folder.path()).arg("-e").arg("stderr").arg("-c"),
            Kind::HaProxy => command.arg("-db").arg("-f"),
        };
        let program = Program::start("the proxy", command.arg(&file));
        let serves = || TcpStream::connect(port.address()).is_ok();
        assert!(limits::holds_within(limits::START, serves), "{}", program.log());
        Self {
            port,
            _program: program,
            _folder: folder,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.port.address()
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/ec", self.address())
    }
}

/// What the page prints, at other addresses, and around it what Debian's own files would say. Each
/// proxy is one process: workers would outlive a master that is killed.
fn configuration(kind: Kind, servers: [SocketAddr; 3], own: SocketAddr, folder: &str) -> String {
    let (language, listen, own) = match kind {
        Kind::Nginx => ("nginx", "listen 80;", format!("listen {own};")),
        Kind::HaProxy => ("haproxy", "bind :80", format!("bind {own}")),
    };
    let mut text = printed(language);
    assert!(text.contains(listen), "{text}");
    text = text.replace(listen, &own);
    for (server, address) in SERVERS.iter().zip(servers) {
        let printed = format!("{server}:4242");
        assert!(text.contains(&printed), "{text}");
        text = text.replace(&printed, &address.to_string());
    }
    match kind {
        Kind::HaProxy => text,
        Kind::Nginx => format!(
            "daemon off;\nmaster_process off;\nuser root;\npid {folder}/pid;\nevents {{}}\n\
             http {{\naccess_log off;\nclient_body_temp_path {folder}/body;\nproxy_temp_path {folder}/proxy;\n\
             fastcgi_temp_path {folder}/fastcgi;\nscgi_temp_path {folder}/scgi;\n\
             uwsgi_temp_path {folder}/uwsgi;\n{text}\n}}\n"
        ),
    }
}

/// The block in this language.
fn printed(language: &str) -> String {
    let page = fs::read_to_string(repository::path(PAGE)).expect("the page is there");
    let block = page
        .split_once(&format!("```{language}\n"))
        .and_then(|(_, rest)| rest.split_once("```"));
    block.map(|(block, _)| block.to_owned()).expect("the page has it")
}
