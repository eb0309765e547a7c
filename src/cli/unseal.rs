//! A keyholder's part of an opening, and opening a sealed file where all that it takes has come together.
use super::key::{Passphrase, load, read};
use super::{Failed, Outcome};
use crate::domain::seal::{AttachedFile, Envelope, FORMAT, Handout, Manifest, Part, SealFault, Share, Sheet};
use crate::outside::seal::{Bundle, ContentKey, PrivateKey, Sink, Spare, finish, peel};
use clap::Args;
use std::{
    fs::File,
    io::{BufReader, Write},
    path::{Path, PathBuf},
};

#[derive(Args, Debug)]
pub struct Partial {
    /// The keyholder's key file
    #[arg(long)]
    key: PathBuf,
    /// What the opening hands to this keyholder
    #[arg(long)]
    handout: PathBuf,
    /// The answer to give back; it must not exist yet
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
}

/// Takes one layer off every share that waits for this key. Damaged ones are named and left out; the others go on.
pub fn partial(partial: Partial) -> Outcome {
    let handout = Handout::read(&read(&partial.handout)?)?;
    let key = load(&partial.key)?.open(&partial.passphrase.read(&partial.key.display().to_string())?)?;
    let number = handout.roster.number_of(&key.public()).ok_or(SealFault::NotAKeyholder)?;
    let (mut shares, mut damaged) = (vec![], 0);
    for share in handout.shares.iter().filter(|s| s.holder() == Some(number)) {
        match peel(&key, &handout.roster, &handout.bound(share), share) {
            Ok(opened) => shares.push(opened),
            Err(fault) => {
                damaged += 1;
                eprintln!("jiebang: bid {}, envelope {}: {fault}", share.bid, share.envelope.id());
            }
        }
    }
    println!("{} opened, {damaged} damaged", shares.len());
    let answer = Handout { shares, ..handout };
    super::key::write_secret(&partial.out, &(serde_json::to_string_pretty(&answer)? + "\n"))?;
    if damaged == 0 { Ok(()) } else { Err(Failed(format!("{damaged} wraps are damaged; the rest is in the answer"))) }
}

#[derive(Args, Debug)]
#[command(group(clap::ArgGroup::new("with").required(true).args(["keys", "spare", "answers"])))]
pub struct Open {
    /// The sealed file
    #[arg(long)]
    bid: PathBuf,
    /// Folder to write the contents into; it must not exist yet
    #[arg(long)]
    out: PathBuf,
    /// Only this envelope, A or B
    #[arg(long, value_parser = part)]
    envelope: Option<Part>,
    /// A keyholder's key file; as many as it takes
    #[arg(long = "key", requires = "challenge")]
    keys: Vec<PathBuf>,
    /// The sealing sheet, for the roster
    #[arg(long)]
    challenge: Option<PathBuf>,
    /// Answers of the last keyholder
    #[arg(long = "answer")]
    answers: Vec<PathBuf>,
    /// The team's spare
    #[arg(long)]
    spare: Option<PathBuf>,
    #[command(flatten)]
    passphrase: Passphrase,
}

pub fn part(text: &str) -> Result<Part, String> {
    Part::ALL.into_iter().find(|p| p.id() == text).ok_or_else(|| "A or B".to_owned())
}

pub fn open(open: Open) -> Outcome {
    let file = File::open(&open.bid).map_err(|e| Failed(format!("{}: {e}", open.bid.display())))?;
    let mut bundle = Bundle::read(BufReader::new(file))?;
    let parts: Vec<Part> = Part::ALL.into_iter().filter(|p| open.envelope.is_none_or(|only| only == *p)).collect();
    let with = With::read(&open)?;
    let keys = parts.iter().map(|p| with.key(bundle.envelope(*p))).collect::<Result<Vec<_>, _>>()?;
    std::fs::create_dir(&open.out).map_err(|e| Failed(format!("{}: {e}", open.out.display())))?;
    let opened = parts.into_iter().zip(keys).try_for_each(|(part, key)| open_into(&mut bundle, part, &key, &open.out));
    if opened.is_err() {
        // What came out before the fault is not the bid.
        let _ = std::fs::remove_dir_all(&open.out);
    }
    opened
}

fn open_into(bundle: &mut Bundle<BufReader<File>>, part: Part, key: &ContentKey, out: &Path) -> Outcome {
    let mut folder = Folder { path: out.join(part.id()), now: None };
    let manifest = bundle.open(part, key, &mut folder)?;
    folder.close()?;
    println!("envelope {}  {} files, root {}", part.id(), manifest.files.len(), manifest.root());
    Ok(())
}

/// What there is to open with; passphrases are asked once.
enum With<'a> {
    Keys(Sheet, Vec<PrivateKey>),
    Spare(Spare, [ContentKey; 2]),
    Answers(&'a [PathBuf]),
}

