//! Does each example do what it shows, run by the command that its reader types?

mod stage;

use serde_json::{Value, json};

use stage::{Form, Stage};

/// What lies next to another window of the same size on a desktop.
const HALF: (u32, u32) = (620, 560);

#[test]
fn mouse_moves_in_the_other_window_and_goes_with_its_own() {
    mice(Form::Plain);
}

#[test]
fn mouse_moves_in_the_other_window_of_a_django_site() {
    mice(Form::Django);
}

fn mice(form: Form) {
    let mut stage = Stage::start("mice", form);
    for (window, name) in [("left", "Ada"), ("right", "Jonas")] {
        stage.open(window, HALF);
        stage.wait_for_text(window, "nobody else here");
        stage.ask(&json!({"do": "fill", "window": window, "into": "#name", "text": name}));
    }
    for (window, x, y) in [("left", 430, 120), ("right", 130, 430)] {
        stage.ask(&json!({"do": "move", "window": window, "x": x, "y": y}));
    }
    for (window, name, x, y) in [("left", "Jonas", 130, 430), ("right", "Ada", 430, 120)] {
        let at = "const mouse = document.querySelector('.mouse'), at = mouse && new DOMMatrix(mouse.style.transform);";
        let near = format!("Math.hypot(at.e - {x}, at.f - {y}) < 2 && mouse.textContent === '{name}'");
        stage.wait(window, &format!("(() => {{ {at} return Boolean(mouse) && {near} }})()"));
        stage.wait_for_text(window, "1 other mouse");
    }
    if form == Form::Plain {
        for window in ["left", "right"] {
            stage.look(window, "document.activeElement.blur()");
        }
        stage.picture(&["left", "right"], &json!([{"x": 430, "y": 120}, {"x": 130, "y": 430}]));
    }
    stage.ask(&json!({"do": "close", "window": "right"}));
    stage.wait_for_text("left", "nobody else here");
    assert_eq!(stage.look("left", "document.querySelectorAll('.mouse').length"), 0);
    stage.end();
}

#[test]
fn file_arrives_byte_for_byte_with_progress_on_both_sides() {
    files(Form::Plain);
}

#[test]
fn file_arrives_through_a_django_site() {
    files(Form::Django);
}

/// Notes whatever a bar says from now on.
const WATCH_PROGRESS: &str = "window.parts = []; new MutationObserver(() => \
    document.querySelectorAll('progress').forEach(bar => window.parts.push(bar.value))) \
    .observe(document.body, { subtree: true, attributes: true, attributeFilter: ['value'] })";

fn files(form: Form) {
    let mut stage = Stage::start("files", form);
    for window in ["left", "right"] {
        stage.open(window, HALF);
        stage.look(window, WATCH_PROGRESS);
    }
    stage.wait_for_text("left", "1 other window");
    let sent = noise(3_000_000);
    let path = stage.file("Harbour at dawn.jpg");
    std::fs::write(&path, &sent).expect("the file can be written");
    stage.ask(&json!({"do": "choose", "window": "left", "on": "#picker", "path": path}));
    stage.wait_for_text("left", "received");
    stage.wait_for_text("right", "arrived whole, SHA-256");
    for window in ["left", "right"] {
        let part = stage.look(window, "window.parts.some(part => part > 0.1 && part < 0.9)");
        assert_eq!(part, true, "{window} shows no progress");
    }
    let arrived = stage.file("arrived");
    let saved = json!({"do": "download", "window": "right", "by": "#transfers a", "path": arrived});
    assert_eq!(stage.ask(&saved)["name"], "Harbour at dawn.jpg");
    let arrived = std::fs::read(arrived).expect("it was saved");
    assert!(
        arrived == sent,
        "{} bytes arrived, and not those that were sent",
        arrived.len()
    );

    // Who offers one thing and sends another is found out.
    let forgery = "channel.send('offer', { file: 'x', name: '<b>report</b>.pdf', size: 3, hash: '00' }), \
        channel.send('piece', { file: 'x', at: 0, data: btoa('abc') })";
    stage.look("left", forgery);
    stage.wait_for_text("right", "arrived, but not as it was sent");
    stage.wait_for_text("right", "<b>report</b>.pdf");
    stage.look("right", "document.querySelector('#transfers li').remove()");

    // Of the next one, no more than 60 pieces leave.
    let slow = "const send = channel.send; let left = 60; \
        channel.send = (type, data) => (type === 'piece' && left-- <= 0) || send.call(channel, type, data)";
    stage.look("left", &format!("{{ {slow} }}"));
    let path = stage.file("Island, all paths.gpx");
    std::fs::write(&path, noise(12_000_000)).expect("the file can be written");
    stage.ask(&json!({"do": "choose", "window": "left", "on": "#picker", "path": path}));
    stage.wait_for_text("right", "Island, all paths.gpx");
    stage.wait("right", "document.querySelector('progress').value > 0.3");
    if form == Form::Plain {
        stage.picture(&["left", "right"], &json!([]));
    }
    // Its sender leaves in the middle.
    stage.ask(&json!({"do": "close", "window": "left"}));
    stage.wait_for_text("right", "its sender has gone");
    stage.end();
}

/// Bytes of which no part is like another.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes: Vec<u8> = std::iter::repeat_with(&mut next)
        .take(length.div_ceil(8))
        .flatten()
        .collect();
    bytes.truncate(length);
    bytes
}

#[test]
fn vehicles_move_smoothly_where_the_publisher_says() {
    map(Form::Plain);
}

#[test]
fn vehicles_move_where_a_django_site_says() {
    map(Form::Django);
}

const PLACES: &str = "[...document.querySelectorAll('.vehicle')].map(mark => mark.style.transform)";

