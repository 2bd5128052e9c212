//! How are metrics written down?

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::registry::Registry;

use crate::families;
use crate::family::{Family, Kind, Sample, Value};
use crate::sources::Sources;

/// The type of what [`Exposition::text`] writes.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What writes all metrics of a node.
#[derive(Debug)]
pub(crate) struct Exposition(Registry);

impl Exposition {
    pub(crate) fn of(sources: Sources) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Node(sources)));
        Self(registry)
    }

    /// The metrics as they are now, in OpenMetrics 1.0 text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.0).expect("a String takes all that is written");
        text
    }
}

#[derive(Debug)]
struct Node(Sources);

impl Collector for Node {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        families::all(&self.0.read())
            .iter()
            .try_for_each(|family| write_family(family, &mut encoder))
    }
}

fn write_family(family: &Family, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let kind = match family.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
        Kind::Histogram => MetricType::Histogram,
        Kind::Info => MetricType::Info,
    };
    let mut encoder = encoder.encode_descriptor(&family.name, &family.help, None, kind)?;
    for sample in &family.samples {
        match sample.labels.is_empty() || family.kind == Kind::Info {
            true => write_value(sample, family.kind, &mut encoder)?,
            false => write_value(sample, family.kind, &mut encoder.encode_family(&sample.labels)?)?,
        }
    }
    Ok(())
}

fn write_value(sample: &Sample, kind: Kind, encoder: &mut MetricEncoder<'_>) -> fmt::Result {
    let no_exemplar = None::<&Exemplar<NoLabelSet, f64>>;
    match (&sample.value, kind) {
        (Value::Count(count), _) => encoder.encode_counter(count, no_exemplar),
        (Value::Number(number), Kind::Counter) => encoder.encode_counter(number, no_exemplar),
        (Value::Number(number), _) => encoder.encode_gauge(number),
        (Value::Lengths { total, buckets }, _) => {
            let count = buckets.iter().map(|(_, count)| count).sum();
            encoder.encode_histogram::<NoLabelSet>(total.as_secs_f64(), count, buckets, None)
        }
        (Value::Nothing, _) => encoder.encode_info(&sample.labels),
    }
}
