//! (to be written)
use std::sync::Arc;
#[cfg(all(feature = "jemalloc", not(debug_assertions)))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
fn main() {
    let mut config = omnibus_front::Config::default();
    config.rules.limits.authentication_time_max = std::time::Duration::from_secs(60);
    if let Some(listen) = std::env::args().nth(1) { config.listen = vec![listen.parse().unwrap()]; }
    let mut encodings = omnibus_hub::Encodings::default();
    let ws = encodings.register(omnibus_front::WebSocketText);
    let front = omnibus_front::Front::bind(config).unwrap();
    println!("{:?}", front.addresses());
    let mut hub = omnibus_hub::Config::default();
    if let Some(n) = std::env::args().nth(2) { hub.shards = n.parse().unwrap(); }
    let running = omnibus_hub::Hub::start(hub, encodings, Arc::new(omnibus_hub::Standalone), front.into_listeners(ws)).unwrap();
    let mut signals = signal_hook::iterator::Signals::new([15, 2]).unwrap();
    signals.forever().next();
    for (k, v) in running.hub().counters().nonzero() { println!("{k} {v}"); }
    println!("{}", running.stop(std::time::Duration::from_secs(5)));
}
