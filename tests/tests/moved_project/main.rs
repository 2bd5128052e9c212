//! Does a project that was written against django-omnibus 0.2.0 run with ours, when nothing but
//! the line in its requirements changes?

mod project;
mod windows;

use std::time::Duration;

use omnibus_tests::limits;
use serde_json::json;

use crate::project::{Options, Package, Project};
use crate::windows::Windows;

/// Two strangers talk, and hear what the site and a one-shot command announce.
fn pages_see_each_other(package: Package, transport: &'static str) {
    let mut project = Project::start(Options {
        package,
        transport,
        authenticator: "noop",
    });
    let mut windows = Windows::of(&project);
    for window in ["left", "right"] {
        windows.open(window);
        windows.reach(window, "subscribed");
    }
    if package == Package::Original {
        // It loses what is published first after its start (recording N00).
        say_until_heard(&mut windows);
    } else {
        windows.say("left", "hello <b>there</b>");
        for window in ["left", "right"] {
            windows.hear(window, "talk", &["hello <b>there</b>"]);
        }
        project.run(&["announce", "by a command"]);
        windows.hear("left", "news", &["by a command"]);
        windows.fill("right", "#announce [name=text]", "by the site");
        windows.click("right", "#announce button");
        for window in ["left", "right"] {
            windows.hear(window, "news", &["by a command", "by the site"]);
        }
    }
    // They come back by themselves when the server does.
    project.restart_server();
    windows.clear("left", "talk");
    say_until_heard(&mut windows);
}

fn say_until_heard(windows: &mut Windows) {
    limits::eventually("a line gets through", limits::ANSWER, || {
        windows.say("right", "hello");
        std::thread::sleep(limits::SILENCE);
        let heard = windows.lines("left", "talk");
        let last = heard.as_array().and_then(|lines| lines.last().cloned());
        if last == Some(json!("hello")) {
            Ok(())
        } else {
            Err(heard.to_string())
        }
    });
}

#[test]
fn project_runs_with_the_original() {
    pages_see_each_other(Package::Original, "websocket");
}

#[test]
fn project_runs_with_ours_on_django_4_2() {
    pages_see_each_other(Package::OursOnDjango42, "websocket");
}

#[test]
fn project_runs_with_ours_on_django_5_2() {
    pages_see_each_other(Package::OursOnDjango52, "websocket");
}

#[test]
fn project_runs_with_ours_and_sockjs() {
    pages_see_each_other(Package::OursOnDjango52, "sockjs");
}

/// Staff publish, others hear, strangers don't; who is deactivated in the admin is out.
fn rights_are_those_of_the_users(transport: &'static str) {
    let project = Project::start(Options {
        package: Package::OursOnDjango52,
        transport,
        authenticator: "user",
    });
    let mut windows = Windows::of(&project);
    for window in ["ada", "ben", "cleo"] {
        windows.log_in(window);
        windows.reach(window, "subscribed");
    }
    windows.open("stranger");
    windows.reach("stranger", "authenticated");

    windows.say("ben", "ben is no staff");
    windows.say("ada", "ada is");
    for window in ["ada", "ben", "cleo"] {
        windows.hear(window, "talk", &["ada is"]);
    }

    // In a window of her own, ada works in the admin.
    windows.log_in_as("ada", "admin");
    deactivate(&mut windows, "ben");
    let took = windows.time_to_reach("ben", "disconnected");
    assert!(took <= Duration::from_secs(5), "{took:?}");
    println!("ben was out {took:?} after the admin had answered");

    windows.say("ada", "who is left");
    windows.hear("cleo", "talk", &["ada is", "who is left"]);
    for window in ["ben", "stranger"] {
        let heard = windows.lines(window, "talk");
        assert!(!heard.to_string().contains("who is left"), "{window}: {heard}");
    }
}

/// Takes the tick from `active` on the user's page in Django's admin, and saves.
fn deactivate(windows: &mut Windows, name: &str) {
    windows.go("admin", &format!("admin/auth/user/?q={name}"));
    windows.click("admin", "#result_list th.field-username a");
    windows.click("admin", "#id_is_active");
    windows.click("admin", "input[name=_save]");
    windows.reach_text("admin", ".messagelist .success", "was changed successfully");
}

#[test]
fn rights_are_those_of_the_users_with_websocket() {
    rights_are_those_of_the_users("websocket");
}

#[test]
fn rights_are_those_of_the_users_with_sockjs() {
    rights_are_those_of_the_users("sockjs");
}
