//! Connections, each bounded: a header that does not come, a reader that does not read, too many from one address or in all. What is
//! under way when the server stops is finished.
use crate::domain::limits::*;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// How many connections stand from where.
#[derive(Clone, Default)]
struct Doors(Arc<Mutex<HashMap<String, usize>>>);

/// One of them, until it is dropped.
struct Door {
    doors: Doors,
    from: String,
}

impl Doors {
    /// None where so many stand already.
    fn enter(&self, from: String, most: usize) -> Option<Door> {
        let mut counts = self.0.lock().expect("no panic while connections are counted");
        let count = counts.entry(from.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Door { doors: self.clone(), from })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let mut counts = self.doors.0.lock().expect("no panic while connections are counted");
        if let Some(count) = counts.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}

/// What connections are held to.
#[derive(Clone, Debug)]
pub struct Bounds {
    pub all: usize,
    /// Of one peer address (a /64 of IPv6); a configured proxy stands for many and is not counted.
    pub of_one: usize,
    pub proxies: Vec<String>,
    pub header: Duration,
    pub write: Duration,
    /// How long what is under way may take once the server stops.
    pub patience: Duration,
}

impl Bounds {
    pub fn of(config: &crate::config::Config) -> Self {
        Self {
            all: config.connections,
            of_one: config.connections_of_one,
            proxies: config.trusted_proxies.clone(),
            header: Duration::from_secs(HEADER_SECONDS.most),
            write: Duration::from_secs(WRITE_SECONDS.most),
            patience: Duration::from_secs(PATIENCE_SECONDS.most),
        }
    }
}

/// Accepts and answers until `stop` is done, then finishes what is under way for as long as the bounds say.
pub async fn answer(listener: TcpListener, site: Router, bounds: Bounds, stop: impl Future<Output = ()>) {
    let (places, doors, graceful) = (Arc::new(Semaphore::new(bounds.all)), Doors::default(), GracefulShutdown::new());
    let mut stop = std::pin::pin!(stop);
    loop {
        // Whoever finds every place taken waits in the system's queue: each place is free again within the bounds.
        let accepted = async {
            let place = places.clone().acquire_owned().await.ok()?;
            Some((place, listener.accept().await))
        };
        let (place, peer) = tokio::select! {
            () = &mut stop => break,
            next = accepted => match next {
                Some((place, Ok(peer))) => (place, peer),
                // No descriptor left, or gone again: a moment later there may be one.
                Some((_, Err(error))) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
                None => break,
            },
        };
        let (stream, address) = peer;
        let most = if bounds.proxies.contains(&address.ip().to_string()) { usize::MAX } else { bounds.of_one };
        let Some(door) = doors.enter(crate::domain::origin::network(&address.ip().to_string()), most) else { continue };
        let connection = serve_one(stream, address, site.clone(), &bounds);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = watched.await {
                tracing::debug!(%error, "a connection ended");
            }
            drop((door, place));
        });
    }
    drop(listener);
    if tokio::time::timeout(bounds.patience, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections that did not end were dropped");
    }
}

/// The site for one connection. The peer is told to each request: a layer of the router would be laid on every route anew.
struct Site {
    router: Router,
    peer: SocketAddr,
}

impl hyper::service::Service<hyper::Request<hyper::body::Incoming>> for Site {
    type Response = axum::response::Response;
    type Error = std::convert::Infallible;
    type Future = tower::util::Oneshot<Router, Request>;

    fn call(&self, request: hyper::Request<hyper::body::Incoming>) -> Self::Future {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.router.clone().oneshot(request)
    }
}

type Connection = hyper::server::conn::http1::Connection<TokioIo<Unstuck>, Site>;

fn serve_one(stream: TcpStream, peer: SocketAddr, router: Router, bounds: &Bounds) -> Connection {
    let _slow_but_whole = stream.set_nodelay(true);
    let io = TokioIo::new(Unstuck { stream, write: bounds.write, stuck: None });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(bounds.header).max_buf_size(64 * 1024);
    builder.serve_connection(io, Site { router, peer })
}

/// A stream whose reader must read: bytes that it does not take for too long end it.
struct Unstuck {
    stream: TcpStream,
    write: Duration,
    stuck: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Unstuck {
    fn watch<T>(&mut self, cx: &mut Context<'_>, done: Poll<std::io::Result<T>>) -> Poll<std::io::Result<T>> {
        if done.is_ready() {
            self.stuck = None;
            return done;
        }
        let write = self.write;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(tokio::time::sleep(write)));
        match stuck.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(std::io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Unstuck {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, to)
    }
}

impl AsyncWrite for Unstuck {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, done)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, done)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::Doors;

    #[test]
    fn places_of_one_address_are_counted_and_given_back() {
        let doors = Doors::default();
        let first = doors.enter("a".into(), 2).unwrap();
        let second = doors.enter("a".into(), 2).unwrap();
        assert!(doors.enter("a".into(), 2).is_none());
        assert!(doors.enter("b".into(), 2).is_some());
        drop(first);
        assert!(doors.enter("a".into(), 2).is_some());
        drop(second);
        assert!(doors.0.lock().unwrap().is_empty(), "nothing is kept of whoever is gone");
    }
}
