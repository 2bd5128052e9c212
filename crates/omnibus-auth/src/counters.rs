//! What was decided, and what it cost?

omnibus_counters::counters! {
    Granted = "logins_granted", "Logins granted.";
    RefusedToken = "logins_refused_token", "Logins refused for a malformed, forged or original token.";
    RefusedRunOut = "logins_refused_run_out", "Logins refused because the token had run out.";
    RefusedUser = "logins_refused_user", "Logins with a good token refused because the user is unknown or inactive.";
    RefusedAway = "logins_refused_away", "Logins refused because the database was away.";
    RefusedBusy = "logins_refused_busy", "Logins refused because too many waited for the database.";
    Slowed = "logins_slowed", "Refusals that were told late, for their address had failed often.";
    Reads = "user_reads", "Times the user table was read, for up to 256 users each.";
    DatabaseDown = "database_downs", "Times the database went away.";
    SentOut = "users_sent_out", "Connections told that their user may not be logged in any more.";
    Changed = "users_changed", "Connections told that their user has become staff, or is it no more.";
}
