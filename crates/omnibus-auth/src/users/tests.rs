//! Is a table read whose keys are of any kind? One in SQLite here; Django's own in
//! `tests/tests/logins`.

use sqlx::{AssertSqlSafe, ConnectOptions, Executor, sqlite::SqliteConnectOptions};

use super::*;

const UUID: &str = "6f1c2a52-0d54-4dd6-9a39-6c2f8c6f0b11";

struct File {
    folder: tempfile::TempDir,
}

impl File {
    async fn with(statements: &str) -> Self {
        let file = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        file.execute(statements).await;
        file
    }

    async fn execute(&self, statements: &str) {
        let options = SqliteConnectOptions::new()
            .filename(self.path())
            .create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(statements.to_owned())))
            .await
            .unwrap();
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("db.sqlite3")
    }

    fn users(&self, table: Table) -> Users {
        let url = format!("sqlite://{}", self.path().display());
        Users::new(Database::parse(&url).unwrap(), table)
    }
}

async fn read(users: &mut Users, keys: &[&str]) -> Vec<Status> {
    let keys: Vec<Arc<str>> = keys.iter().map(|key| Arc::from(*key)).collect();
    users.read(&keys).await.unwrap()
}

const STAFF: Status = Status::Active { is_staff: true };
const PLAIN: Status = Status::Active { is_staff: false };

#[tokio::test]
async fn users_are_read_in_the_order_in_which_they_were_asked_for() {
    let file = File::with(
        "CREATE TABLE auth_user (id integer PRIMARY KEY, is_active bool NOT NULL, is_staff bool NOT NULL);
         INSERT INTO auth_user VALUES (1, 1, 1), (2, 1, 0), (3, 0, 1);",
    )
    .await;
    let mut users = file.users(Table::default());
    assert_eq!(
        read(
            &mut users,
            &["3", "2", "99", "1", "abc", "999999999999999999999999999999"]
        )
        .await,
        [
            Status::Inactive,
            PLAIN,
            Status::Inactive,
            STAFF,
            Status::Inactive,
            Status::Inactive
        ]
    );
    file.execute("UPDATE auth_user SET is_staff = 0 WHERE id = 1; DELETE FROM auth_user WHERE id = 2;")
        .await;
    assert_eq!(read(&mut users, &["1", "2"]).await, [PLAIN, Status::Inactive]);
}

#[tokio::test]
async fn keys_may_be_text_or_uuids() {
    let file = File::with(&format!(
        "CREATE TABLE people (name varchar(30) PRIMARY KEY COLLATE NOCASE, on_board bool, crew bool);
         INSERT INTO people VALUES ('anna', 1, 1), ('{UUID}', 1, 0), ('nobody', NULL, NULL);
         CREATE TABLE ids (id char(32) PRIMARY KEY);
         INSERT INTO ids VALUES ('{}');",
        UUID.replace('-', "")
    ))
    .await;
    let people = Table::named("people").unwrap().with_key("name").unwrap();
    let people = people.with_active("on_board").unwrap().with_staff("crew").unwrap();
    let mut users = file.users(people);
    assert_eq!(
        read(&mut users, &["anna", "ANNA", UUID, "nobody", "' OR ''='", "a\"b;--"]).await,
        [
            STAFF,
            Status::Inactive,
            PLAIN,
            Status::Inactive,
            Status::Inactive,
            Status::Inactive
        ]
    );
    let ids = Table::named("ids")
        .unwrap()
        .with_active("")
        .unwrap()
        .with_staff("")
        .unwrap();
    assert_eq!(
        read(&mut file.users(ids), &[UUID, "1"]).await,
        [PLAIN, Status::Inactive]
    );
}

#[tokio::test]
async fn many_are_read_at_once() {
    let file = File::with(
        "CREATE TABLE auth_user (id integer PRIMARY KEY, is_active bool, is_staff bool);
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200)
         INSERT INTO auth_user SELECT x, 1, x % 2 FROM n;",
    )
    .await;
    let keys: Vec<Arc<str>> = (1..=200).map(|key: i32| Arc::from(key.to_string())).collect();
    let statuses = file.users(Table::default()).read(&keys).await.unwrap();
    for (at, status) in statuses.into_iter().enumerate() {
        assert_eq!(status, Status::Active { is_staff: at % 2 == 0 });
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_an_error_and_found_again_when_it_is_back() {
    let file = File::with("CREATE TABLE auth_user (id integer PRIMARY KEY, is_active bool, is_staff bool);").await;
    let mut users = file.users(Table::default());
    let one = [Arc::from("1")];
    assert!(users.read(&one).await.is_ok());
    let elsewhere = file.folder.path().join("elsewhere");
    std::fs::rename(file.path(), &elsewhere).unwrap();
    assert!(
        users.read(&one).await.is_err(),
        "a file that was moved away is not read on"
    );
    std::fs::rename(&elsewhere, file.path()).unwrap();
    assert_eq!(users.read(&one).await.unwrap(), [Status::Inactive]);
    file.execute("DROP TABLE auth_user;").await;
    assert!(users.read(&one).await.is_err());
    assert!(!std::fs::exists(file.folder.path().join("other.sqlite3")).unwrap());
}
