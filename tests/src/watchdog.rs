//! Who ends a test's servers when the test program itself was killed?
//!
//! One shell for each test program, told the processes that are started and those that have
//! ended. When the test program ends, in whatever way, the shell's input does, too, and it kills
//! what is left.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

const SCRIPT: &str = r#"
trap '' INT
left=" "
while read -r sign pid; do
  case "$sign" in
    +) left="$left$pid " ;;
    -) left="${left%% "$pid" *} ${left#* "$pid" }" ;;
  esac
done
for pid in $left; do kill -9 "$pid" 2>/dev/null; done
"#;

/// A process of this number has started.
pub(crate) fn started(pid: u32) {
    tell('+', pid);
}

/// It has ended, and its number may become another's.
pub(crate) fn ended(pid: u32) {
    tell('-', pid);
}

fn tell(sign: char, pid: u32) {
    static WATCHDOG: OnceLock<Mutex<Child>> = OnceLock::new();
    let watchdog = WATCHDOG.get_or_init(|| {
        let child = Command::new("sh")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("there is a shell");
        Mutex::new(child)
    });
    let mut child = watchdog.lock().unwrap_or_else(PoisonError::into_inner);
    let input = child.stdin.as_mut().expect("its input is piped");
    writeln!(input, "{sign} {pid}").expect("the watchdog reads until the test program ends");
}
