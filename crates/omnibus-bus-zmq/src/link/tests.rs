//! What does a link keep, and for how long?

use super::*;

fn link(config: Config) -> Link {
    Link::new(config, Node::this())
}

#[test]
fn topics_that_come_and_go_during_an_outage_leave_nothing_for_the_link_that_returns() {
    let link = link(Config::default());
    for number in 0..10_000 {
        let distinct = format!("channel-{number}:");
        for topic in [&distinct, "one:"] {
            let topic = Topic::from_prefix(topic.as_bytes());
            assert_eq!(link.want(topic), Join::Now);
            link.unwant(topic);
        }
    }
    let mut state = link.lock();
    state.interests.begin();
    assert!(!state.interests.has_changes());
}
