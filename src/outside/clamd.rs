//! A virus scanner by ClamAV's INSTREAM protocol, over TCP or a socket of this machine. Each step has its time; what can't be asked
//! is not passed.
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Where the scanner listens: `HOST:PORT`, or the path of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clamd {
    Tcp(String),
    Socket(std::path::PathBuf),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    /// The name that the scanner has for it.
    Found(String),
}

#[derive(Debug, thiserror::Error)]
#[error("the virus scanner does not answer: {0}")]
pub struct ScanError(String);

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// No answer of a scanner is longer.
const ANSWER_MOST: u64 = 4096;
/// Sent at a time: well below the scanner's own limit.
const PIECE: usize = 256 * 1024;

impl Clamd {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("unix:").or_else(|| text.starts_with('/').then_some(text)) {
            return Some(Self::Socket(path.into()));
        }
        let (host, port) = text.strip_prefix("tcp:").unwrap_or(text).rsplit_once(':')?;
        (!host.is_empty() && port.parse::<u16>().is_ok()).then(|| Self::Tcp(format!("{host}:{port}")))
    }

    async fn connect(&self, within: Duration) -> Result<Box<dyn Wire>, ScanError> {
        let connecting = async {
            Ok::<Box<dyn Wire>, std::io::Error>(match self {
                Self::Tcp(address) => Box::new(tokio::net::TcpStream::connect(address).await?),
                Self::Socket(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
            })
        };
        timed(within, connecting).await
    }

    /// Whether it answers.
    pub async fn ping(&self, within: Duration) -> Result<(), ScanError> {
        let mut wire = self.connect(within).await?;
        timed(within, wire.write_all(b"zPING\0")).await?;
        match answer(&mut wire, within).await?.as_str() {
            "PONG" => Ok(()),
            other => Err(ScanError(format!("it says {other:?}"))),
        }
    }

    /// What it says of these bytes. `within` is the time for each step, and for its answer.
    pub async fn scan<E: std::fmt::Display>(
        &self,
        bytes: impl Stream<Item = Result<Bytes, E>>,
        within: Duration,
    ) -> Result<Verdict, ScanError> {
        let mut wire = self.connect(within).await?;
        timed(within, wire.write_all(b"zINSTREAM\0")).await?;
        let mut bytes = std::pin::pin!(bytes);
        while let Some(piece) = bytes.next().await {
            let piece = piece.map_err(|e| ScanError(e.to_string()))?;
            for part in piece.chunks(PIECE) {
                let length = u32::try_from(part.len()).unwrap_or(0).to_be_bytes();
                // A scanner that has read enough says so and hangs up: its answer tells why.
                if timed(within, wire.write_all(&length)).await.is_err() || timed(within, wire.write_all(part)).await.is_err() {
                    return read(&answer(&mut wire, within).await?);
                }
            }
        }
        timed(within, wire.write_all(&[0; 4])).await?;
        read(&answer(&mut wire, within).await?)
    }
}

async fn timed<T>(within: Duration, step: impl Future<Output = std::io::Result<T>>) -> Result<T, ScanError> {
    match tokio::time::timeout(within, step).await {
        Ok(done) => done.map_err(|e| ScanError(e.to_string())),
        Err(_) => Err(ScanError(format!("not within {within:?}"))),
    }
}

async fn answer(wire: &mut Box<dyn Wire>, within: Duration) -> Result<String, ScanError> {
    let mut text = vec![];
    timed(within, wire.take(ANSWER_MOST).read_to_end(&mut text)).await?;
    Ok(String::from_utf8_lossy(&text).trim_end_matches(['\0', '\n']).to_owned())
}

fn read(answer: &str) -> Result<Verdict, ScanError> {
    match answer.strip_prefix("stream: ") {
        Some("OK") => Ok(Verdict::Clean),
        Some(said) if said.ends_with(" FOUND") => Ok(Verdict::Found(said.trim_end_matches(" FOUND").to_owned())),
        _ => Err(ScanError(format!("it says {answer:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Clamd, Verdict, read};

    #[test]
    fn an_address_and_an_answer_are_read_as_they_are_written() {
        assert_eq!(Clamd::parse("127.0.0.1:3310"), Some(Clamd::Tcp("127.0.0.1:3310".into())));
        assert_eq!(Clamd::parse("tcp:scan.example:3310"), Some(Clamd::Tcp("scan.example:3310".into())));
        assert_eq!(Clamd::parse("/run/clamav/clamd.ctl"), Some(Clamd::Socket("/run/clamav/clamd.ctl".into())));
        assert_eq!(Clamd::parse("unix:/run/clamd"), Some(Clamd::Socket("/run/clamd".into())));
        assert!(["", "here", ":1", "host:x"].iter().all(|bad| Clamd::parse(bad).is_none()));
        assert_eq!(read("stream: OK").unwrap(), Verdict::Clean);
        assert_eq!(read("stream: Eicar FOUND").unwrap(), Verdict::Found("Eicar".into()));
        assert!(read("INSTREAM size limit exceeded. ERROR").is_err() && read("").is_err());
    }
}
