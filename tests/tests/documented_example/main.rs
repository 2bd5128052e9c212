//! Does the original's documented example of four servers run as it is printed?
//!
//! One director on 192.168.1.10, both of whose addresses are `tcp://192.168.1.10:4243`, three
//! forwarders on .11 to .13, and one name that leads to these three. The original itself dies of
//! it: `Address already in use`.

mod four_servers;
mod machine;
mod network;

use crate::four_servers::run_the_example;
use crate::network::in_a_network_of_its_own;

#[test]
fn four_servers_run_as_printed_with_one_port_for_both_roles() {
    in_a_network_of_its_own("four_servers_run_as_printed_with_one_port_for_both_roles", |network| {
        run_the_example(network, 4243);
    });
}

#[test]
fn four_servers_run_with_two_ports() {
    in_a_network_of_its_own("four_servers_run_with_two_ports", |network| {
        run_the_example(network, 4244);
    });
}
