//! Sealing a bid of 20 MB against a plain copy of it to disk, in one run. The ratio is the figure; both ends are synced.
#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on says so where it stands")]
use jiebang::domain::seal::{Bound, Holder, Part, Roster, SealedBy};
use jiebang::outside::seal::{Input, InputFile, PrivateKey, random, seal_to};
use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::Path,
    time::{Duration, Instant},
};
use uuid::Uuid;

const FILES: usize = 4;
const EACH: usize = 5_000_000;
const ROUNDS: usize = 9;

fn main() {
    let dir = std::env::temp_dir().join(format!("jiebang-bench-{}", Uuid::new_v4().simple()));
    std::fs::create_dir_all(&dir).unwrap();
    for n in 0..FILES {
        let bytes: Vec<u8> = std::iter::repeat_with(random::<1000>).take(EACH / 1000).flatten().collect();
        std::fs::write(dir.join(format!("{n}.pdf")), bytes).unwrap();
    }
    let (mut seals, mut copies) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        copies.push(timed(|| copy(&dir)));
        seals.push(timed(|| seal(&dir)));
    }
    let (seal, copy) = (median(seals), median(copies));
    let rate = |d: Duration| (FILES * EACH) as f64 / 1e6 / d.as_secs_f64();
    println!("plain copy  {:7.1} ms  {:6.0} MB/s", copy.as_secs_f64() * 1e3, rate(copy));
    println!("sealing     {:7.1} ms  {:6.0} MB/s", seal.as_secs_f64() * 1e3, rate(seal));
    println!("ratio       {:7.2}", seal.as_secs_f64() / copy.as_secs_f64());
    std::fs::remove_dir_all(&dir).unwrap();
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn copy(dir: &Path) {
    for n in 0..FILES {
        let mut to = File::create(dir.join("copy")).unwrap();
        std::io::copy(&mut File::open(dir.join(format!("{n}.pdf"))).unwrap(), &mut to).unwrap();
        to.sync_all().unwrap();
    }
}

fn seal(dir: &Path) {
    let holder = |n: u8| Holder { body: n.to_string(), name: n.to_string(), public: PrivateKey::fresh().public() };
    let roster = Roster::new(2, (1..=3).map(holder).collect()).unwrap();
    let file = |n: usize| InputFile {
        field: "attachments".into(),
        name: format!("{n}.pdf"),
        kind: "application/pdf".into(),
        size: EACH as u64,
        content: Box::new(BufReader::new(File::open(dir.join(format!("{n}.pdf"))).unwrap())),
    };
    let a = Input { part: Part::A, fields: Default::default(), files: vec![] };
    let b = Input { part: Part::B, fields: Default::default(), files: (0..FILES).map(file).collect() };
    let of = |envelope| Ok(Bound { challenge: Uuid::nil(), bid: Uuid::nil(), version: 1, envelope });
    let mut to = BufWriter::new(File::create(dir.join("sealed")).unwrap());
    seal_to(&mut to, &roster, of, [a, b], SealedBy::Team).unwrap();
    to.flush().unwrap();
    to.get_ref().sync_all().unwrap();
}
