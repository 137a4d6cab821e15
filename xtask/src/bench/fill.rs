//! Stores that are full: rows of a session that really happened, copied as often as it takes.
//!
//! The copies are made by the database itself while no server runs. Columns are asked for, so that this holds for whatever
//! tables there are.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{
    client::Person,
    stage::{Agent, Stage},
};
use crate::command::{output, program};

/// A turn of 20 parts: what was asked, what was done, what was said.
const TURN: &str = "Look around.\n/say I look around first, then I do what was asked.\n";
const CALLS: usize = 17;

/// Tables that hold what was said, in an order in which rows may be added, with the columns that name a row of theirs.
const SAID: [(&str, &[&str]); 3] =
    [("messages", &["id"]), ("parts", &["id", "message_id"]), ("part_words", &["part_id"])];

pub(super) struct Filled {
    pub(super) stage: Stage,
    /// The session that really happened.
    pub(super) session: String,
    database: PathBuf,
}

impl Filled {
    /// A session with so many turns that nobody is at work in.
    pub(super) async fn with_turns(turns: usize) -> Result<Self> {
        let stage = Stage::set(Agent::Fake)?;
        let server = stage.slipway()?;
        let person = Person::sign_in(&stage.origin()).await?;
        let turn = format!("{TURN}{}/say Done, and it all went well.", "/bash ls\n".repeat(CALLS));
        let session = person.create("demo", &turn).await?;
        let mut socket = person.follow(&session).await?;
        socket.hear(|_| {}).await?;
        for _ in 1..turns {
            person.send(&session, &turn).await?;
            socket.hear(|_| {}).await?;
        }
        drop(server);
        let database = stage.folder.join("data/slipway.db");
        Ok(Self { stage, session, database })
    }

    /// The whole session again, so many times, under other ids.
    pub(super) fn copy_session(&self, times: usize) -> Result<()> {
        let mut script = String::from("begin;\n");
        let id = "'copy-' || n";
        script += &self.copies("sessions", "id", &[("id", id), ("lease_owner", "null")], times)?;
        script += &self.copies("session_members", "session_id", &[("session_id", id)], times)?;
        for (table, _) in SAID {
            script += &self.copies(table, "session_id", &[("session_id", id)], times)?;
        }
        self.run(&(script + "commit;\nanalyze;\n"))
    }

    /// What was said in the session again, so many times, before what was really said.
    pub(super) fn repeat_conversation(&self, times: usize) -> Result<()> {
        let mut script = String::from("begin;\n");
        for (table, names) in SAID {
            let renamed: Vec<_> = names.iter().map(|name| (*name, format!("{name} || '-' || n"))).collect();
            let mut changed: Vec<_> = renamed.iter().map(|(name, value)| (*name, value.as_str())).collect();
            if table == "messages" {
                changed.push(("ord", "ord - n * 1000"));
            }
            script += &self.copies(table, "session_id", &changed, times)?;
        }
        self.run(&(script + "commit;\nanalyze;\n"))
    }

    /// `insert into TABLE select ...` for n from 1 to `times`, with these columns changed.
    fn copies(&self, table: &str, of: &str, changed: &[(&str, &str)], times: usize) -> Result<String> {
        let asked = format!("select name from pragma_table_info('{table}') where name <> 'seq'");
        let columns = output(sqlite(&self.database).arg(asked))?;
        let columns: Vec<&str> = columns.lines().collect();
        let values: Vec<&str> = columns
            .iter()
            .map(|column| {
                changed.iter().find(|(name, _)| name == column).map_or(*column, |(_, value)| *value)
            })
            .collect();
        Ok(format!(
            "insert into {table} ({}) with recursive copies (n) as (select 1 union all select n + 1 from copies where n < {times})\n\
             select {} from {table}, copies where {of} = '{}';\n",
            columns.join(", "),
            values.join(", "),
            self.session
        ))
    }

    fn run(&self, script: &str) -> Result<()> {
        let path = self.stage.folder.join("fill.sql");
        std::fs::write(&path, script)?;
        let mut sqlite = sqlite(&self.database);
        sqlite.arg(format!(".read {}", path.display()));
        output(&mut sqlite).context("the store could not be filled").map(drop)
    }
}

fn sqlite(database: &Path) -> std::process::Command {
    let mut sqlite = program("sqlite3");
    sqlite.args(["-bail", "-cmd", "pragma synchronous = off"]).arg(database);
    sqlite
}
