//! The connections that read. A statement that meets one that was cut while it rested is asked again over another: to ask each
//! connection first whether it is still there would cost as much as most statements do.

use futures::{future::BoxFuture, stream::BoxStream};
use sqlx::{
    Any, AnyPool, Describe, Either, Error, Execute, Executor, SqlStr, Transaction,
    any::{AnyArguments, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo},
};

use crate::patience::over_a_live_connection;

#[derive(Clone, Debug)]
pub(crate) struct Readers {
    pool: AnyPool,
}

impl Readers {
    pub(crate) fn new(pool: AnyPool) -> Self {
        Self { pool }
    }

    pub(crate) async fn begin(&self, statement: &'static str) -> Result<Transaction<'static, Any>, Error> {
        over_a_live_connection(|| self.pool.begin_with(statement)).await
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// What was asked, to be asked again: a query of sqlx's cannot be copied.
struct Asked {
    sql: SqlStr,
    arguments: AnyArguments,
}

impl Asked {
    fn of<'q>(mut query: impl Execute<'q, Any>) -> Result<Self, Error> {
        let arguments = query.take_arguments().map_err(Error::Encode)?.unwrap_or_default();
        Ok(Self { sql: query.sql(), arguments })
    }

    fn again(&self) -> sqlx::query::Query<'static, Any, AnyArguments> {
        let mut arguments = AnyArguments::default();
        arguments.values.0.clone_from(&self.arguments.values.0);
        sqlx::query_with(self.sql.clone(), arguments)
    }
}

impl<'c> Executor<'c> for &'c Readers {
    type Database = Any;

    /// A stream is not begun again: a part of it may have been told.
    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        self.pool.fetch_many(query)
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        Box::pin(async move {
            let asked = Asked::of(query)?;
            over_a_live_connection(|| self.pool.fetch_all(asked.again())).await
        })
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        Box::pin(async move {
            let asked = Asked::of(query)?;
            over_a_live_connection(|| self.pool.fetch_optional(asked.again())).await
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, Error>>
    where
        'c: 'e,
    {
        self.pool.prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, Error>>
    where
        'c: 'e,
    {
        self.pool.describe(sql)
    }
}
