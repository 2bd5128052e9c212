//! What does the environment say?

use std::ffi::{OsStr, OsString};

use crate::fault::Fault;
use crate::names;
use crate::namespaces;
use crate::raw::Raw;
use crate::reading::{Given, Reading};
use crate::setting::Setting;
use crate::source::Source;
use crate::table;

/// What every variable of ours begins with; others are nobody's mistake.
const PREFIX: &str = "OMNIBUS_";

/// The variable that names the settings file.
pub(crate) const CONFIG: &str = "OMNIBUS_CONFIG";

/// Variables that are not for the server but may stand in its environment, and who reads them.
pub(crate) const FOREIGN: [(&str, &str); 4] = [
    ("OMNIBUS_URL", "the command-line client"),
    ("OMNIBUS_TEST_*", "the project's own tests"),
    ("OMNIBUS_BLESS", "the project's own tests"),
    ("OMNIBUS_PYTHON27", "the project's own tests"),
];

/// The environment, taken apart.
#[derive(Clone, Default)]
pub(crate) struct Environment {
    /// The value of `OMNIBUS_CONFIG`, unless it is empty.
    pub(crate) config: Option<OsString>,
    /// The settings among the variables.
    pub(crate) reading: Reading,
}

impl Environment {
    /// Picks the settings out of all variables.
    pub(crate) fn read(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut read = Self::default();
        let ours = variables.into_iter().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            name.starts_with(PREFIX).then_some((name, value))
        });
        // The system's order means nothing: reports shall not change from start to start.
        let mut ours: Vec<(String, OsString)> = ours.collect();
        ours.sort();
        for (name, value) in ours {
            read.take(name, value);
        }
        read
    }

    fn take(&mut self, name: String, value: OsString) {
        if name == CONFIG {
            self.config = (!value.is_empty()).then_some(value);
            return;
        }
        if name == namespaces::VARIABLE {
            return self.take_namespaces(&value);
        }
        let setting = table::all().find(|setting| setting.environment() == name);
        let lossy = value.to_string_lossy().into_owned();
        if setting.is_none() && (is_foreign(&name) || is_service_link(&name, &lossy)) {
            return;
        }
        let key = setting.map_or(name.as_str(), |setting| setting.key);
        let source = Source::Environment { name: name.clone() };
        let fault = match (setting, value.into_string()) {
            (Some(_), Ok(text)) if is_service_link(&name, &text) => service_link(),
            (Some(setting), Ok(text)) => {
                let raw = Raw::Text(text);
                self.reading.given.push(Given { setting, raw, source });
                return;
            }
            (Some(_), Err(_)) => Fault::NotUtf8,
            (None, _) => unknown(&name),
        };
        self.reading.mistake(key, Some(&lossy), source, fault);
    }

    fn take_namespaces(&mut self, value: &OsStr) {
        let name = namespaces::VARIABLE.to_owned();
        let source = Source::Environment { name };
        let lossy = value.to_string_lossy();
        let entries = match value.to_str() {
            Some(text) if text.trim().is_empty() => return,
            Some(text) => namespaces::from_json(text, &source),
            None => Err(Fault::NotUtf8),
        };
        match entries {
            Ok(entries) => self.reading.namespaces = Some(entries),
            Err(fault) => self.reading.mistake(namespaces::KEY, Some(&lossy), source, fault),
        }
    }
}

fn unknown(name: &str) -> Fault {
    Fault::UnknownName {
        what: "environment variable",
        nearest: names::meant(name).map(Setting::environment),
    }
}

fn is_foreign(name: &str) -> bool {
    FOREIGN.iter().any(|(known, _)| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => *known == name,
    })
}

/// Says whether Kubernetes made this variable for a service whose name begins with `omnibus`:
/// `…_SERVICE_HOST`, `…_SERVICE_PORT…`, and `…_PORT…` with an address where ours has a number.
fn is_service_link(name: &str, value: &str) -> bool {
    if name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") || name.contains("_SERVICE_PORT_") {
        return true;
    }
    let names_a_port = ["_TCP", "_UDP", "_SCTP"].iter().any(|protocol| {
        let Some((before, after)) = name.split_once(protocol) else {
            return false;
        };
        let port = before.rsplit('_').next().unwrap_or_default();
        before.contains("_PORT_")
            && !port.is_empty()
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && matches!(after, "" | "_PROTO" | "_PORT" | "_ADDR")
    });
    let is_url = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    names_a_port || (name.ends_with("_PORT") && is_url)
}

