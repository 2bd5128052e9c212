//! What can the server do? The answer to `/info`.

/// What `/info` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// Whether WebSockets are served.
    pub websocket: bool,
    /// Whether a load balancer needs a cookie to keep a session at its server.
    pub cookie_needed: bool,
    /// A number that nobody can guess, for clients whose own dice are poor.
    pub entropy: u32,
}

impl Info {
    /// As JSON, in the original's order (recording J02).
    #[must_use]
    pub fn to_json(self) -> String {
        let Self {
            websocket,
            cookie_needed,
            entropy,
        } = self;
        format!(r#"{{"websocket":{websocket},"cookie_needed":{cookie_needed},"origins":["*:*"],"entropy":{entropy}}}"#)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_is_json_in_the_original_s_order() {
        let info = Info {
            websocket: true,
            cookie_needed: false,
            entropy: 7,
        };
        assert_eq!(
            info.to_json(),
            r#"{"websocket":true,"cookie_needed":false,"origins":["*:*"],"entropy":7}"#
        );
    }
}
