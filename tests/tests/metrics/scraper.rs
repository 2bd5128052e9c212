//! Who reads metrics? The parsers of Prometheus's own Python client.

use std::collections::BTreeMap;

use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use omnibus_tests::python;
use serde_json::Value;

/// A node whose metrics can be read.
pub(crate) struct Watched {
    pub(crate) node: Node,
    pub(crate) port: Port,
    scraper: Program,
}

/// What a scrape has read.
#[derive(Debug, Clone)]
pub(crate) struct Scrape {
    pub(crate) families: Vec<Family>,
}

/// One metric.
#[derive(Debug, Clone)]
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) help: String,
    pub(crate) samples: Vec<Sample>,
}

/// One value.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

impl Watched {
    /// Starts a node with more settings.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        let port = Port::free();
        let listen = port.address().to_string();
        let own = [("api.listen", listen.as_str())];
        Self::of(Node::with(&[&own, settings].concat()), port)
    }

    /// Watches a node that has its metrics there.
    pub(crate) fn of(node: Node, port: Port) -> Self {
        let scraper = Program::start("scrape.py", &mut python::script("peers/scrape.py"));
        assert_eq!(scraper.line(limits::START), "ready");
        Self { node, port, scraper }
    }

    /// Where the metrics are.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/metrics", self.port.address())
    }

    /// Reads them.
    pub(crate) fn scrape(&mut self) -> Scrape {
        let url = self.url();
        self.scraper.write_line(&url);
        let line = self.scraper.line(limits::ANSWER * 2);
        let answer: Value = serde_json::from_str(&line).expect("it prints JSON");
        assert!(answer["error"].is_null(), "no scrape: {}", answer["error"]);
        assert_eq!(
            answer["type"],
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        );
        let families = answer["families"].as_array().expect("families are a list");
        Scrape {
            families: families.iter().map(family).collect(),
        }
    }

    /// Reads them until a sum is as expected.
    pub(crate) fn expect(&mut self, name: &str, labels: &[(&str, &str)], value: f64) -> Scrape {
        limits::eventually(&format!("{name} {labels:?} = {value}"), limits::ANSWER, || {
            let scrape = self.scrape();
            let sum = scrape.sum(name, labels);
            if sum == value { Ok(scrape) } else { Err(sum.to_string()) }
        })
    }
}

impl Scrape {
    /// The samples of this name that have these labels.
    pub(crate) fn samples(&self, name: &str, labels: &[(&str, &str)]) -> Vec<&Sample> {
        let has = |sample: &Sample, &(label, value): &(&str, &str)| {
            sample.labels.get(label).is_some_and(|found| found == value)
        };
        let all = self.families.iter().flat_map(|family| &family.samples);
        all.filter(|sample| sample.name == name && labels.iter().all(|label| has(sample, label)))
            .collect()
    }

    /// Their sum.
    ///
    /// # Panics
    /// If there are none: a name that does not exist is never nought.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let samples = self.samples(name, labels);
        assert!(!samples.is_empty(), "there is no {name} with {labels:?}");
        samples.iter().map(|sample| sample.value).sum()
    }
}

fn family(value: &Value) -> Family {
    let text = |value: &Value| value.as_str().expect("it is a text").to_owned();
    let samples = value["samples"].as_array().expect("samples are a list");
    Family {
        name: text(&value["name"]),
        kind: text(&value["kind"]),
        help: text(&value["help"]),
        samples: samples
            .iter()
            .map(|sample| Sample {
                name: text(&sample[0]),
                labels: sample[1]
                    .as_object()
                    .expect("labels are an object")
                    .iter()
                    .map(|(label, value)| (label.clone(), text(value)))
                    .collect(),
                value: sample[2].as_f64().expect("a value is a number"),
            })
            .collect(),
    }
}
