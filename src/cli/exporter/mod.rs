//! `numdeck exporter`: metrics for Prometheus. One read of the list stands for all scrapes, and packets go to
//! nobody but servers of owned numbers and those that were allowed by hand.

mod accounts;
mod allow;
mod answer;
mod pace;
mod probe;
mod reading;
mod server;

use std::cell::Cell;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::args::ExporterArgs;
use super::command_context::CommandContext;
use super::figures::{self, MachineFigures};
use super::output::{broken, say};
use super::{Exit, Failure, check};
use crate::metrics::Exposition;
use crate::stream;
pub(super) use allow::AllowedHost;
use answer::{Page, page};
use probe::Prober;
use reading::{ListKeeper, ListState};

/// The ledger and the count of requests are looked at so often, however many scrape.
const LOOK: Duration = Duration::from_secs(10);
/// How long Prometheus waits, which it says itself.
const SCRAPE_TIMEOUT: &str = "x-prometheus-scrape-timeout-seconds";

/// Serves until somebody stops it.
pub(super) async fn exporter(context: &CommandContext, options: &ExporterArgs) -> Result<Exit, Failure> {
    if allows_everything(options) && options.is_for_others() {
        return Err(Failure::usage(
            "--allow '*' is for this machine only: with --listen on another address anybody could have packets \
             sent anywhere; name the hosts",
        ));
    }
    let listener = TcpListener::bind(options.listen).await;
    let listener = listener.map_err(|error| unheard(options.listen, &error))?;
    let at = listener.local_addr().map_err(|error| unheard(options.listen, &error))?;
    let list = ListState::default();
    let machine = Cell::new(figures::of_machine(context).await);
    let prober = Prober::new(context, &list, &options.allow, check::background_checker(context));
    announce(context, options, at)?;
    let pages = async |request: Request<Incoming>| match respond(&request, &list, &machine, &prober).await {
        Ok(response) => response,
        Err(refusal) => refusal.response(),
    };
    tokio::select! {
        biased;
        () = context.interrupted() => Ok(Exit::Done),
        failure = ListKeeper::new(context, &list).keep() => Err(failure),
        never = look(context, &machine) => match never {},
        never = server::serve(listener, pages) => match never {},
    }
}

/// Whether packets may go anywhere.
fn allows_everything(options: &ExporterArgs) -> bool {
    options.allow.iter().any(AllowedHost::is_everything)
}

/// What whoever starts it so has to know.
fn cautions(options: &ExporterArgs, at: SocketAddr) -> Vec<String> {
    let open = options.is_for_others().then(|| {
        format!(
            "others can reach it: it listens on {at}, in clear text and without a password, and sends SIP packets \
             to the servers of your numbers for whoever asks"
        )
    });
    let anywhere = allows_everything(options)
        .then(|| "--allow '*': whoever is on this machine can have SIP packets sent anywhere".to_owned());
    open.into_iter().chain(anywhere).collect()
}

/// Says where it listens and what that means.
fn announce(context: &CommandContext, options: &ExporterArgs, at: SocketAddr) -> Result<(), Failure> {
    for caution in cautions(options, at) {
        say(&format!("numdeck: {caution}"));
    }
    context.note(format!(
        "module=auth reads a record of a number every 6 hours, at most {} requests a day",
        accounts::MOST_READS
    ));
    writeln!(stream::stdout(), "listening on http://{at}").map_err(|error| broken(&error))
}

/// Looks again and again at what this machine knows of itself.
async fn look(context: &CommandContext, machine: &Cell<MachineFigures>) -> std::convert::Infallible {
    loop {
        sleep(LOOK).await;
        machine.set(figures::of_machine(context).await);
    }
}

async fn respond(
    request: &Request<Incoming>,
    list: &ListState,
    machine: &Cell<MachineFigures>,
    prober: &Prober<'_>,
) -> Result<Response<String>, answer::Refusal> {
    let all = match page(request.method(), request.uri().path())? {
        Page::Health => return Ok(answer::plain(StatusCode::OK, "ok\n".to_owned())),
        Page::Metrics => {
            let mut all = Exposition::default();
            list.tell(&mut all);
            machine.get().tell(&mut all);
            all
        }
        Page::Probe => {
            let timeout = request.headers().get(SCRAPE_TIMEOUT).and_then(|value| value.to_str().ok());
            prober.probe(request.uri().query().unwrap_or_default(), timeout).await?
        }
    };
    Ok(answer::figures(&all))
}

fn unheard(at: SocketAddr, error: &io::Error) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "Something listens there already: another exporter? --listen chooses another port."
        }
        _ => "",
    };
    Failure::new(Exit::Other, "LISTEN", format!("cannot listen on {at}: {error}"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_it_to_others_is_said_and_nothing_else() {
        let said = |listen: &str, allow: &[&str]| {
            let allow = allow.iter().map(|glob| AllowedHost::parse(glob).unwrap()).collect();
            let options = ExporterArgs { listen: listen.parse().unwrap(), allow };
            cautions(&options, options.listen).concat()
        };
        for listen in ["127.0.0.1:9633", "127.8.9.1:1", "[::1]:9633", "[::ffff:127.0.0.1]:9633"] {
            assert_eq!(said(listen, &["pbx.example.net", "*.example.net"]), "", "{listen}");
        }
        for listen in ["0.0.0.0:9633", "[::]:9633", "192.0.2.1:9633", "[::ffff:192.0.2.1]:9633"] {
            assert!(said(listen, &[]).contains(&format!("listens on {listen}")), "{listen}");
        }
        assert!(said("127.0.0.1:9633", &["*:*"]).contains("anywhere"));
    }
}
