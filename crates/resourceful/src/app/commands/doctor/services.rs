//! What the server uses beside its database: keys of tokens, Redis, the storage, the Auth0 tenant.

use super::report::{Level, Report};
use crate::app::application::App;
#[cfg(any(feature = "mail", feature = "storage"))]
use crate::app::commands::with_causes;
use crate::auth::Verifier;
use crate::context::Context;

/// The keys with which tokens are verified.
pub(super) async fn keys(app: &App, ctx: &Context, report: &mut Report) {
    if app.settings.auth.issuers.is_empty() {
        return report.add(
            Level::Note,
            "tokens",
            "those of the development issuer are accepted; AUTH0_DOMAIN names another",
        );
    }
    let Some(verifier) = ctx.extension::<Verifier>() else { return };
    for (issuer, found) in verifier.check_keys().await {
        let found = match found {
            Ok(1) => Ok(format!("{issuer} has 1 usable key")),
            Ok(number) => Ok(format!("{issuer} has {number} usable keys")),
            Err(_) => Err(format!(
                "the keys of {issuer} cannot be fetched; the log line above says why\n\
                 Check AUTH0_DOMAIN or AUTH0_ISSUER, and that this machine can reach it over HTTPS"
            )),
        };
        report.result("tokens", found);
    }
}

/// Redis, as the cache and the list of used proofs need it.
#[cfg(feature = "redis")]
pub(super) async fn redis(app: &App, report: &mut Report) {
    use std::time::{Duration, Instant};

    use crate::redis::{Redis, cmd};

    const PART: &str = "redis";
    let Some(url) = &app.settings.redis else {
        return report.add(
            Level::Note,
            PART,
            "REDIS_URL is not set: each process has a cache and a list of used proofs of its own",
        );
    };
    let Ok(redis) = Redis::new(&url.0) else { return };
    // A command of the cache may take 100 ms; a slower answer is a finding of its own.
    let patient = redis.separate(Duration::from_secs(3));
    let begun = Instant::now();
    let Ok(info) = patient.ask::<String>(&cmd("INFO")).await else {
        return report.add(Level::Problem, PART, "does not answer; check REDIS_URL, the password and the network");
    };
    let took = begun.elapsed();
    let value =
        |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap_or("?").trim();
    report.ok(PART, format!("Redis {} answers, in {} ms", value("redis_version"), took.as_millis()));
    if took > Duration::from_millis(50) {
        report.add(Level::Warning, PART, "answers slowly; after 100 ms the server goes on without it");
    }
    if value("maxmemory_policy") == "noeviction" && !matches!(value("maxmemory"), "0" | "?") {
        let text = "maxmemory-policy is noeviction: when it is full, nothing is cached any more. Set it to allkeys-lru";
        report.add(Level::Warning, PART, text);
    }
}

/// The mail server.
#[cfg(feature = "mail")]
pub(super) async fn mail(app: &App, ctx: &Context, report: &mut Report) {
    use crate::mail::EmailProvider;

    const PART: &str = "mail";
    let mailer = ctx.direct_mailer();
    match (mailer.provider(), &app.settings.email.provider) {
        ("log", EmailProvider::Log { .. }) => {
            return report.add(
                Level::Note,
                PART,
                "mails are written to the log; EMAIL_PROVIDER names who delivers them",
            );
        }
        (_, EmailProvider::Missing) if app.mail.provider.is_none() => {
            return report.add(Level::Note, PART, "EMAIL_PROVIDER is not set: mails wait in the outbox until it is");
        }
        _ => {}
    }
    let found = match mailer.check().await {
        Ok(()) => Ok(format!("the provider {} can be used", mailer.provider())),
        Err(error) => Err(format!("the provider {} cannot be used: {}", mailer.provider(), with_causes(&error))),
    };
    report.result(PART, found);
}

/// Stores a small file, reads it, and removes it.
#[cfg(feature = "storage")]
pub(super) async fn storage(ctx: &Context, report: &mut Report) {
    use futures_util::{TryStreamExt, stream};

    use crate::error::Error;
    use crate::storage::{Key, UploadOptions};

    const TEXT: &str = "written by the command `doctor`";
    let storage = ctx.storage();
    let tried = async {
        let key = Key::generate("doctor", Some("txt"))?;
        let body = stream::iter([Ok::<_, Error>(TEXT.into())]);
        storage.upload(&key, body, UploadOptions::new("text/plain")).await?;
        let parts: Result<Vec<_>, _> = match storage.download(&key, None).await {
            Ok(download) => download.stream.try_collect().await.map_err(Error::from),
            Err(error) => Err(error.into()),
        };
        storage.delete(&key).await?;
        Ok::<bool, Error>(parts?.concat() == TEXT.as_bytes())
    };
    let found = match tried.await {
        Ok(true) => Ok("a file was stored, read and removed".to_owned()),
        Ok(false) => Err("a file that was stored was read with another content".to_owned()),
        Err(error) => Err(format!("a file could not be stored, read and removed: {}", with_causes(&error))),
    };
    report.result("storage", found);
}

/// The collector of traces.
#[cfg(feature = "otel")]
pub(super) async fn traces(app: &App, report: &mut Report) {
    use crate::app::telemetry::traces::check;

    const PART: &str = "traces";
    let Some(settings) = &app.settings.traces else {
        return report.add(Level::Note, PART, "OTEL_EXPORTER_OTLP_ENDPOINT is not set: no traces are recorded");
    };
    let endpoint = &settings.endpoint;
    let found = match check(settings).await {
        Ok(()) => Ok(format!("the collector at {endpoint} takes them")),
        Err(why) => Err(format!(
            "the collector at {endpoint} does not take them: {why}\n\
             Check OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS; requests are answered all the same"
        )),
    };
    report.result(PART, found);
}

/// Whether Sentry answers. Nothing is reported to it.
#[cfg(feature = "sentry")]
pub(super) async fn failures(app: &App, report: &mut Report) {
    use crate::app::telemetry::failures::check;

    const PART: &str = "sentry";
    let Some(settings) = &app.settings.failures else {
        return report.add(Level::Note, PART, "SENTRY_DSN is not set: failures are in the log only");
    };
    let found = match check(settings).await {
        Ok(host) => Ok(format!("{host} answers; the key was not tried, because nothing is reported")),
        Err(why) => Err(format!("the host of SENTRY_DSN cannot be reached: {why}; requests are answered all the same")),
    };
    report.result(PART, found);
}

/// Whether the Auth0 tenant has the permissions that endpoints require.
#[cfg(feature = "jwks-http")]
pub(super) async fn permissions(app: &App, report: &mut Report) {
    use crate::app::commands::permissions::drift;
    use crate::app::manifest::Manifest;

    if app.settings.management.is_none() {
        return;
    }
    match drift(&Manifest::of(app), &app.settings).await {
        Ok(0) => report.ok("permissions", "the tenant has those of the code"),
        Ok(changes) => {
            let text = format!(
                "the tenant differs from the code in {changes} permissions or roles; `permissions diff` shows them, `permissions sync --apply` adds them"
            );
            report.add(Level::Warning, "permissions", text);
        }
        Err(error) => report.add(Level::Problem, "permissions", error.to_string()),
    }
}
