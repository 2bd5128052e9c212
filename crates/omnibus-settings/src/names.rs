//! Which setting does somebody mean who writes a name that is not there?

use crate::nearest::nearest;
use crate::setting::Setting;
use crate::table;

/// Finds the setting that an unknown key, environment name or flag was most likely meant to be:
/// one with this name in other spelling, without its group, or with a slip of the pen.
pub(crate) fn meant(name: &str) -> Option<&'static Setting> {
    let name = normal(name);
    exact(&name).or_else(|| match without_group(&name).as_slice() {
        [] => {
            let names: Vec<String> = table::all().flat_map(spellings).collect();
            exact(nearest(&name, names.iter().map(String::as_str))?)
        }
        [only] => Some(*only),
        // Which one is meant, nobody can tell.
        _ => None,
    })
}

fn exact(name: &str) -> Option<&'static Setting> {
    table::all().find(|setting| spellings(setting).any(|spelling| spelling == name))
}

/// The key, and the original's name if it had another one.
fn spellings(setting: &'static Setting) -> impl Iterator<Item = String> {
    [Some(setting.key), setting.original, setting.short_flag]
        .into_iter()
        .flatten()
        .map(normal)
}

/// All settings of this name, in any group.
fn without_group(name: &str) -> Vec<&'static Setting> {
    let has_name = |setting: &&Setting| setting.key.split_once('.').is_some_and(|(_, last)| last == name);
    table::all().filter(has_name).collect()
}

fn normal(name: &str) -> String {
    let name = name
        .trim_start_matches('-')
        .to_ascii_lowercase()
        .replace(['-', '.'], "_");
    name.strip_prefix("omnibus_").unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_finds_the_setting_that_was_meant() {
        for (name, key) in [
            ("OMNIBUS_SERVER_PROT", Some("server.port")),
            ("OMNIBUS_PORT", Some("server.port")),
            ("OMNIBUS_BUS_DIRECTOR", Some("bus.director")),
            ("OMNIBUS_FORWADER_ENABLED", Some("bus.forwarder")),
            ("server.forwarder_enabled", None),
            ("--server_port", Some("server.port")),
            ("--shard", Some("server.shards")),
            ("forwarder_enabled", Some("bus.forwarder")),
            // Both client and bus have one.
            ("message_bytes_max", None),
            ("redis.url", None),
        ] {
            assert_eq!(meant(name).map(|setting| setting.key), key, "{name}");
        }
    }
}
