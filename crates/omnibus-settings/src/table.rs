//! Which settings are there?

mod api;
mod auth;
mod bus;
mod client;
mod hooks;
mod hub;
mod node;
mod server;
mod sockjs;
mod websocket;

use crate::setting::Setting;

/// Settings that belong together, and share the first part of their keys.
pub(crate) struct Group {
    /// The first part of the keys.
    pub(crate) name: &'static str,
    /// A heading.
    pub(crate) title: &'static str,
    /// What they are about, in a sentence or two.
    pub(crate) doc: &'static str,
    /// The settings, in the order of the reference page.
    pub(crate) settings: &'static [Setting],
}

/// All groups, in the order of the reference page.
pub(crate) static GROUPS: [Group; 11] = [
    server::GROUP,
    websocket::GROUP,
    sockjs::GROUP,
    client::GROUP,
    bus::GROUP,
    hub::GROUP,
    api::GROUP,
    node::LOG,
    node::STOP,
    auth::GROUP,
    hooks::GROUP,
];

/// All settings, in the order of the reference page.
pub(crate) fn all() -> impl Iterator<Item = &'static Setting> {
    GROUPS.iter().flat_map(|group| group.settings)
}

/// Finds a setting by its key.
pub(crate) fn by_key(key: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.key == key)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::draft::Draft;
    use crate::raw::Raw;

    #[test]
    fn no_two_settings_share_a_key_a_flag_or_an_environment_name() {
        let mut names = HashSet::new();
        for setting in all() {
            assert!(names.insert(setting.key.to_owned()), "{}", setting.key);
            assert!(names.insert(setting.flag()), "{}", setting.flag());
            assert!(names.insert(setting.environment()), "{}", setting.environment());
            if let Some(flag) = setting.short_flag {
                assert!(names.insert(flag.to_owned()), "{flag}");
            }
        }
    }

    #[test]
    fn every_setting_is_documented_and_its_default_and_example_are_good_values() {
        for group in &GROUPS {
            for setting in group.settings {
                let key = setting.key;
                assert!(key.starts_with(&format!("{}.", group.name)), "{key}");
                assert!(setting.doc.ends_with('.') && setting.doc.len() > 20, "{key}");
                assert!(
                    setting.brief().len() <= 90,
                    "{key}: the first sentence is too long for the help"
                );
                for text in [setting.default, setting.example] {
                    let raw = Raw::Text(text.to_owned());
                    assert_eq!(setting.apply(&raw, &mut Draft::new()), Ok(()), "{key} = {text}");
                }
                assert_ne!(setting.default, setting.example, "{key}");
            }
        }
    }
}
