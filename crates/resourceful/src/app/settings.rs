//! Settings from the environment. What is missing or wrong is reported all at once.

mod cors;
mod parts;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::auth::{
    Algorithm, AuthSettings, ClaimNames, DpopMode, DpopSettings, IssuerSettings, KeyLocation, ManagementSettings,
    TokenCache,
};
use crate::context::DatabaseSettings;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::rbac::RbacSettings;

pub use cors::CorsSettings;
pub(in crate::app) use parts::Part;

/// What kind of place the application runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine: `.env` is read, missing tables are made, and without Auth0 the server issues its own tokens.
    Development,
    /// Real users: nothing is guessed, and an unsafe setting stops the start.
    Production,
    /// Automatic tests.
    Test,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// The application's settings. `.env.example` lists the variables they come from.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `ENVIRONMENT`
    pub environment: Environment,
    /// `HOST`
    pub host: String,
    /// `PORT`
    pub port: u16,
    /// `WORKERS`; one for each core when `None`
    pub workers: Option<usize>,
    /// `API_PREFIX`
    pub api_prefix: String,
    /// `SECRET_KEY`; random for each start when `None`, which production refuses
    pub secret_key: Option<SecretText>,
    /// What requests can use at most: `BODY_LIMIT`, `STATEMENT_TIMEOUT` and their kin
    pub limits: Limits,
    /// `DATABASE_URL`, with those limits that are the database's
    pub database: DatabaseSettings,
    /// `REDIS_URL`: what processes share; `None` when each is on its own
    pub redis: Option<SecretText>,
    /// `AUTH0_DOMAIN` and its kin; `None` means the development issuer.
    pub auth: Option<AuthSettings>,
    /// `AUTH0_AUDIENCE`, also of the development issuer's tokens
    pub audience: String,
    /// The names of the claims
    pub claim_names: ClaimNames,
    /// What holds for tokens whoever issues them: `AUTH0_LEEWAY`, `AUTH0_PERMISSIONS_IN_SCOPE`, `AUTH0_TOKEN_CACHE`,
    /// `AUTH0_DPOP` and their kin. It names no issuers.
    pub token_rules: AuthSettings,
    /// `AUTH0_MANAGEMENT_CLIENT_ID` and its kin; `None` when the tenant is not to be asked
    pub management: Option<ManagementSettings>,
    /// `AUTH0_USE_RBAC` and its kin; `None` when only tokens grant
    pub rbac: Option<RbacSettings>,
    /// `CORS_ORIGINS` and its kin
    pub cors: CorsSettings,
    /// `LOG_LEVEL`
    pub log_level: String,
    /// `LOG_FORMAT`
    pub log_format: LogFormat,
    /// `DATA_FOLDER`: where development keeps its key and its SQLite file
    pub data_folder: String,
}

/// The text of a secret, which no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(pub String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

/// The fewest characters of a secret.
const SECRET_LENGTH: usize = 32;

/// The audience of development tokens when no other is set.
pub(in crate::app) const DEVELOPMENT_AUDIENCE: &str = "resourceful-development";

impl Settings {
    /// Reads the environment; in development also `.env` in the working folder, which never overrides it.
    ///
    /// # Errors
    /// One error that names every variable that is missing or wrong.
    pub fn from_env() -> Result<Self> {
        Self::from_env_for(Part::ALL)
    }

    /// The same for one who needs these parts; what is wrong with the others does not matter.
    pub(in crate::app) fn from_env_for(needs: &[Part]) -> Result<Self> {
        if environment_of(std::env::var("ENVIRONMENT").ok().as_deref()) == Ok(Environment::Development) {
            match dotenvy::dotenv() {
                Err(error) if !error.not_found() && !needs.is_empty() => {
                    return Err(Error::startup(format!(".env cannot be read: {error}")));
                }
                _ => {}
            }
        }
        Self::from_lookup_for(needs, |name| std::env::var(name).ok())
    }

