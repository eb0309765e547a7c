//! What pages are measured against, in a process of its own: a handler that does nothing, and the public list as it can be at
//! best, one query by bare sqlx and one formatted string.
use super::{Failed, site::Running};
use axum::{Router, extract::State, response::Html, routing::get};
use jiebang::store::Db;
use sea_orm::sqlx::{self, PgPool, Row as _, SqlitePool};
use std::{
    fmt::Write as _,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
};
use uuid::Uuid;

pub struct Yardstick {
    pub address: SocketAddr,
    pub pid: u32,
    _server: Running,
}

/// Starts it and waits for its address.
pub fn start(url: &str) -> Result<Yardstick, Failed> {
    let mut server = Command::new(std::env::current_exe()?).arg("--yardstick").arg(url).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(server.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    Ok(Yardstick { address: line.trim().parse()?, pid: server.id(), _server: Running(server) })
}

#[derive(Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

pub async fn serve(url: &str) -> Result<(), Failed> {
    let db = Db::connect(url).await?;
    let c = db.connection();
    let pool = if db.is_postgres() {
        Pool::Postgres(c.get_postgres_connection_pool().clone())
    } else {
        Pool::Sqlite(c.get_sqlite_connection_pool().clone())
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let app = Router::new().route("/empty", get(|| async {})).route("/bare", get(bare)).with_state(pool);
    Ok(axum::serve(listener, app).await?)
}

const SQL: &str = "SELECT id, number, title, state, track, award_mode, chain, poster_name, stake_fen, county_fen, listed_at, \
                   close_at FROM challenge WHERE listed_at > 0 ORDER BY listed_at DESC, id DESC LIMIT 21";

struct Line {
    id: Uuid,
    number: Option<String>,
    title: String,
    state: String,
    track: String,
    chain: String,
    poster: Option<String>,
    stake_fen: i64,
    close_at: Option<i64>,
}

macro_rules! lines {
    ($pool:expr) => {
        sqlx::query(SQL)
            .fetch_all($pool)
            .await?
            .iter()
            .map(|r| {
                Ok(Line {
                    id: r.try_get(0)?,
                    number: r.try_get(1)?,
                    title: r.try_get(2)?,
                    state: r.try_get(3)?,
                    track: r.try_get(4)?,
                    chain: r.try_get(6)?,
                    poster: r.try_get(7)?,
                    stake_fen: r.try_get(8)?,
                    close_at: r.try_get(11)?,
                })
            })
            .collect::<Result<Vec<_>, sqlx::Error>>()
    };
}

async fn lines(pool: &Pool) -> Result<Vec<Line>, sqlx::Error> {
    match pool {
        Pool::Sqlite(p) => lines!(p),
        Pool::Postgres(p) => lines!(p),
    }
}

/// The frame of the page has the size that ours has.
const FRAME: usize = 7_000;

async fn bare(State(pool): State<Pool>) -> Result<Html<String>, axum::http::StatusCode> {
    let rows = lines(&pool).await.map_err(|_| axum::http::StatusCode::INTERNAL_SERVER_ERROR)?;
    let mut out = String::with_capacity(24_000);
    out.extend(std::iter::repeat_n(' ', FRAME));
    for r in rows.iter().take(20) {
        let close = r.close_at.and_then(|at| jiff::Timestamp::from_millisecond(at).ok()).unwrap_or_default();
        write!(
            out,
            "<li class=\"card\"><h3><a href=\"/challenges/{}\">{}</a></h3><ul class=\"tags\"><li><span class=\"tag\">{}</span></li>\
             <li><span class=\"tag\">{}</span></li><li><span class=\"tag\">{}</span></li></ul><dl class=\"facts\"><div><dt>榜额</dt>\
             <dd>{}.{:02} 万元</dd></div><div><dt>发榜单位</dt><dd>{}</dd></div><div><dt>编号</dt><dd>{}</dd></div></dl>\
             <div class=\"due\"><div class=\"due-line\"><span class=\"due-label\">截止</span> <time datetime=\"{close}\">{close}\
             </time></div><p class=\"due-left\">还剩 {} 天</p></div></li>",
            r.id,
            r.title,
            r.state,
            r.track,
            r.chain,
            r.stake_fen / 1_000_000,
            r.stake_fen / 10_000 % 100,
            r.poster.as_deref().unwrap_or(""),
            r.number.as_deref().unwrap_or(""),
            close.duration_since(jiebang::domain::clock::wall()).as_hours() / 24,
        )
        .map_err(|_| axum::http::StatusCode::INTERNAL_SERVER_ERROR)?;
    }
    Ok(Html(out))
}
