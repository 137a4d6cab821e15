//! Waiting for a database that is just starting, or whose connections were just cut.

use std::time::{Duration, Instant};

use crate::{StoreError, dialect::POSTGRES_CONNECTIONS, error::is_cut};

const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(200);

/// Does it again while the database cannot be reached, for ten seconds at most. What is done must bear being done twice.
pub async fn until_reachable<T, Asking>(ask: impl Fn() -> Asking) -> Result<T, StoreError>
where
    Asking: Future<Output = Result<T, StoreError>>,
{
    let begun = Instant::now();
    loop {
        match ask().await {
            Err(error @ StoreError::Unreachable(_)) if begun.elapsed() < PATIENCE => {
                tracing::warn!(%error, "waiting for the database");
                tokio::time::sleep(PAUSE).await;
            }
            other => return other,
        }
    }
}

/// Does it again where its connection was cut, as often as there may be such connections. What is done must bear being done twice.
pub(crate) async fn over_a_live_connection<T, Asking>(ask: impl Fn() -> Asking) -> Result<T, sqlx::Error>
where
    Asking: Future<Output = Result<T, sqlx::Error>>,
{
    for _ in 0..POSTGRES_CONNECTIONS {
        match ask().await {
            Err(error) if is_cut(&error) => tracing::debug!(%error, "asking again over another connection"),
            other => return other,
        }
    }
    ask().await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn what_cannot_be_reached_is_asked_again_and_anything_else_is_told_at_once() {
        let asked = Cell::new(0);
        let ask = async || {
            asked.set(asked.get() + 1);
            match asked.get() {
                1 => Err(StoreError::from(sqlx::Error::PoolTimedOut)),
                2 => Err(StoreError::from(sqlx::Error::Io(std::io::ErrorKind::ConnectionRefused.into()))),
                number => Ok(number),
            }
        };
        assert_eq!(until_reachable(ask).await.unwrap(), 3);

        let asked = Cell::new(0);
        let ask = async || {
            asked.set(asked.get() + 1);
            Err::<(), _>(StoreError::Full)
        };
        assert!(matches!(until_reachable(ask).await, Err(StoreError::Full)));
        assert_eq!(asked.get(), 1);
    }
}
