//! CPU time of processes, from /proc.
use super::Failed;
use jiebang::store::Db;
use sea_orm::{ConnectionTrait, Statement};

/// Microseconds of a clock tick (100 a second on Linux).
const TICK: f64 = 10_000.0;

/// Fields of /proc/PID/stat after the name: [0] state, [1] parent, [11..15] user, system, and those of children gone.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn ticks(fields: &[String], range: std::ops::Range<usize>) -> f64 {
    fields.get(range).map_or(0.0, |f| f.iter().filter_map(|t| t.parse::<f64>().ok()).sum())
}

/// CPU time of a process so far, in microseconds.
pub fn of(pid: u32) -> f64 {
    stat(pid).map_or(0.0, |f| ticks(&f, 11..13) * TICK)
}

/// The database's own processes: none on SQLite, which works within the server.
pub struct Database(Option<u32>);

impl Database {
    pub async fn of(url: &str) -> Result<Self, Failed> {
        if url.starts_with("sqlite") {
            return Ok(Self(None));
        }
        let db = Db::connect(url).await?;
        let sql = Statement::from_string(db.connection().get_database_backend(), "SELECT pg_backend_pid() AS pid");
        let row = db.connection().query_one_raw(sql).await?.ok_or("no backend")?;
        let backend: i32 = row.try_get("", "pid")?;
        let main = stat(u32::try_from(backend)?).and_then(|f| f.get(1)?.parse().ok());
        Ok(Self(Some(main.ok_or("the database is not on this machine: its CPU time can't be read")?)))
    }

    /// CPU time of all its processes so far, those that ended too.
    pub fn cpu(&self) -> f64 {
        let Some(main) = self.0 else { return 0.0 };
        let children = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let children = children.filter_map(|e| e.file_name().to_str()?.parse().ok()).filter_map(stat);
        let children = children.filter(|f| f.get(1).is_some_and(|p| *p == main.to_string()));
        let now: f64 = children.map(|f| ticks(&f, 11..13)).sum();
        (now + stat(main).map_or(0.0, |f| ticks(&f, 11..15))) * TICK
    }
}