fn map(form: Form) {
    let mut stage = Stage::start("map", form);
    stage.open("left", (1280, 800));
    stage.open("right", (620, 800));
    for window in ["left", "right"] {
        stage.wait(window, "document.querySelectorAll('.vehicle').length === 24");
        stage.wait(window, "Number(document.getElementById('rate').textContent) >= 40");
    }
    let before = stage.look("left", PLACES);
    stage.wait(
        "left",
        &format!("({PLACES}).every((place, at) => place !== {before}[at])"),
    );
    // Between two messages, which are half a second apart, a mark is at many places.
    let many = "new Promise(done => { const seen = new Set(), mark = document.querySelector('.vehicle'), \
        until = performance.now() + 400; (function look() { seen.add(mark.getBoundingClientRect().x.toFixed(2) + \
        mark.getBoundingClientRect().y.toFixed(2)); performance.now() < until ? requestAnimationFrame(look) : \
        done(seen.size); })() })";
    let places = stage.look("left", many).as_u64().expect("it is a number");
    assert!(places >= 4, "a vehicle jumps: {places} places in 400 ms");
    // No page may say where vehicles are.
    stage.look(
        "right",
        "channel.send('positions', { vehicles: [{ name: 'Forged 1', kind: 'tram', speed: 1, x: 1, y: 1 }] })",
    );
    let before = stage.look("left", PLACES);
    stage.wait(
        "left",
        &format!("JSON.stringify({PLACES}) !== JSON.stringify({before})"),
    );
    stage.wait("left", "!document.body.innerText.includes('Forged')");
    assert_eq!(stage.look("left", "document.querySelectorAll('.vehicle').length"), 24);
    if form == Form::Plain {
        stage.ask(&json!({"do": "click", "window": "left", "on": "#fleet li:nth-child(4) button"}));
        stage.wait(
            "left",
            "document.querySelector('.trail').getAttribute('d').split('L').length >= 12",
        );
        stage.picture(&["left"], &json!([]));
    }
    stage.end();
}

#[test]
fn chat_line_that_looks_like_html_arrives_as_text() {
    let mut stage = Stage::start("chat", Form::Plain);
    for (window, name) in [("left", "Ada"), ("right", "<i>Bo</i>")] {
        stage.open(window, HALF);
        stage.ask(&json!({"do": "fill", "window": window, "into": "#name", "text": name}));
        stage.ask(&json!({"do": "press", "window": window, "on": "#name", "key": "Tab"}));
    }
    stage.wait_for_text("left", "<i>Bo</i>");
    stage.wait_for_text("right", "2 here");
    talk(&mut stage, "<i>Bo</i>");
    stage.end();
}

#[test]
fn chat_of_a_django_site_knows_its_users_and_what_staff_may() {
    let mut stage = Stage::start("chat", Form::Django);
    for (window, name) in [("left", "anna"), ("right", "ben")] {
        stage.open(window, HALF);
        stage.wait(window, "location.pathname === '/login/'");
        for (field, text) in [("username", name), ("password", "omnibus")] {
            let into = format!("[name={field}]");
            stage.ask(&json!({"do": "fill", "window": window, "into": into, "text": text}));
        }
        stage.ask(&json!({"do": "click", "window": window, "on": "main button"}));
        stage.wait(
            window,
            "location.pathname === '/chat/' && document.getElementById('people').innerText.length > 0",
        );
        if window == "left" {
            continue;
        }
        stage.wait_for_text("left", "ben is here");
    }
    // The server lets staff publish notices, and nobody else.
    const NOTICE: &str = "The two o’clock ferry is early today.";
    stage.look(
        "left",
        "window.heard = []; notices.on('notice', event => heard.push(event.data.payload.text)); 0",
    );
    stage.look(
        "right",
        "notices.subscribed().then(() => notices.send('notice', { text: 'I am nobody' }))",
    );
    stage.ask(&json!({"do": "fill", "window": "left", "into": "#text", "text": NOTICE}));
    stage.ask(&json!({"do": "click", "window": "left", "on": "button[value=notice]"}));
    for window in ["left", "right"] {
        let shown = format!("document.getElementById('notice').textContent === '{NOTICE}'");
        stage.wait(window, &shown);
    }
    // What ben says now comes behind what he tried.
    talk(&mut stage, "ben");
    assert_eq!(stage.look("left", "heard"), json!([NOTICE]));
    stage.end();
}

/// Two people talk, and the right one leaves.
fn talk(stage: &mut Stage, right: &str) {
    let lines = [
        ("left", "Hello! How is the island?"),
        ("right", "All trams run. The 4 is late, as ever."),
        ("left", "<script>document.title = 'taken over'</script>"),
        ("right", "That stays text, as everything does here."),
        ("left", "Good. See you at the pier!"),
    ];
    for (window, text) in lines {
        stage.ask(&json!({"do": "fill", "window": window, "into": "#text", "text": text}));
        stage.ask(&json!({"do": "press", "window": window, "on": "#text", "key": "Enter"}));
        for window in ["left", "right"] {
            stage.wait_for_text(window, text);
        }
    }
    for window in ["left", "right"] {
        assert_eq!(
            stage.look(window, "document.querySelectorAll('#lines script, #lines i').length"),
            0
        );
        let title = stage.look(window, "document.title");
        assert_eq!(title, Value::from("Chat · Omnibus"));
    }
    if right == "ben" {
        stage.picture(&["left", "right"], &json!([]));
    }
    stage.ask(&json!({"do": "close", "window": "right"}));
    stage.wait_for_text("left", &format!("{right} has left"));
    stage.wait_for_text("left", "1 here");
}