    /// Reads settings from any source of named values.
    ///
    /// # Errors
    /// One error that names every value that is missing or wrong.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Self::from_lookup_for(Part::ALL, lookup)
    }

    fn from_lookup_for(needs: &[Part], lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let mut reader = Reader { lookup, mistakes: Vec::new(), parts: Vec::new() };
        let settings = reader.settings();
        let parts = reader.parts.iter().zip(&reader.mistakes);
        let mistakes: Vec<&String> =
            parts.filter(|(part, _)| needs.contains(part)).map(|(_, mistake)| mistake).collect();
        if mistakes.is_empty() {
            return Ok(settings);
        }
        let list: String = mistakes.iter().map(|mistake| format!("\n  - {mistake}")).collect();
        Err(Error::startup(format!(
            "the settings need attention:{list}\nThe file .env.example in the repository of resourceful explains each of them"
        )))
    }
}

fn environment_of(value: Option<&str>) -> Result<Environment, String> {
    match value.map(str::trim) {
        None | Some("") if cfg!(debug_assertions) => Ok(Environment::Development),
        None | Some("") => Ok(Environment::Production),
        Some("development") => Ok(Environment::Development),
        Some("production") => Ok(Environment::Production),
        Some("test") => Ok(Environment::Test),
        Some(other) => Err(format!("ENVIRONMENT is `{other}`; it can be development, production or test")),
    }
}

struct Reader<L> {
    lookup: L,
    mistakes: Vec<String>,
    /// Which part of the settings each mistake is about.
    parts: Vec<Part>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn settings(&mut self) -> Settings {
        let environment = self.part(Part::Environment, |reader| {
            environment_of(reader.text("ENVIRONMENT").as_deref()).unwrap_or_else(|mistake| {
                reader.mistakes.push(mistake);
                Environment::Production
            })
        });
        let production = environment == Environment::Production;
        let data_folder = self.text("DATA_FOLDER").unwrap_or_else(|| "./data".to_owned());
        let claim_names = ClaimNames {
            permissions: self.text("AUTH0_PERMISSIONS_CLAIM").unwrap_or_else(|| ClaimNames::default().permissions),
            roles: self.text("AUTH0_ROLES_CLAIM").unwrap_or_else(|| ClaimNames::default().roles),
            email: self.text("AUTH0_EMAIL_CLAIM").unwrap_or_else(|| ClaimNames::default().email),
        };
        let limits = self.limits(production);
        let database = self.part(Part::Database, |reader| reader.database(production, &data_folder, &limits));
        let (token_rules, (auth, audience)) = self.part(Part::Tokens, |reader| {
            let rules = reader.token_rules(&claim_names);
            let auth = reader.auth(production, &rules);
            (rules, auth)
        });
        let settings = Settings {
            environment,
            host: self.text("HOST").unwrap_or_else(|| if production { "0.0.0.0" } else { "127.0.0.1" }.to_owned()),
            port: self.parsed("PORT", "a port such as 8000").unwrap_or(8000),
            workers: self.positive("WORKERS"),
            secret_key: self.secret_key(production),
            limits,
            cors: self.cors(production),
            log_level: self.log_level(),
            log_format: self.log_format(production),
            api_prefix: self.part(Part::Prefix, Self::api_prefix),
            database,
            redis: self.part(Part::Redis, Self::redis),
            auth,
            audience,
            claim_names,
            token_rules,
            management: self.part(Part::Management, |reader| reader.management(production)),
            rbac: self.part(Part::Rbac, Self::rbac),
            data_folder,
        };
        self.parts.resize(self.mistakes.len(), Part::Server);
        settings
    }

    /// Reads a part of the settings. What was found before and of no other part is the server's.
    fn part<T>(&mut self, part: Part, read: impl FnOnce(&mut Self) -> T) -> T {
        self.parts.resize(self.mistakes.len(), Part::Server);
        let read = read(self);
        self.parts.resize(self.mistakes.len(), part);
        read
    }

