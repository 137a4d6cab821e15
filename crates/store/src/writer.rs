//! Who writes, and when it counts as stored.
//!
//! SQLite writes one transaction at a time and waits for the disk at the end of each. Where several are in line they share one: each
//! stands behind a savepoint, so that one that is given up takes only itself back. Invariant: nobody hears that something is stored
//! before the disk has it; what they share failing, all hear that.

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Transaction, pool::PoolConnection};
use tokio::{
    sync::{Mutex, OwnedMutexGuard, oneshot},
    time::timeout,
};

use crate::{StoreError, columns::Query, dialect::Dialect, error::is_full, patience::over_a_live_connection};

/// More do not wait for each other.
const MOST_TOGETHER: usize = 32;

/// How long one may stand in line.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) pool: AnyPool,
    dialect: Dialect,
    group: Arc<Mutex<Group>>,
    in_line: Arc<AtomicUsize>,
}

/// Transactions that reach the disk together.
#[derive(Debug, Default)]
struct Group {
    shared: Option<Transaction<'static, Any>>,
    /// The one that writes now stands behind a savepoint.
    behind_savepoint: bool,
    /// They are done, and wait for the disk.
    done: Vec<oneshot::Sender<Result<(), Lost>>>,
}

/// Why what was shared did not reach the disk.
#[derive(Clone, Copy, Debug)]
enum Lost {
    Full,
    Otherwise,
}

/// A transaction that writes; dropped without commit, nothing happened.
pub(crate) enum Writing {
    Alone(Transaction<'static, Any>),
    Together(Turn),
}

/// To be the one who writes. Whoever lets go of it leaves the group in order.
pub(crate) struct Turn {
    writer: Writer,
    /// None once it was let go of.
    group: Option<OwnedMutexGuard<Group>>,
}

impl Writer {
    pub(crate) fn new(pool: AnyPool, dialect: Dialect) -> Self {
        Self { pool, dialect, group: Arc::default(), in_line: Arc::default() }
    }

    pub(crate) async fn begin(&self) -> Result<Writing, StoreError> {
        match self.dialect {
            Dialect::Sqlite => Ok(Writing::Together(self.turn().await?)),
            Dialect::Postgres => Ok(Writing::Alone(self.begin_alone().await?)),
        }
    }

    /// One statement, by itself. How many rows it changed.
    pub(crate) async fn put(&self, statement: Query) -> Result<u64, StoreError> {
        let done = match self.dialect {
            Dialect::Sqlite => {
                let mut writing = self.begin().await?;
                let done = statement.execute(&mut *writing).await?;
                writing.commit().await?;
                done
            }
            Dialect::Postgres => statement.execute(&mut *self.live().await?).await?,
        };
        Ok(done.rows_affected())
    }

    async fn begin_alone(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        over_a_live_connection(|| self.pool.begin_with(self.dialect.begin_write())).await
    }

    /// A connection that has just answered: what a single statement does must not be done twice.
    async fn live(&self) -> Result<PoolConnection<Any>, sqlx::Error> {
        over_a_live_connection(async || {
            let mut connection = self.pool.acquire().await?;
            connection.ping().await?;
            Ok(connection)
        })
        .await
    }

    async fn turn(&self) -> Result<Turn, StoreError> {
        let place = Place::take(self);
        let group = timeout(PATIENCE, self.group.clone().lock_owned()).await;
        let mut group = group.map_err(|_| sqlx::Error::PoolTimedOut)?;
        place.leave();
        if group.shared.is_none() {
            group.shared = Some(self.begin_alone().await?);
            group.behind_savepoint = false;
        }
        Ok(Turn { writer: self.clone(), group: Some(group) })
    }

    /// After a turn: whoever comes next goes on in the same transaction; where nobody does, the disk gets it.
    async fn pass_on(&self, mut group: OwnedMutexGuard<Group>) {
        let goes_on = self.in_line.load(Ordering::SeqCst) > 0 && group.done.len() < MOST_TOGETHER;
        if !goes_on {
            group.finish().await;
        } else if let Err(error) = group.run("savepoint turn").await {
            group.lose(&error);
        } else {
            group.behind_savepoint = true;
        }
    }

    /// The one in line whom the group counted on has left.
    async fn settle(self) {
        let group = self.group.clone().lock_owned().await;
        if !group.done.is_empty() {
            self.pass_on(group).await;
        }
    }
}

impl Group {
    async fn run(&mut self, statements: &'static str) -> Result<(), sqlx::Error> {
        let Some(shared) = &mut self.shared else { return Ok(()) };
        sqlx::raw_sql(statements).execute(&mut **shared).await.map(drop)
    }

    async fn keep(&mut self) -> Result<(), sqlx::Error> {
        if self.behind_savepoint { self.run("release turn").await } else { Ok(()) }
    }

    async fn take_back(&mut self) -> Result<(), sqlx::Error> {
        if self.behind_savepoint {
            return self.run("rollback to turn; release turn").await;
        }
        match self.shared.take() {
            Some(shared) => shared.rollback().await,
            None => Ok(()),
        }
    }

    async fn finish(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        match shared.commit().await {
            Ok(()) => self.tell(Ok(())),
            Err(error) => self.lose(&error),
        }
    }

    /// What SQLite took back by itself is lost for all.
    fn lose(&mut self, error: &sqlx::Error) {
        tracing::warn!(%error, together = self.done.len(), "a transaction did not reach the disk");
        self.shared = None;
        self.tell(Err(if is_full(error) { Lost::Full } else { Lost::Otherwise }));
    }

