//! Sealing a bid on the team's own machine: nothing readable leaves it.
use super::key::{Passphrase, read, write_secret};
use super::{Failed, Outcome, told};
use crate::domain::{
    Draft, FileId, Offer, offer_parts,
    seal::{Part, SealedBy, Sheet, groups},
};
use crate::outside::{
    fetch,
    seal::{Input, InputFile, Made, Spare, seal_to},
};
use clap::Args;
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};
use uuid::Uuid;

#[derive(Args, Debug)]
pub struct Seal {
    /// The sealing sheet of the bid (its page hands it out): a file, or an https address
    #[arg(long)]
    challenge: String,
    /// The offer as JSON, its fields named as in the API
    #[arg(long)]
    offer: PathBuf,
    /// A file to attach, or FIELD=FILE (fields: attachments, consortium_agreement); may be repeated
    #[arg(long = "attach")]
    attached: Vec<String>,
    /// The sealed file to write; it must not exist yet
    #[arg(long)]
    out: PathBuf,
    /// Also write the spare (揭榜密钥凭证): it rereads the bid, and opens it should too few keyholders be left
    #[arg(long)]
    spare: Option<PathBuf>,
    /// The bid's id, when the sheet is the challenge's
    #[arg(long)]
    bid: Option<Uuid>,
    /// How many-eth sealing of this bid, when the sheet does not say
    #[arg(long)]
    version: Option<u32>,
    /// The roster's hash as printed in the notice; another roster is then refused
    #[arg(long)]
    expect_roster: Option<String>,
    #[command(flatten)]
    passphrase: Passphrase,
}

/// One file of the offer on its way into an envelope.
struct Attached {
    field: String,
    path: PathBuf,
}

impl Attached {
    fn read(text: &str) -> Result<Self, Failed> {
        let (field, path) = match text.split_once('=') {
            Some((field, path)) if offer_parts::FILES.contains(&field) => (field, path),
            _ => ("attachments", text),
        };
        let path = PathBuf::from(path);
        if !path.is_file() {
            return Err(Failed(format!("{}: no such file", path.display())));
        }
        Ok(Self { field: field.to_owned(), path })
    }

    fn open(&self) -> Result<InputFile<'static>, Failed> {
        let failed = |e| Failed(format!("{}: {e}", self.path.display()));
        let mut file = File::open(&self.path).map_err(failed)?;
        let mut head = vec![];
        Read::by_ref(&mut file).take(8192).read_to_end(&mut head).map_err(failed)?;
        let kind = infer::get(&head).map_or("application/octet-stream", |k| k.mime_type());
        let size = file.metadata().map_err(failed)?.len();
        Ok(InputFile {
            field: self.field.clone(),
            name: self.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            kind: kind.to_owned(),
            size,
            content: Box::new(std::io::Cursor::new(head).chain(BufReader::new(file))),
        })
    }
}

pub async fn run(seal: Seal) -> Outcome {
    let sheet = sheet(&seal).await?;
    let files = seal.attached.iter().map(|text| Attached::read(text)).collect::<Result<Vec<_>, _>>()?;
    let offer = offer(&seal.offer, &files)?;
    if let Some(path) = [Some(&seal.out), seal.spare.as_ref()].into_iter().flatten().find(|p| p.exists()) {
        return Err(Failed(format!("{}: it exists already and is left alone", path.display())));
    }
    let passphrase = seal.spare.is_some().then(|| seal.passphrase.choose("spare")).transpose()?;
    let made = write(&seal.out, &sheet, &offer, &files)?;
    if let (Some(path), Some(passphrase)) = (&seal.spare, passphrase) {
        let spare =
            Spare::new(&made.each_ref().map(|m| m.envelope.clone()), &made.each_ref().map(|m| m.key.clone()), &passphrase)?;
        write_secret(path, &spare.text())?;
    }
    println!("roster      {}", groups(&sheet.roster.hash()));
    for Made { envelope, .. } in &made {
        println!("envelope {}  {}", envelope.envelope.id(), envelope.commit());
    }
    eprintln!("Written to {}. Compare the roster with the notice, and the receipt with these hashes.", seal.out.display());
    Ok(())
}

async fn sheet(seal: &Seal) -> Result<Sheet, Failed> {
    let bytes = match seal.challenge.split_once("://") {
        Some(_) => fetch::get(&seal.challenge, 1 << 20).await.map_err(Failed)?,
        None => read(Path::new(&seal.challenge))?,
    };
    let mut sheet = Sheet::read(&bytes)?;
    sheet.bid = seal.bid.or(sheet.bid);
    sheet.version = seal.version.or(sheet.version);
    sheet.bound(Part::A)?;
    let digits = |text: &str| text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase();
    let hash = sheet.roster.hash();
    match seal.expect_roster.as_deref().map(digits) {
        Some(expected) if expected.len() < 32 || !hash.starts_with(&expected) => {
            Err(crate::domain::seal::SealFault::WrongRoster { expected, found: hash }.into())
        }
        _ => Ok(sheet),
    }
}

/// The offer, read with every rule of its form. Files are counted by stand-ins: they have no numbers yet.
fn offer(path: &Path, files: &[Attached]) -> Result<Offer, Failed> {
    let mut raw: Value = serde_json::from_slice(&read(path)?).map_err(|e| Failed(format!("{}: {e}", path.display())))?;
    for field in offer_parts::FILES {
        let stand_ins: Vec<FileId> = files.iter().filter(|f| f.field == *field).map(|_| FileId(Uuid::new_v4())).collect();
        raw[*field] = json!(stand_ins);
    }
    told(Offer::read(&raw))
}

/// Into a file beside `out` first: what is there under its name is whole.
fn write(out: &Path, sheet: &Sheet, offer: &Offer, files: &[Attached]) -> Result<[Made; 2], Failed> {
    let part = out.with_added_extension("part");
    let failed = |e: std::io::Error| Failed(format!("{}: {e}", part.display()));
    let written = (|| {
        let mut to = BufWriter::new(File::create(&part).map_err(failed)?);
        let made = seal_to(&mut to, &sheet.roster, |p| sheet.bound(p), inputs(offer, files)?, SealedBy::Team)?;
        to.flush().and_then(|()| to.get_ref().sync_all()).map_err(failed)?;
        std::fs::rename(&part, out).map_err(failed)?;
        Ok(made)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written
}

fn inputs(offer: &Offer, files: &[Attached]) -> Result<[Input<'static>; 2], Failed> {
    let [a, b] = offer_parts::split(offer);
    let of = |part: Part| files.iter().filter(move |f| offer_parts::part_of(&f.field) == part).map(Attached::open).collect();
    let of: [Result<Vec<_>, Failed>; 2] = [of(Part::A), of(Part::B)];
    let [files_a, files_b] = of;
    Ok([Input { part: Part::A, fields: a, files: files_a? }, Input { part: Part::B, fields: b, files: files_b? }])
}
