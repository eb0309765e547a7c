//! Serving: listen, answer, tidy up now and then, stop in good order.
use super::{Failed, Outcome, app_of, open};
use crate::app::App;
use crate::config::Config;
use crate::domain::{
    Actor,
    clock::{SetClock, wall},
};
use crate::web::{Web, router};
use migration::MigratorTrait;
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// Serves as configured. An embedded database is brought up to date; PostgreSQL is left to `jiebang migrate`, and
/// `/readyz` is red until then.
pub async fn serve(config: Config, test_clock: bool) -> Outcome {
    log(config.log_json);
    let db = open(&config).await?;
    if !db.is_postgres() || test_clock {
        migration::Migrator::up(db.connection(), None).await?;
    }
    let mut app = app_of(&config, db).await?;
    if app.has_schema().await? {
        super::installation::hold(&config, &app).await?;
    }
    if migration::Migrator::get_pending_migrations(app.db.connection()).await?.is_empty() {
        app.tell_untold(&Actor::system()).await?;
        app.note_keys(&Actor::system()).await?;
    }
    if app.log.public_key().is_none() {
        tracing::warn!("the record is not signed: set log_key_file, and make the key by `jiebang log create-key`");
    }
    if test_clock {
        allow_test_clock(&app).await?;
        app.clock = Arc::new(SetClock::at(wall()));
    }
    let web = Web { test_clock, ..Web::new(app, config) };
    listen(web).await
}

/// Only a database marked for tests, or an empty one that is marked now.
async fn allow_test_clock(app: &App) -> Outcome {
    match app.purpose().await?.as_str() {
        "test" => Ok(()),
        "" => app.mark(&Actor::system(), "test").await.map_err(|_| {
            Failed("this database is in use and not marked for tests: its clock can't be set. Use another one, or mark an empty one by `jiebang migrate --mark-as-test`".into())
        }),
        other => Err(Failed(format!("this database is for {other:?}: its clock can't be set"))),
    }
}

pub async fn bind(listen: SocketAddr) -> Result<tokio::net::TcpListener, Failed> {
    tokio::net::TcpListener::bind(listen).await.map_err(|e| match e.kind() {
        std::io::ErrorKind::AddrInUse => {
            Failed(format!("{listen} is taken by another program; choose another with --listen ADDRESS:PORT"))
        }
        _ => Failed(format!("can't listen on {listen}: {e}")),
    })
}

/// Listens until told to stop; what is under way is finished, for at most twenty seconds.
pub async fn listen(web: Web) -> Outcome {
    let listener = bind(web.config.listen).await?;
    serve_on(web, listener).await
}

pub async fn serve_on(web: Web, listener: tokio::net::TcpListener) -> Outcome {
    tracing::info!(listen = %listener.local_addr()?, "serving");
    let tidy_app = web.app.clone();
    let tidy = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(600)).await;
            if let Err(e) = tidy_app.correct_periods().await {
                tracing::warn!(error = %e, "public periods could not be looked through; it is tried again");
            }
            if let Err(e) = tidy_app.tidy(&Actor::system()).await {
                tracing::warn!(error = %e, "tidying failed; it is tried again");
            }
        }
    });
    let clock_app = web.app.clone();
    let clockwork = tokio::spawn(async move {
        loop {
            if let Err(e) = clock_app.keep_all_seats().await {
                tracing::warn!(error = %e, "panels could not be looked through; it is tried again");
            }
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
    });
    let closing_app = web.app.clone();
    let closing = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            if let Err(e) = closing_app.close_lists().await {
                tracing::warn!(error = %e, "a closing list was not written; it is tried again");
            }
        }
    });
    let app = web.app.clone();
    let reads_app = web.app.clone();
    let reads = tokio::spawn(async move { reads_app.keep_reads_sealed().await });
    let sealer = tokio::spawn(async move { app.keep_log_sealed().await });
    let (told, hear) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        stop_signal().await;
        told.send_replace(true);
    });
    let mut stopping = hear;
    let bounds = super::connections::Bounds::of(&web.config);
    super::connections::answer(listener, router(web), bounds, async move {
        let _told = stopping.wait_for(|stop| *stop).await;
    })
    .await;
    tidy.abort();
    clockwork.abort();
    closing.abort();
    sealer.abort();
    reads.abort();
    Ok(())
}

async fn stop_signal() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}

/// Logs to standard error; `JIEBANG_LOG_FILTER` chooses what.
pub fn log(json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("JIEBANG_LOG_FILTER").unwrap_or_else(|_| "info,sqlx=warn".into());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set = if json { builder.json().try_init() } else { builder.try_init() };
    if set.is_err() {
        tracing::debug!("logging was set up before");
    }
}
