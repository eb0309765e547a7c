//! A keyholder's key on its own machine: made, shown, and proved to be there.
use super::{Failed, Outcome};
use crate::domain::seal::{Part, b64};
use crate::outside::seal::{Drill, KeyFile, PASSPHRASE_LEAST, PrivateKey, Spare};
use clap::{Args, Subcommand};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

#[derive(Subcommand, Debug)]
pub enum Key {
    /// Make a key pair; the private key is written under a passphrase and never leaves this machine
    New {
        /// File to write; it must not exist yet
        #[arg(long, default_value = "keyholder.jbkey")]
        out: PathBuf,
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Print the public key of a key file and its fingerprint
    Show { file: PathBuf },
    /// Answer a drill: proof that the key is still there and its passphrase known
    Drill {
        /// The key file
        #[arg(long)]
        key: PathBuf,
        /// The drill, as the page hands it out
        #[arg(long)]
        drill: PathBuf,
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Print the key of one envelope out of a team's spare, for a window in which the platform asks for it
    Spare {
        /// The spare (揭榜密钥凭证)
        #[arg(long)]
        spare: PathBuf,
        /// A at the first stage, B when price and team are opened: never more than is asked for
        #[arg(long, value_parser = super::unseal::part)]
        envelope: Part,
        #[command(flatten)]
        passphrase: Passphrase,
    },
}

#[derive(Args, Debug, Default)]
pub struct Passphrase {
    /// Read the passphrase from the first line of this file instead of asking on the terminal
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
}

impl Passphrase {
    /// Asked once, for something that exists.
    pub fn read(&self, what: &str) -> Result<Zeroizing<String>, Failed> {
        match &self.passphrase_file {
            Some(file) => first_line(file),
            None => ask(&format!("Passphrase of {what}: ")),
        }
    }
    /// Asked twice, for something new.
    pub fn choose(&self, what: &str) -> Result<Zeroizing<String>, Failed> {
        let chosen = self.read(&format!("the new {what} (at least {PASSPHRASE_LEAST} characters)"))?;
        if self.passphrase_file.is_none() && *ask("The same once more: ")? != *chosen {
            return Err(Failed("the two passphrases differ".into()));
        }
        Ok(chosen)
    }
}

fn ask(prompt: &str) -> Result<Zeroizing<String>, Failed> {
    rpassword::prompt_password(prompt)
        .map(Zeroizing::new)
        .map_err(|e| Failed(format!("no passphrase: {e}; without a terminal, use --passphrase-file")))
}

fn first_line(file: &Path) -> Result<Zeroizing<String>, Failed> {
    let text = Zeroizing::new(String::from_utf8(read(file)?)?);
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

pub fn read(file: &Path) -> Result<Vec<u8>, Failed> {
    std::fs::read(file).map_err(|e| Failed(format!("{}: {e}", file.display())))
}

/// Writes a new file that only its owner may read, and makes sure that it lies on the disk. What exists is left alone.
pub fn write_secret(file: &Path, text: &str) -> Outcome {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut f| f.write_all(text.as_bytes()).and_then(|()| f.sync_all()));
    written.map_err(|e| Failed(format!("{}: {e}", file.display())))
}

pub fn load(file: &Path) -> Result<KeyFile, Failed> {
    warn_if_open(file);
    Ok(KeyFile::read(&read(file)?)?)
}

#[cfg(unix)]
fn warn_if_open(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if std::fs::metadata(file).is_ok_and(|m| m.permissions().mode() & 0o077 != 0) {
        eprintln!("jiebang: others on this machine can read {}; chmod 600 mends it", file.display());
    }
}
#[cfg(not(unix))]
fn warn_if_open(_: &Path) {}

pub fn run(key: Key) -> Outcome {
    match key {
        Key::New { out, passphrase } => {
            if out.exists() {
                return Err(Failed(format!("{}: it exists already and is left alone", out.display())));
            }
            let private = PrivateKey::fresh();
            let file = KeyFile::new(&private, &passphrase.choose("key file")?)?;
            write_secret(&out, &file.text())?;
            show(&file)?;
            eprintln!(
                "Written to {}. Keep a copy on paper or another disk: without it and its passphrase the key is gone.",
                out.display()
            );
            Ok(())
        }
        Key::Show { file } => show(&load(&file)?),
        Key::Drill { key, drill, passphrase } => {
            let drill: Drill = crate::domain::seal::read("drill", &read(&drill)?)?;
            let private = load(&key)?.open(&passphrase.read(&key.display().to_string())?)?;
            println!("{}", drill.answer(&private)?);
            Ok(())
        }
        Key::Spare { spare, envelope, passphrase } => {
            let keys = Spare::read(&read(&spare)?)?.open(&passphrase.read("the spare")?)?;
            println!("{}", b64::text(keys[envelope as usize].bytes()));
            Ok(())
        }
    }
}

fn show(file: &KeyFile) -> Outcome {
    let public = file.public()?;
    println!("public key   {public}");
    println!("fingerprint  {}", public.fingerprint());
    Ok(())
}