    /// A variable that is there and not empty.
    fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A secret: the variable itself, or the content of the file that `NAME_FILE` names.
    fn secret(&mut self, name: &str) -> Option<String> {
        let file = self.text(&format!("{name}_FILE"));
        match (self.text(name), file) {
            (Some(_), Some(_)) => {
                self.mistakes.push(format!("{name} and {name}_FILE are both set; keep one"));
                None
            }
            (value, None) => value,
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(content) => Some(content.trim().to_owned()),
                Err(error) => {
                    self.mistakes.push(format!("the file `{path}` of {name}_FILE cannot be read: {error}"));
                    None
                }
            },
        }
    }

    fn parsed<T: FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        let value = self.text(name)?;
        let parsed = value.parse().ok();
        if parsed.is_none() {
            self.mistakes.push(format!("{name} is `{value}`; it must be {expected}"));
        }
        parsed
    }

    fn positive<T: FromStr + PartialOrd + From<u8> + fmt::Display>(&mut self, name: &str) -> Option<T> {
        let value = self.parsed::<T>(name, "a whole number above 0")?;
        if value < T::from(1) {
            self.mistakes.push(format!("{name} is {value}; it must be a whole number above 0"));
            return None;
        }
        Some(value)
    }

    fn api_prefix(&mut self) -> String {
        let prefix = self.text("API_PREFIX").unwrap_or_else(|| "/api/v1".to_owned());
        let good = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
        if !prefix.starts_with('/') || prefix.contains("//") || !prefix.chars().all(good) {
            self.mistakes.push(format!("API_PREFIX is `{prefix}`; it must be a path such as /api/v1"));
        }
        prefix.trim_end_matches('/').to_owned()
    }

    fn secret_key(&mut self, production: bool) -> Option<SecretText> {
        let advice = "a random text that all processes share, such as the output of `openssl rand -base64 32`";
        match self.secret("SECRET_KEY") {
            Some(text) if text.chars().count() < SECRET_LENGTH => {
                self.mistakes.push(format!("SECRET_KEY is shorter than {SECRET_LENGTH} characters; it is {advice}"));
                None
            }
            Some(text) => Some(SecretText(text)),
            None if production && self.text("SECRET_KEY_FILE").is_none() => {
                self.mistakes.push(format!("SECRET_KEY is missing; it is {advice}"));
                None
            }
            None => None,
        }
    }

    fn limits(&mut self, production: bool) -> Limits {
        Limits::read(production, |name| self.text(name)).unwrap_or_else(|mistakes| {
            self.mistakes.extend(mistakes);
            Limits::default()
        })
    }

    fn database(&mut self, production: bool, data_folder: &str, limits: &Limits) -> DatabaseSettings {
        let url = self.secret("DATABASE_URL");
        if production && url.is_none() {
            self.mistakes.push("DATABASE_URL is missing; production guesses no database".to_owned());
        }
        DatabaseSettings::with(url.unwrap_or_else(|| format!("sqlite://{data_folder}/app.db?mode=rwc")), limits)
    }

    fn redis(&mut self) -> Option<SecretText> {
        let url = self.secret("REDIS_URL")?;
        #[cfg(feature = "redis")]
        let mistake = crate::redis::Redis::new(&url).err();
        #[cfg(not(feature = "redis"))]
        let mistake = Some("this build lacks the feature `redis` of the resourceful crate");
        self.mistakes.extend(mistake.map(|mistake| format!("REDIS_URL cannot be used: {mistake}")));
        Some(SecretText(url))
    }

    fn auth(&mut self, production: bool, rules: &AuthSettings) -> (Option<AuthSettings>, String) {
        let domain = self.text("AUTH0_DOMAIN");
        let more = self.list("AUTH0_CUSTOM_DOMAINS");
        let audience = self.text("AUTH0_AUDIENCE");
        let algorithms = self.algorithms("AUTH0_ALGORITHMS", &[Algorithm::RS256]);
        let issuer = self.text("AUTH0_ISSUER");
        let Some(domain) = domain else {
            if production {
                self.mistakes.push("AUTH0_DOMAIN is missing; only development issues its own tokens".to_owned());
                if audience.is_none() {
                    self.mistakes
                        .push("AUTH0_AUDIENCE is missing; it is the identifier of the API in Auth0".to_owned());
                }
            }
            if !more.is_empty() {
                self.mistakes.push("AUTH0_CUSTOM_DOMAINS is set and AUTH0_DOMAIN is not; set both".to_owned());
            }
            self.mistakes.extend(rules.problems());
            return (None, audience.unwrap_or_else(|| DEVELOPMENT_AUDIENCE.to_owned()));
        };
        let Some(audience) = audience else {
            self.mistakes.push("AUTH0_AUDIENCE is missing; it is the identifier of the API in Auth0".to_owned());
            return (None, String::new());
        };
        for (name, domain) in
            std::iter::once(("AUTH0_DOMAIN", &domain)).chain(more.iter().map(|domain| ("AUTH0_CUSTOM_DOMAINS", domain)))
        {
            if domain.contains("://") || domain.contains('/') {
                self.mistakes.push(format!("{name} is `{domain}`; it must be a host name such as tenant.eu.auth0.com"));
            }
        }
        let of = |domain| IssuerSettings { algorithms: algorithms.clone(), ..IssuerSettings::auth0(domain, &audience) };
        let mut issuers: Vec<IssuerSettings> =
            std::iter::once(&domain).chain(&more).map(|domain| of(domain.as_str())).collect();
        if let (Some(issuer), Some(first)) = (issuer, issuers.first_mut()) {
            first.issuer = issuer;
        }
        if let Some(location) = self.discovery() {
            issuers.iter_mut().for_each(|issuer| issuer.keys = location.clone());
        }
        let auth = AuthSettings { issuers, ..rules.clone() };
        self.mistakes.extend(auth.problems());
        (Some(auth), audience)
    }

    /// Where the keys are if the metadata of the issuers says so.
    fn discovery(&mut self) -> Option<KeyLocation> {
        let on = self.parsed("AUTH0_DISCOVERY", "true or false").unwrap_or(false);
        let origins = self.list("AUTH0_JWKS_ORIGINS");
        if !on && !origins.is_empty() {
            self.mistakes.push(
                "AUTH0_JWKS_ORIGINS is set and AUTH0_DISCOVERY is not true; without discovery the keys come from AUTH0_DOMAIN"
                    .to_owned(),
            );
        }
        on.then_some(KeyLocation::Discovery { origins })
    }

    fn management(&mut self, production: bool) -> Option<ManagementSettings> {
        const ID: &str = "AUTH0_MANAGEMENT_CLIENT_ID";
        const SECRET: &str = "AUTH0_MANAGEMENT_CLIENT_SECRET";
        let known = self.mistakes.len();
        let (id, secret) = (self.text(ID), self.secret(SECRET));
        let (own, domain) = (self.text("AUTH0_MANAGEMENT_URL"), self.text("AUTH0_DOMAIN"));
        if id.is_none() && secret.is_none() && own.is_none() {
            return None;
        }
        // A secret that is there and cannot be read has been complained about.
        for (name, missing) in [(ID, id.is_none()), (SECRET, secret.is_none() && self.mistakes.len() == known)] {
            if missing {
                self.mistakes.push(format!(
                    "{name} is missing; the Management API needs the client id and the secret of a machine-to-machine application"
                ));
            }
        }
        let Some(url) = own.or_else(|| domain.map(|domain| format!("https://{domain}"))) else {
            self.mistakes.push("AUTH0_DOMAIN is missing; it is the tenant whose Management API is asked".to_owned());
            return None;
        };
        if let Some(problem) = ManagementSettings::problem_of(&url, !production) {
            self.mistakes.push(format!(
                "the address of the Management API, `{url}`, {problem}; it must be the tenant's own, such as https://tenant.eu.auth0.com"
            ));
        }
        let url = url.trim_end_matches('/').to_owned();
        Some(ManagementSettings { url, client_id: id?, client_secret: secret? })
    }

    /// What holds for tokens whoever issues them.
    fn token_rules(&mut self, names: &ClaimNames) -> AuthSettings {
        let defaults = AuthSettings::default();
        let seconds =
            |time: Option<u32>, default: Duration| time.map_or(default, |time| Duration::from_secs(time.into()));
        let mode = match self.text("AUTH0_DPOP").as_deref() {
            None | Some("off") => DpopMode::Off,
            Some("allowed") => DpopMode::Allowed,
            Some("required") => DpopMode::Required,
            Some(other) => {
                self.mistakes.push(format!("AUTH0_DPOP is `{other}`; it can be off, allowed or required"));
                DpopMode::Required
            }
        };
        let dpop = DpopSettings {
            mode,
            origins: self.list("AUTH0_DPOP_ORIGINS"),
            algorithms: self.algorithms("AUTH0_DPOP_ALGORITHMS", &defaults.dpop.algorithms),
            proof_age: seconds(self.parsed("AUTH0_DPOP_PROOF_AGE", "a number of seconds"), defaults.dpop.proof_age),
        };
        let TokenCache { entries, bytes } = defaults.token_cache;
        AuthSettings {
            leeway: seconds(self.parsed("AUTH0_LEEWAY", "a number of seconds"), defaults.leeway),
            permissions_claim: names.permissions.clone(),
            roles_claim: names.roles.clone(),
            email_claim: names.email.clone(),
            allow_private: self.parsed("AUTH0_ALLOW_PRIVATE", "true or false").unwrap_or(false),
            permissions_in_scope: self.parsed("AUTH0_PERMISSIONS_IN_SCOPE", "true or false").unwrap_or(false),
            token_cache: TokenCache {
                entries: self.parsed("AUTH0_TOKEN_CACHE", "a number of tokens, or 0").unwrap_or(entries),
                bytes: self.parsed("AUTH0_TOKEN_CACHE_BYTES", "a number of bytes").unwrap_or(bytes),
            },
            dpop,
            ..defaults
        }
    }

    /// How much roles in the database can grant, if they can grant anything.
    fn rbac(&mut self) -> Option<RbacSettings> {
        let used = self.parsed("AUTH0_USE_RBAC", "true or false").unwrap_or(false);
        let settings =
            RbacSettings { permissions: self.list("AUTH0_RBAC_PERMISSIONS"), roles: self.list("AUTH0_RBAC_ROLES") };
        if !used {
            return None;
        }
        self.mistakes.extend(settings.problems());
        Some(settings)
    }

    /// The parts of a comma-separated list.
    fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    fn algorithms(&mut self, name: &str, default: &[Algorithm]) -> Vec<Algorithm> {
        let list = self.list(name);
        if list.is_empty() {
            return default.to_vec();
        }
        let read = |text: &String| text.parse().map_err(|error| format!("{name} names `{text}`, which is {error}"));
        list.iter().filter_map(|text| read(text).map_err(|mistake| self.mistakes.push(mistake)).ok()).collect()
    }

    fn log_level(&mut self) -> String {
        const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
        let level = self.text("LOG_LEVEL").unwrap_or_else(|| "info".to_owned());
        // Directives of tracing-subscriber (`info,my_crate=debug`) may follow the level.
        let first = level.split(',').next().unwrap_or_default().to_lowercase();
        if !LEVELS.contains(&first.as_str()) && !first.contains('=') {
            self.mistakes.push(format!("LOG_LEVEL is `{level}`; it must begin with one of {}", LEVELS.join(", ")));
        }
        level
    }

    fn log_format(&mut self, production: bool) -> LogFormat {
        match self.text("LOG_FORMAT").as_deref() {
            None if production => LogFormat::Json,
            None | Some("pretty") => LogFormat::Pretty,
            Some("json") => LogFormat::Json,
            Some(other) => {
                self.mistakes.push(format!("LOG_FORMAT is `{other}`; it can be pretty or json"));
                LogFormat::Json
            }
        }
    }
}

#[cfg(test)]
mod tests;
