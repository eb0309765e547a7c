//! The load: some connections that ask for the same page, one request after another.
use super::{Failed, cpu};
use http_body_util::{BodyExt, Empty};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

const CONNECTIONS: usize = 16;

/// One page to measure.
pub struct Target {
    pub name: &'static str,
    address: SocketAddr,
    path: String,
    cookie: Option<String>,
    pid: u32,
}

/// What was seen of it in a round. CPU in microseconds a request.
#[derive(Clone, Debug)]
pub struct Seen {
    pub rate: f64,
    pub p50: f64,
    pub p99: f64,
    pub server: f64,
    pub database: f64,
}

impl Seen {
    pub fn cpu(&self) -> f64 {
        self.server + self.database
    }
}

/// The round of middling CPU.
pub fn middle(mut rounds: Vec<Seen>) -> Seen {
    rounds.sort_by(|a, b| a.cpu().total_cmp(&b.cpu()));
    rounds.swap_remove(rounds.len() / 2)
}

impl Target {
    pub fn new(name: &'static str, address: SocketAddr, path: &str, cookie: Option<&str>, pid: u32) -> Self {
        Self { name, address, path: path.into(), cookie: cookie.map(str::to_owned), pid }
    }

    /// Asks for a fifth of the time to warm up, then for `time`.
    pub async fn measure(&self, time: Duration, database: &cpu::Database) -> Result<Seen, Failed> {
        self.load(time / 5).await?;
        let (server, db, begun) = (cpu::of(self.pid), database.cpu(), Instant::now());
        let mut took = self.load(time).await?;
        let (wall, n) = (begun.elapsed().as_secs_f64(), took.len() as f64);
        took.sort_unstable();
        let at = |share: f64| took[((n - 1.0) * share) as usize] as f64 / 1000.0;
        Ok(Seen {
            rate: n / wall,
            p50: at(0.5),
            p99: at(0.99),
            server: (cpu::of(self.pid) - server) / n,
            database: (database.cpu() - db) / n,
        })
    }

    /// How long each answer took, in microseconds.
    async fn load(&self, time: Duration) -> Result<Vec<u64>, Failed> {
        let until = Instant::now() + time;
        let asked = (0..CONNECTIONS).map(|_| tokio::spawn(one(self.address, self.path.clone(), self.cookie.clone(), until)));
        let mut all = vec![];
        for task in asked.collect::<Vec<_>>() {
            all.extend(task.await?.map_err(|e| format!("{}: {e}", self.name))?);
        }
        Ok(all)
    }
}

async fn one(address: SocketAddr, path: String, cookie: Option<String>, until: Instant) -> Result<Vec<u64>, Failed> {
    let io = TokioIo::new(tokio::net::TcpStream::connect(address).await?);
    let (mut send, connection) = http1::handshake(io).await?;
    let driver = tokio::spawn(connection);
    let (mut took, own) = (vec![], uuid::Uuid::new_v4().simple());
    while Instant::now() < until {
        let page = path.replace("{n}", &format!("{own}-{}", took.len()));
        let mut request = Request::get(&page).header("host", address.to_string());
        if let Some(cookie) = &cookie {
            request = request.header("cookie", cookie);
        }
        let begun = Instant::now();
        let answer = send.send_request(request.body(Empty::<Bytes>::new())?).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status != 200 || (path != "/empty" && body.len() < 1000) {
            return Err(format!("{path} answers {status} with {} bytes", body.len()).into());
        }
        took.push(u64::try_from(begun.elapsed().as_micros())?);
    }
    driver.abort();
    Ok(took)
}