    fn tell(&mut self, outcome: Result<(), Lost>) {
        for waits in self.done.drain(..) {
            // Who does not wait any more has lost nothing by it.
            let _ = waits.send(outcome);
        }
    }
}

impl Writing {
    /// Returns once the disk has it.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Alone(transaction) => Ok(transaction.commit().await?),
            Self::Together(turn) => turn.commit().await,
        }
    }

    pub(crate) async fn rollback(self) -> Result<(), StoreError> {
        match self {
            Self::Alone(transaction) => Ok(transaction.rollback().await?),
            // The group sees to it before anybody else writes.
            Self::Together(_) => Ok(()),
        }
    }
}

impl Deref for Writing {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        match self {
            Self::Alone(transaction) => transaction,
            Self::Together(turn) => turn.group.as_ref().and_then(|group| group.shared.as_ref()).expect(HELD),
        }
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        match self {
            Self::Alone(transaction) => transaction,
            Self::Together(turn) => turn.group.as_mut().and_then(|group| group.shared.as_mut()).expect(HELD),
        }
    }
}

const HELD: &str = "a turn holds its transaction until it is let go of";

impl Turn {
    async fn commit(mut self) -> Result<(), StoreError> {
        let (told, hears) = oneshot::channel();
        let (writer, group) = (self.writer.clone(), self.group.take());
        // By itself: who asked may be gone in the middle of it, and others wait for the same disk.
        tokio::spawn(async move {
            let Some(mut group) = group else { return };
            let kept = group.keep().await;
            group.done.push(told);
            match kept {
                Ok(()) => writer.pass_on(group).await,
                Err(error) => group.lose(&error),
            }
        });
        match hears.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Lost::Full)) => Err(StoreError::Full),
            Ok(Err(Lost::Otherwise)) | Err(_) => {
                Err(StoreError::Unreachable("what shared a transaction did not reach the disk".into()))
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut group) = self.group.take() else { return };
        let writer = self.writer.clone();
        // Without a runtime the process ends, and the transaction with it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            match group.take_back().await {
                Ok(()) => writer.pass_on(group).await,
                Err(error) => group.lose(&error),
            }
        });
    }
}

/// One who stands in line.
struct Place<'w> {
    writer: &'w Writer,
    left_out: bool,
}

impl<'w> Place<'w> {
    fn take(writer: &'w Writer) -> Self {
        writer.in_line.fetch_add(1, Ordering::SeqCst);
        Self { writer, left_out: true }
    }

    /// It is their turn.
    fn leave(mut self) {
        self.left_out = false;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.writer.in_line.fetch_sub(1, Ordering::SeqCst);
        if let (true, Ok(runtime)) = (self.left_out, tokio::runtime::Handle::try_current()) {
            runtime.spawn(self.writer.clone().settle());
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use sqlx::Executor;

    use crate::{Store, StoreError};

    async fn store(folder: &tempfile::TempDir) -> Store {
        Store::open(&format!("sqlite://{}/slipway.db", folder.path().display())).await.unwrap()
    }

    /// Writes a row, and then keeps or leaves it.
    async fn write(store: &Store, number: usize, keeps: bool) -> Result<(), StoreError> {
        let mut writing = store.write().await?;
        let row = format!("insert into cache values ('{number}', 'x', 1)");
        writing.execute(sqlx::raw_sql(&*row.leak())).await?;
        if keeps { writing.commit().await } else { writing.rollback().await }
    }

    async fn kept(store: &Store) -> Vec<usize> {
        let mut kept = Vec::new();
        for number in 0..100 {
            kept.extend(store.cached(&number.to_string()).await.unwrap().map(|_| number));
        }
        kept
    }

    #[tokio::test]
    async fn many_in_line_are_stored_and_one_that_is_given_up_takes_only_itself_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let keeps = |number: &usize| !number.is_multiple_of(7);
        let outcomes = join_all((0..100).map(|number| write(&store, number, keeps(&number)))).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        // Whoever reads after "stored" finds it, and nothing of the others.
        assert_eq!(kept(&store).await, (0..100).filter(keeps).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn who_fails_or_goes_away_in_the_middle_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let held = store.write().await.unwrap();
        let leaves = tokio::spawn({
            let store = store.clone();
            async move { write(&store, 1, true).await }
        });
        let stays = tokio::spawn({
            let store = store.clone();
            async move { write(&store, 2, true).await }
        });
        // In line, or not yet: either way it is not there when its turn comes.
        leaves.abort();
        drop(held);
        stays.await.unwrap().unwrap();
        assert!(write(&store, 2, true).await.is_err(), "it is there already");
        write(&store, 3, true).await.unwrap();
        assert_eq!(kept(&store).await, [2, 3]);
    }

    #[tokio::test]
    async fn what_the_disk_refuses_is_refused_to_all_who_shared_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let mut first = store.write().await.unwrap();
        // A key that leads nowhere is found out at the end.
        let nowhere = "pragma defer_foreign_keys = on;
                       insert into preferences (user_id, choices, updated_at) values ('nobody', '{}', 1)";
        first.execute(sqlx::raw_sql(nowhere)).await.unwrap();
        let others = join_all((0..3).map(|number| write(&store, number, true)));
        let (first, others) = tokio::join!(first.commit(), others);
        let refused = |outcome: &Result<(), StoreError>| matches!(outcome, Err(StoreError::Unreachable(_)));
        assert!(refused(&first) || matches!(first, Err(StoreError::Database(_))), "{first:?}");
        assert!(others.iter().all(refused), "{others:?}");
        assert_eq!(kept(&store).await, Vec::<usize>::new());
        write(&store, 4, true).await.unwrap();
        assert_eq!(kept(&store).await, [4]);
    }
}
