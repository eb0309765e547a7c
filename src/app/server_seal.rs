//! Sealing by the server to the keyholders, where the challenge allows it: the draft goes through the same code as on a team's
//! machine, file by file; only ciphertext touches a disk, and the keys are wiped. Envelope, receipt and notice say `server`.
use super::*;
use crate::domain::BidAct as B;
use crate::domain::seal::{Envelope, Part, SealedBy};
use crate::outside::seal::{Input, InputFile, seal_to};
use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use std::io::{Read, Seek, SeekFrom};

impl App {
    pub(in crate::app) async fn seal_by_server(&self, actor: &Actor, id: BidId) -> Result<Bid> {
        let (c, b, raw) = self.bid_draft(actor, id).await?;
        let m = self.glance().await?;
        policy::on_bid(actor, &b, &c, B::Seal)?;
        b.may(B::Seal, &c, &m)?;
        let lead = store::account::org(&self.db, actor.org).await?.ok_or(Error::Missing)?;
        let offer = Offer::read(&raw)?;
        bid::check_sealable(&c, &offer, (&lead, &self.around(c.id).await?))?;
        let sheet = sealed::sheet(&c, Some(&b)).ok_or(Refusal::new("server_seals"))?;
        let inputs = self.inputs(actor, &offer).await?;
        let sealing = tokio::task::spawn_blocking(move || -> std::result::Result<_, seal::SealFault> {
            let mut to = scratch()?;
            let made = seal_to(&mut to, &sheet.roster, |part| sheet.bound(part), inputs, SealedBy::Server)?;
            to.seek(SeekFrom::Start(0))?;
            Ok((made.map(|m| m.envelope), to))
        });
        let (envelopes, file): ([Envelope; 2], std::fs::File) = sealing
            .await
            .map_err(|e| Error::Failed(format!("sealing stopped: {e}")))?
            .map_err(|e| Error::Failed(format!("sealing failed: {e}")))?;
        let pieces = Box::pin(pieces(tokio::fs::File::from_std(file)));
        let kept = self.keep(actor, &format!("{}-{}.jb", id, b.next_version()), pieces).await?;
        Box::pin(self.take_sealed(actor, id, (kept.id, envelopes), Some((b.draft_edition, &offer)))).await
    }

    /// Both parts with their files, each file of the team's own and read from the store as it is sealed.
    async fn inputs(&self, actor: &Actor, offer: &Offer) -> Result<[Input<'static>; 2]> {
        let [a, b] = offer_parts::split(offer);
        let mut inputs = [Input { part: Part::A, fields: a, files: vec![] }, Input { part: Part::B, fields: b, files: vec![] }];
        for (field, own) in [("consortium_agreement", &offer.consortium_agreement), ("attachments", &offer.attachments)] {
            let part = offer_parts::part_of(field);
            for file in own {
                let a = self.attachment(actor, *file).await.map_err(|_| Refusal::new("file_not_yours").at(field))?;
                let from = Pull { stream: self.bytes_of(&a).await?, held: Bytes::new() };
                inputs[part as usize].files.push(InputFile {
                    field: field.to_owned(),
                    name: a.name,
                    kind: a.kind,
                    size: u64::try_from(a.size).unwrap_or_default(),
                    content: Box::new(from),
                });
            }
        }
        Ok(inputs)
    }
}

/// A file without a name, which is gone with its handle: it holds ciphertext only.
fn scratch() -> std::io::Result<std::fs::File> {
    let path = std::env::temp_dir().join(format!("jiebang-seal-{}", Uuid::new_v4().simple()));
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// A file of the store, read by the thread that seals.
struct Pull {
    stream: BoxStream<'static, std::result::Result<Bytes, FilesError>>,
    held: Bytes,
}

impl Read for Pull {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        while self.held.is_empty() {
            match tokio::runtime::Handle::current().block_on(self.stream.next()) {
                Some(piece) => self.held = piece.map_err(std::io::Error::other)?,
                None => return Ok(0),
            }
        }
        let n = to.len().min(self.held.len());
        to[..n].copy_from_slice(&self.held.split_to(n));
        Ok(n)
    }
}

/// What was sealed, piece by piece.
fn pieces(file: tokio::fs::File) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> + Send {
    futures_util::stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; 64 * 1024];
        let n = tokio::io::AsyncReadExt::read(&mut file, &mut piece).await?;
        piece.truncate(n);
        Ok((n > 0).then(|| (Bytes::from(piece), file)))
    })
}
