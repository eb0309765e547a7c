//! Sums across contracts: what the county's figures are made of. Read from what the database keeps summed up already.
use super::*;
use crate::domain::{Begun, Channel, Commissioned, LedgerAccount, Money, OrgId, Spent, TrialLine, Turnover};
use sea_orm::FromQueryResult;

async fn rows<R: FromQueryResult>(db: &Db, sql: &str, values: Vec<sea_orm::Value>) -> Result<Vec<R>> {
    let backend = if db.is_postgres() { DbBackend::Postgres } else { DbBackend::Sqlite };
    Ok(R::find_by_statement(Statement::from_sql_and_values(backend, sql, values)).all(&db.0).await?)
}

#[derive(FromQueryResult)]
struct TurnoverRow {
    chain: String,
    year: i32,
    channel: String,
    account: String,
    debit: i64,
    credit: i64,
}

/// Turnover of every account by industry and year.
pub async fn turnover(db: &Db) -> Result<Vec<Turnover>> {
    let sql = "SELECT c.chain AS chain, y.year AS year, y.channel AS channel, y.account AS account, \
               CAST(SUM(y.debit_fen) AS BIGINT) AS debit, CAST(SUM(y.credit_fen) AS BIGINT) AS credit \
               FROM ledger_year y JOIN contract k ON k.id = y.contract_id JOIN challenge c ON c.id = k.challenge_id \
               GROUP BY c.chain, y.year, y.channel, y.account";
    let unknown = |what: &str| Error::Corrupt { table: "ledger_year", id: what.into(), why: "unknown".into() };
    let line = |r: TurnoverRow| {
        let channel = Channel::parse(&r.channel).ok_or_else(|| unknown(&r.channel))?;
        let account = LedgerAccount::parse(&r.account).ok_or_else(|| unknown(&r.account))?;
        let line = TrialLine { channel, account, debit_fen: Money::fen(r.debit), credit_fen: Money::fen(r.credit) };
        Ok(Turnover { chain: r.chain, year: r.year.into(), line })
    };
    rows::<TurnoverRow>(db, sql, vec![]).await?.into_iter().map(line).collect()
}

#[derive(FromQueryResult)]
struct BegunRow {
    chain: String,
    year: String,
    contracts: i64,
    own: i64,
}

/// Contracts by industry and the year in which they took effect.
pub async fn begun(db: &Db) -> Result<Vec<Begun>> {
    let sql = "SELECT c.chain AS chain, substr(k.body ->> 'starts_on', 1, 4) AS year, CAST(COUNT(*) AS BIGINT) AS contracts, \
               CAST(SUM(CAST(k.body ->> 'self_fen' AS BIGINT)) AS BIGINT) AS own \
               FROM contract k JOIN challenge c ON c.id = k.challenge_id WHERE (k.body ->> 'starts_on') IS NOT NULL \
               GROUP BY c.chain, substr(k.body ->> 'starts_on', 1, 4)";
    let found = rows::<BegunRow>(db, sql, vec![]).await?.into_iter();
    Ok(found
        .map(|r| Begun {
            chain: r.chain,
            year: r.year.parse().unwrap_or_default(),
            contracts: r.contracts,
            own_fen: Money::fen(r.own),
        })
        .collect())
}

#[derive(FromQueryResult)]
struct SpentRow {
    source: String,
    class: String,
    place: String,
    region: String,
    fen: i64,
}

/// Whose figures: of a year, of the county's region, perhaps of one unit alone.
#[derive(Clone, Debug)]
pub struct Scope {
    pub year: i16,
    /// First digits of the county's code.
    pub home: String,
    pub unit: Option<OrgId>,
}

impl Scope {
    fn of(&self, column: &str) -> (String, Vec<sea_orm::Value>) {
        let year = self.year.to_string().into();
        match self.unit {
            Some(unit) => (format!(" AND {column} = $2"), vec![year, unit.0.into()]),
            None => (String::new(), vec![year]),
        }
    }
}

/// Lines of spending that count, by source, class, place, and whether their unit is at home in the county.
pub async fn spent(db: &Db, scope: &Scope) -> Result<Vec<Spent>> {
    let (and, values) = scope.of("s.lead_id");
    let sql = format!(
        "SELECT s.source AS source, s.class AS class, (s.body ->> 'place') AS place, (o.body ->> 'region') AS region, \
         CAST(SUM(s.amount_fen) AS BIGINT) AS fen FROM spending s JOIN organisation o ON o.id = s.lead_id \
         WHERE s.state NOT IN ('withdrawn', 'disallowed') AND substr(s.body ->> 'spent_on', 1, 4) = $1{and} \
         GROUP BY s.source, s.class, s.body ->> 'place', o.body ->> 'region'"
    );
    let one = |r: SpentRow| Spent {
        source: r.source,
        class: r.class,
        in_county: r.place == "in_county",
        home: r.region.starts_with(&scope.home),
        fen: Money::fen(r.fen),
    };
    Ok(rows::<SpentRow>(db, &sql, values).await?.into_iter().map(one).collect())
}

#[derive(FromQueryResult)]
struct CommissionedRow {
    firm: Uuid,
    name: String,
    paid: i64,
    registered: i64,
}

/// What each enterprise paid to developers in the year, and how much of it under registered contracts; the greatest first.
pub async fn commissioned(db: &Db, scope: &Scope) -> Result<Vec<Commissioned>> {
    let (and, values) = scope.of("i.payer_id");
    let sql = format!(
        "SELECT i.payer_id AS firm, o.name AS name, CAST(SUM(i.amount_fen) AS BIGINT) AS paid, \
         CAST(SUM(CASE WHEN (k.body ->> 'registration_no') IS NULL THEN 0 ELSE i.amount_fen END) AS BIGINT) AS registered \
         FROM instalment i JOIN contract k ON k.id = i.contract_id JOIN organisation o ON o.id = i.payer_id \
         WHERE i.source = 'enterprise' AND i.state IN ('paid', 'received') AND substr(i.body ->> 'paid_on', 1, 4) = $1{and} \
         GROUP BY i.payer_id, o.name ORDER BY paid DESC, o.name LIMIT 1000"
    );
    let one = |r: CommissionedRow| Commissioned {
        firm: OrgId(r.firm),
        name: r.name,
        paid_fen: Money::fen(r.paid),
        registered_fen: Money::fen(r.registered),
    };
    Ok(rows::<CommissionedRow>(db, &sql, values).await?.into_iter().map(one).collect())
}
