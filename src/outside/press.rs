//! The press: documents as PDF, where this program was built with it and the machine has a font that writes Chinese. Few are set at
//! once, each away from the threads that answer, and nobody waits for ever.
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How many documents are set at once.
const AT_ONCE: usize = 2;
/// How long a document may wait for its turn, and how long it may take.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PressError {
    #[error("this program was built without PDF")]
    Without,
    #[error("no font that writes Chinese was found")]
    NoFont,
    #[error("the fonts found cannot write it: {0}")]
    Glyphs(String),
    #[error("the press is busy")]
    Busy,
    #[error("the document could not be set: {0}")]
    Broken(String),
}

#[derive(Clone, Debug)]
pub struct Press {
    #[cfg_attr(not(feature = "pdf"), expect(dead_code, reason = "fonts are for PDF"))]
    fonts: Option<PathBuf>,
    #[cfg(feature = "pdf")]
    printer: Arc<std::sync::OnceLock<Option<press::Printer>>>,
    turns: Arc<Semaphore>,
}

impl Press {
    /// Takes fonts from `fonts`, or from where the system keeps them. They are looked for when the first document asks.
    pub fn new(fonts: Option<PathBuf>) -> Self {
        Self {
            fonts,
            #[cfg(feature = "pdf")]
            printer: Arc::default(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Whether there is anything to set documents with; fonts are looked for when the first asks.
    pub async fn is_able(&self) -> bool {
        let press = self.clone();
        tokio::task::spawn_blocking(move || press.able()).await.unwrap_or(false)
    }

    #[cfg(feature = "pdf")]
    fn printer(&self) -> Option<&press::Printer> {
        self.printer.get_or_init(|| press::Printer::new(self.fonts.as_deref()).ok()).as_ref()
    }

    #[cfg(feature = "pdf")]
    fn able(&self) -> bool {
        self.printer().is_some()
    }

    #[cfg(not(feature = "pdf"))]
    fn able(&self) -> bool {
        false
    }

    /// Sets a document's data; `ident` names it for ever.
    pub async fn pdf(&self, data: String, ident: String) -> Result<Vec<u8>, PressError> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(PressError::Busy) };
        let press = self.clone();
        let setting = tokio::task::spawn_blocking(move || {
            let set = press.set(&data, &ident);
            // The turn ends when the work does, even when nobody waits for it any more.
            drop(turn);
            set
        });
        match tokio::time::timeout(PATIENCE, setting).await {
            Ok(Ok(set)) => set,
            Ok(Err(e)) => Err(PressError::Broken(e.to_string())),
            Err(_) => Err(PressError::Busy),
        }
    }

    #[cfg(feature = "pdf")]
    fn set(&self, data: &str, ident: &str) -> Result<Vec<u8>, PressError> {
        self.printer().ok_or(PressError::NoFont)?.pdf(data, ident).map_err(|e| match e {
            press::Fault::NoFont => PressError::NoFont,
            press::Fault::Export(why) => {
                tracing::warn!(document = ident, why, "no PDF/A");
                PressError::Glyphs(why)
            }
            press::Fault::Setting(why) => PressError::Broken(why),
        })
    }

    #[cfg(not(feature = "pdf"))]
    fn set(&self, _: &str, _: &str) -> Result<Vec<u8>, PressError> {
        Err(PressError::Without)
    }
}
