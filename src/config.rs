//! One struct from file and environment, validated once at start, all faults at once; secrets are redacted in Debug.
use crate::domain::seal::SealFault;
use crate::outside::files::{Files, FilesError, S3Settings};
use crate::outside::seal::Vault;
use serde::Deserialize;
use std::{collections::BTreeMap, fmt, net::SocketAddr, path::PathBuf};

/// Where a secret stands instead of its value.
#[derive(Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "(secret)" })
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footer {
    pub host: String,
    pub phone: String,
    pub site_code: String,
    pub icp: String,
    pub police: String,
}

#[derive(Clone, Debug)]
pub struct Config {
    pub database_url: Secret,
    pub listen: SocketAddr,
    /// How browsers reach it, e.g. `https://jiebang.example.gov.cn`.
    pub origin: String,
    pub data: PathBuf,
    /// Where the key lies that drafts of bids are kept under; made in the data folder when none is named.
    pub draft_key_file: Option<PathBuf>,
    pub site_name: String,
    /// Fonts for documents as PDF.
    pub font_dir: Option<PathBuf>,
    pub portal: Option<String>,
    pub footer: Footer,
    pub trusted_proxies: Vec<String>,
    pub s3: Option<S3>,
    pub log_json: bool,
    /// The key that signs the record.
    pub log_key_file: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub struct S3 {
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key: Secret,
    pub secret_key: Secret,
}

/// Every name that file or environment may set: (key in the file, what it is). The variable is `JIEBANG_` + upper case.
pub const KEYS: &[(&str, &str)] = &[
    ("database_url", "sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME; default sqlite in the data folder"),
    ("listen", "address and port to listen on; default 127.0.0.1:8080"),
    ("origin", "how browsers reach the site; default http://LISTEN"),
    ("data", "folder for the embedded database and attachments; default ./data"),
    (
        "draft_key_file",
        "key that bids are kept under at rest, 64 hexadecimal digits, mode 0600; default DATA/draft.key, made when missing",
    ),
    ("site_name", "name in the page head"),
    ("font_dir", "folder of fonts for PDF, one of which writes Chinese; default the system's"),
    ("portal", "address of the county portal, linked in the head"),
    ("host", "sponsoring body, in the foot"),
    ("phone", "telephone, in the foot"),
    ("site_code", "government site identification code"),
    ("icp", "ICP filing number"),
    ("police", "public security filing number"),
    ("trusted_proxies", "addresses of reverse proxies whose X-Forwarded-For is believed, comma separated"),
    ("s3_endpoint", "object store instead of a local folder"),
    ("s3_bucket", "its bucket"),
    ("s3_region", "its region; default us-east-1"),
    ("s3_access_key", "its access key"),
    ("s3_secret_key", "its secret key"),
    ("log", "text or json; default text"),
    ("log_key_file", "key that signs the record, mode 0600; default log.key in the data folder beside an embedded database"),
];

impl Config {
    /// Reads the file, if there is one, and the environment over it. Every fault is named at once.
    pub fn read(file: Option<&str>, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, Vec<String>> {
        let mut faults = vec![];
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        if let Some(text) = file {
            match toml::from_str::<BTreeMap<String, toml::Value>>(text) {
                Ok(table) => {
                    values.extend(table.into_iter().map(|(k, v)| (k, v.as_str().map_or_else(|| v.to_string(), str::to_owned))))
                }
                Err(e) => faults.push(format!("the configuration file does not read: {e}")),
            }
        }
        for (name, value) in environment {
            if let Some(key) =
                name.strip_prefix("JIEBANG_").filter(|k| !k.starts_with("TEST_") && *k != "CONFIG" && *k != "LOG_FILTER")
            {
                values.insert(key.to_lowercase(), value);
            }
        }
        for key in values.keys().filter(|k| !KEYS.iter().any(|(known, _)| known == k)) {
            faults.push(format!("{key:?} is no setting; `jiebang config check --help` lists them"));
        }
        let config = Self::of(&values, &mut faults);
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    fn of(values: &BTreeMap<String, String>, faults: &mut Vec<String>) -> Self {
        let get = |key: &str| values.get(key).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let listen = get("listen").unwrap_or_else(|| "127.0.0.1:8080".into());
        let listen: SocketAddr = listen.parse().unwrap_or_else(|_| {
            faults.push(format!("listen: {listen:?} is no ADDRESS:PORT like 127.0.0.1:8080"));
            SocketAddr::from(([127, 0, 0, 1], 8080))
        });
        let origin = get("origin").map_or_else(|| format!("http://{listen}"), |o| o.trim_end_matches('/').to_owned());
        check_origin(&origin, faults);
        let data = PathBuf::from(get("data").unwrap_or_else(|| "data".into()));
        let database_url = get("database_url").unwrap_or_else(|| format!("sqlite://{}", data.join("jiebang.db").display()));
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|p| database_url.starts_with(p)) {
            faults.push("database_url must begin with sqlite:// or postgres://".into());
        }
        let s3 = get("s3_endpoint").map(|endpoint| {
            for key in ["s3_bucket", "s3_access_key", "s3_secret_key"] {
                if get(key).is_none() {
                    faults.push(format!("{key} is missing: s3_endpoint is set"));
                }
            }
            let of = |key: &str| get(key).unwrap_or_default();
            S3 {
                endpoint,
                bucket: of("s3_bucket"),
                region: get("s3_region").unwrap_or_else(|| "us-east-1".into()),
                access_key: Secret(of("s3_access_key")),
                secret_key: Secret(of("s3_secret_key")),
            }
        });
        let log = get("log").unwrap_or_else(|| "text".into());
        if !["text", "json"].contains(&log.as_str()) {
            faults.push(format!("log: {log:?} is neither text nor json"));
        }
        let of = |key: &str| get(key).unwrap_or_default();
        Self {
            database_url: Secret(database_url),
            listen,
            origin,
            data,
            draft_key_file: get("draft_key_file").map(PathBuf::from),
            site_name: get("site_name").unwrap_or_else(|| "交城县揭榜挂帅平台".into()),
            font_dir: get("font_dir").map(PathBuf::from),
            portal: get("portal"),
            footer: Footer {
                host: of("host"),
                phone: of("phone"),
                site_code: of("site_code"),
                icp: of("icp"),
                police: of("police"),
            },
            trusted_proxies: of("trusted_proxies").split(',').map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect(),
            s3,
            log_json: log == "json",
            log_key_file: get("log_key_file").map(PathBuf::from),
        }
    }

    /// How the log of this site is called: on every checkpoint, and in its key.
    pub fn log_name(&self) -> String {
        format!("{}/log", self.origin.split_once("://").map_or(self.origin.as_str(), |(_, host)| host))
    }

    /// Where the key that signs the record lies, if one is meant to.
    pub fn log_key_path(&self) -> Option<PathBuf> {
        let embedded = self.database_url.0.starts_with("sqlite");
        self.log_key_file.clone().or_else(|| embedded.then(|| self.data.join("log.key")))
    }

    /// Whether this is the host of the site: a public one answers under its own name alone.
    pub fn is_host(&self, host: &str) -> bool {
        let own = self.origin.split_once("://").map_or(self.origin.as_str(), |(_, own)| own);
        !self.is_https()
            || host.eq_ignore_ascii_case(own)
            || host.strip_suffix(":443").is_some_and(|h| h.eq_ignore_ascii_case(own))
    }

    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// The key that bids are kept under. One that was named must be there: a fresh one would not open what was written before.
    pub fn vault(&self) -> Result<Vault, SealFault> {
        match &self.draft_key_file {
            Some(file) => Vault::of_file(file, false),
            None => Vault::of_file(&self.data.join("draft.key"), true),
        }
    }

    /// The store of attachments: a folder by default, S3 by setting.
    pub fn files(&self) -> Result<Files, FilesError> {
        match &self.s3 {
            None => Files::local(&self.data.join("files")),
            Some(s3) => Files::s3(S3Settings {
                endpoint: s3.endpoint.clone(),
                bucket: s3.bucket.clone(),
                region: s3.region.clone(),
                access_key: s3.access_key.0.clone(),
                secret_key: s3.secret_key.0.clone(),
                allow_http: s3.endpoint.starts_with("http://"),
            }),
        }
    }
}

/// Plain http is for this machine only: cookies and passwords must not cross a network in the clear.
fn check_origin(origin: &str, faults: &mut Vec<String>) {
    let host = match (origin.strip_prefix("https://"), origin.strip_prefix("http://")) {
        (Some(_), _) => return,
        (_, Some(host)) => host,
        _ => return faults.push(format!("origin: {origin:?} must begin with https:// (or http:// on this machine)")),
    };
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let local = name == "localhost" || name == "[::1]" || name.starts_with("127.") || name == "0.0.0.0";
    if !local {
        faults.push(format!(
            "origin: {origin} is plain http beyond this machine; put a TLS proxy before it and set https://{host}"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }
    #[test]
    fn every_fault_is_told_at_once_and_no_secret_is_shown() {
        let faults = Config::read(
            Some("colour = 'red'"),
            env(&[
                ("JIEBANG_LISTEN", "nowhere"),
                ("JIEBANG_ORIGIN", "http://jb.example"),
                ("JIEBANG_S3_ENDPOINT", "http://127.0.0.1:9"),
            ]),
        );
        assert_eq!(faults.map_err(|f| f.len()).err(), Some(6));
        let good =
            Config::read(Some("site_name = '示例'"), env(&[("JIEBANG_DATABASE_URL", "postgres://u:hunter2@h/d")])).unwrap();
        assert_eq!(good.site_name, "示例");
        assert!(!format!("{good:?}").contains("hunter2"));
    }
}
