//! Many stories told at once: each waits for its next moment, and the earliest goes on. So the clock never steps back,
//! and neither do the times of the record.
use crate::app::Error;
use crate::domain::{
    Faults, Refusal,
    clock::{Clock, SetClock},
};
use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

/// Why a story ends before its last line.
#[derive(Debug)]
pub enum Stop {
    /// What comes next lies after today: it has not happened yet.
    Today,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(e: Error) -> Self {
        Stop::Failed(e)
    }
}
impl From<Refusal> for Stop {
    fn from(r: Refusal) -> Self {
        Stop::Failed(r.into())
    }
}
impl From<Faults> for Stop {
    fn from(f: Faults) -> Self {
        Stop::Failed(f.into())
    }
}

/// What a story gives back at each step.
pub type Told<T> = Result<T, Stop>;

/// The one line of time that all stories share.
#[derive(Clone)]
pub struct Line {
    clock: Arc<SetClock>,
    today: Timestamp,
    /// The moment for which the story being told has just asked.
    asked: Arc<Mutex<Option<Timestamp>>>,
}

impl Line {
    pub fn new(clock: Arc<SetClock>, today: Timestamp) -> Self {
        Self { clock, today, asked: Arc::default() }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Goes on at `at`, or at once when that has passed; never beyond today.
    pub async fn until(&self, at: Timestamp) -> Told<()> {
        if at > self.today {
            return Err(Stop::Today);
        }
        Moment { line: self, at: at.max(self.now()), waited: false }.await;
        Ok(())
    }

    /// Tells all stories to their ends, the earliest moment first; `reached` hears of each.
    pub async fn tell(
        &self,
        stories: Vec<(&'static str, LocalBoxFuture<'_, Told<()>>)>,
        reached: &dyn Fn(Timestamp),
    ) -> Result<(), Error> {
        let mut live = vec![];
        for (name, mut story) in stories {
            if let Some(at) = self.go_on(name, &mut story).await? {
                live.push((at, name, story));
            }
        }
        while let Some(next) = (0..live.len()).min_by_key(|n| live[*n].0) {
            let (at, name, story) = &mut live[next];
            self.clock.set(*at);
            reached(*at);
            match self.go_on(name, story).await? {
                Some(later) => *at = later,
                None => drop(live.remove(next)),
            }
        }
        Ok(())
    }

    /// Tells one story until it asks for its next moment; `None` when it has ended.
    async fn go_on(&self, name: &str, story: &mut LocalBoxFuture<'_, Told<()>>) -> Result<Option<Timestamp>, Error> {
        std::future::poll_fn(|cx| match story.as_mut().poll(cx) {
            Poll::Ready(Ok(()) | Err(Stop::Today)) => Poll::Ready(Ok(None)),
            Poll::Ready(Err(Stop::Failed(e))) => {
                Poll::Ready(Err(Error::Failed(format!("story {name} at {}: {e:?}", self.now()))))
            }
            Poll::Pending => match self.asked.lock().expect("no panic while a moment is asked for").take() {
                Some(at) => Poll::Ready(Ok(Some(at))),
                // It waits for the database, which will wake us.
                None => Poll::Pending,
            },
        })
        .await
    }
}

/// Asks for a moment once, and is over when told to go on.
struct Moment<'a> {
    line: &'a Line,
    at: Timestamp,
    waited: bool,
}

impl Future for Moment<'_> {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.waited {
            return Poll::Ready(());
        }
        self.waited = true;
        *self.line.asked.lock().expect("no panic while a moment is asked for") = Some(self.at);
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stories_take_turns_by_time_and_stop_at_today() {
        let at = |n: i64| Timestamp::from_second(n).unwrap();
        let line = Line::new(Arc::new(SetClock::at(at(0))), at(100));
        let told = Mutex::new(vec![]);
        let story = |name: &'static str, moments: &'static [i64]| {
            let (line, told) = (line.clone(), &told);
            let tale: LocalBoxFuture<'_, Told<()>> = Box::pin(async move {
                for n in moments {
                    line.until(at(*n)).await?;
                    told.lock().unwrap().push((name, line.now().as_second()));
                }
                Ok(())
            });
            (name, tale)
        };
        line.tell(vec![story("a", &[10, 40, 30, 101]), story("b", &[20, 35, 99])], &|_| {}).await.unwrap();
        let all = vec![("a", 10), ("b", 20), ("b", 35), ("a", 40), ("a", 40), ("b", 99)];
        assert_eq!(*told.lock().unwrap(), all, "a moment that has passed is now; what lies after today is not told");
    }
}