impl<'a> With<'a> {
    fn read(open: &'a Open) -> Result<Self, Failed> {
        if let Some(path) = &open.spare {
            let spare = Spare::read(&read(path)?)?;
            let keys = spare.open(&open.passphrase.read("the spare")?)?;
            return Ok(Self::Spare(spare, keys));
        }
        if !open.answers.is_empty() {
            return Ok(Self::Answers(&open.answers));
        }
        let sheet = Sheet::read(&read(open.challenge.as_deref().unwrap_or(Path::new("")))?)?;
        let unlock = |path: &PathBuf| Ok(load(path)?.open(&open.passphrase.read(&path.display().to_string())?)?);
        Ok(Self::Keys(sheet, open.keys.iter().map(unlock).collect::<Result<_, Failed>>()?))
    }

    fn key(&self, envelope: &Envelope) -> Result<ContentKey, Failed> {
        match self {
            Self::Keys(sheet, keys) => from_keys(sheet, keys, envelope),
            Self::Answers(answers) => from_answers(answers, envelope),
            Self::Spare(spare, _) if !spare.is_for(envelope) => Err(SealFault::ChangedEnvelope(envelope.envelope).into()),
            Self::Spare(_, keys) => Ok(keys[envelope.envelope as usize].clone()),
        }
    }
}

fn from_answers(answers: &[PathBuf], envelope: &Envelope) -> Result<ContentKey, Failed> {
    let mut most = 0;
    for path in answers {
        let found = Handout::read(&read(path)?)?.shares;
        for share in found.iter().filter(|s| s.bid == envelope.bid && s.envelope == envelope.envelope) {
            most = most.max(share.opened);
            if share.is_key() {
                return Ok(finish(envelope, share)?);
            }
        }
    }
    let need = envelope.wraps.first().map_or(0, |w| w.holders.len());
    Err(SealFault::TooFewHolders { have: most, need }.into())
}

fn from_keys(sheet: &Sheet, keys: &[PrivateKey], envelope: &Envelope) -> Result<ContentKey, Failed> {
    let number = |key: &PrivateKey| sheet.roster.number_of(&key.public()).ok_or(SealFault::NotAKeyholder);
    let here = keys.iter().map(number).collect::<Result<Vec<u8>, _>>()?;
    envelope.check(&sheet.roster, &envelope.bound())?;
    let need = usize::from(sheet.roster.t);
    let wrap = envelope.wraps.iter().find(|w| w.holders.iter().all(|h| here.contains(h)));
    let wrap = wrap.ok_or(SealFault::TooFewHolders { have: here.len(), need })?;
    let mut share = Share::first(envelope, wrap);
    while let Some(at) = share.holder().and_then(|next| here.iter().position(|h| *h == next)) {
        share = peel(&keys[at], &sheet.roster, &envelope.bound(), &share)?;
    }
    Ok(finish(envelope, &share)?)
}

/// Opened contents as a folder: `manifest.json` and every file under its number and name.
struct Folder {
    path: PathBuf,
    now: Option<File>,
}

impl Folder {
    fn close(&mut self) -> Result<(), SealFault> {
        self.now.take().map_or(Ok(()), |file| Ok(file.sync_all()?))
    }
}

impl Sink for Folder {
    fn manifest(&mut self, manifest: &Manifest) -> Result<(), SealFault> {
        std::fs::create_dir(&self.path)?;
        Ok(std::fs::write(self.path.join("manifest.json"), manifest.bytes())?)
    }
    fn begin(&mut self, file: &AttachedFile) -> Result<(), SealFault> {
        self.close()?;
        let name = format!("{:02}-{}", file.item, file.name);
        self.now = Some(File::create_new(self.path.join(name))?);
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SealFault> {
        Ok(self.now.as_mut().expect("begun").write_all(bytes)?)
    }
}

#[derive(Args, Debug)]
pub struct HandoutOf {
    /// Sealed files
    #[arg(long = "bid", required = true)]
    bids: Vec<PathBuf>,
    /// The sealing sheet, for the roster
    #[arg(long)]
    challenge: PathBuf,
    /// The hand-out for all keyholders to write; it must not exist yet
    #[arg(long)]
    out: PathBuf,
}

/// Every wrap of some sealed files, for an opening without the server.
pub fn handout(of: HandoutOf) -> Outcome {
    let sheet = Sheet::read(&read(&of.challenge)?)?;
    let mut shares = vec![];
    for path in &of.bids {
        let file = File::open(path).map_err(|e| Failed(format!("{}: {e}", path.display())))?;
        for envelope in Bundle::read(BufReader::new(file))?.envelopes {
            envelope.check(&sheet.roster, &envelope.bound())?;
            shares.extend(envelope.wraps.iter().map(|w| Share::first(&envelope, w)));
        }
    }
    let handout = Handout { v: FORMAT.into(), challenge: sheet.challenge, roster: sheet.roster, shares };
    super::key::write_secret(&of.out, &(serde_json::to_string_pretty(&handout)? + "\n"))
}