fn service_link() -> Fault {
    Fault::Malformed {
        problem: "is an address, as Kubernetes writes it for a service of this name".to_owned(),
        mend: "set enableServiceLinks: false in the pod, or rename the service".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Environment {
        Environment::read(variables.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn the_names_of_the_original_are_taken() {
        let names = [
            "OMNIBUS_ENDPOINT_SCHEME",
            "OMNIBUS_SERVER_HOST",
            "OMNIBUS_SERVER_PORT",
            "OMNIBUS_SERVER_BASE_URL",
            "OMNIBUS_DIRECTOR_ENABLED",
            "OMNIBUS_FORWARDER_ENABLED",
            "OMNIBUS_SUBSCRIBER_ADDRESS",
            "OMNIBUS_PUBLISHER_ADDRESS",
            "OMNIBUS_DIRECTOR_SUBSCRIBER_ADDRESS",
            "OMNIBUS_DIRECTOR_PUBLISHER_ADDRESS",
            "OMNIBUS_AUTHENTICATOR_FACTORY",
            "OMNIBUS_CONNECTION_FACTORY",
            "OMNIBUS_WEBAPP_FACTORY",
        ];
        for name in names {
            let read = read(&[(name, "x")]);
            assert_eq!(read.reading.given.len(), 1, "{name}");
            assert!(read.reading.mistakes.is_empty(), "{name}");
        }
    }

    #[test]
    fn an_unknown_variable_is_a_mistake_and_a_foreign_one_is_not() {
        let read = read(&[
            ("PATH", "/bin"),
            ("OMNIBUS_TEST_NODE", "/x"),
            ("OMNIBUS_BLESS", "1"),
            ("OMNIBUS_PYTHON27", "/x"),
            ("OMNIBUS_URL", "ws://x"),
            ("OMNIBUS_CONFIG", ""),
            ("OMNIBUS_SERVER_PROT", "80"),
        ]);
        assert_eq!(read.config, None);
        assert_eq!(read.reading.mistakes.len(), 1);
        let mend = read.reading.mistakes.iter().next().unwrap().fault.mend();
        assert_eq!(
            mend,
            "write OMNIBUS_SERVER_PORT, if that is what you mean, or remove it"
        );
    }

    #[test]
    fn a_kubernetes_service_called_omnibus_is_no_mistake() {
        let links = [
            ("OMNIBUS_SERVICE_HOST", "10.0.0.1"),
            ("OMNIBUS_SERVICE_PORT", "4242"),
            ("OMNIBUS_SERVICE_PORT_BROWSERS", "4242"),
            ("OMNIBUS_PORT", "tcp://10.0.0.1:4242"),
            ("OMNIBUS_PORT_4242_TCP", "tcp://10.0.0.1:4242"),
            ("OMNIBUS_PORT_4242_TCP_PROTO", "tcp"),
            ("OMNIBUS_PORT_4242_TCP_PORT", "4242"),
            ("OMNIBUS_PORT_4242_TCP_ADDR", "10.0.0.1"),
        ];
        let read_links = read(&links);
        assert!(
            read_links.reading.mistakes.is_empty(),
            "{}",
            read_links.reading.mistakes
        );

        // A number there is somebody's slip, and a service called omnibus-server takes our name.
        let slip = read(&[("OMNIBUS_PORT", "4242")]);
        assert!(slip.reading.mistakes.to_string().contains("OMNIBUS_SERVER_PORT"));
        let taken = read(&[("OMNIBUS_SERVER_PORT", "tcp://10.0.0.1:80")]);
        assert!(taken.reading.mistakes.to_string().contains("enableServiceLinks"));
        assert!(taken.reading.given.is_empty());
    }
}
