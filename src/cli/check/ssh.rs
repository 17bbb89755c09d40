//! `--from ssh:HOST`: the same check on another machine, over the ssh that is there.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::check::{CheckTarget, Vantage, VantageFailure, WorkerReport, WorkerRun};
use crate::cli::args::SshHost;
use crate::sip::Options;

/// How long ssh may take to connect, beside the check itself.
const GRACE: Duration = Duration::from_secs(10);
/// What ssh is told of it, in seconds.
const CONNECT: &str = "ConnectTimeout=8";
/// A worker that says more than this is none.
const MOST_OUTPUT: usize = 1024 * 1024;
/// What is kept of its complaints.
const MOST_ERRORS: usize = 16 * 1024;
/// So long complaints are waited for after its end: what ssh leaves in the background may hold them open.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Asks all hosts side by side, each for itself.
pub(super) async fn asked(hosts: &[SshHost], targets: &[CheckTarget], options: &Options) -> Vec<Vantage> {
    if targets.is_empty() {
        return Vec::new();
    }
    let lines: String = targets.iter().map(|target| target.line() + "\n").collect();
    let more = Duration::from_secs(u64::from(options.count.saturating_sub(1)));
    let limit = options.timeout + more + GRACE;
    let one = |host: &SshHost| {
        let (name, lines) = (host.name().to_owned(), lines.clone());
        async move {
            let seen = timeout(limit, run(&name, &lines)).await;
            Vantage { seen: seen.unwrap_or(Err(VantageFailure::Late(limit))), name }
        }
    };
    join_all(hosts.iter().map(one)).await
}

/// A child and whatever it began, ended where nobody waits for it any more.
struct Group {
    child: Child,
    leader: Option<Pid>,
}

impl Group {
    fn of(child: Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(Pid::from_raw), child }
    }

    async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await;
        // It has ended by itself: its number may be somebody else's from now on.
        self.leader = None;
        status
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            kill_process_group(leader, Signal::KILL).ok();
        }
    }
}

/// One host. Dropping the future ends what was begun.
async fn run(host: &str, lines: &str) -> Result<Vec<WorkerReport>, VantageFailure> {
    let mut command = Command::new("ssh");
    command
        .args(["-T", "-o", "BatchMode=yes", "-o", CONNECT, "--", host])
        .args(["numdeck", "check", "--targets", "-"])
        // It needs no key there, and nothing on the way needs it.
        .env_remove("NUMDECK_API_KEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| VantageFailure::NoWay(error.to_string()))?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let mut group = Group::of(child);
    let mut err = Vec::new();
    let ended = {
        let complaints = read_first(stderr, &mut err);
        let work = async {
            let write = async {
                if let Some(mut stdin) = stdin {
                    // Whoever does not read them says why by how it ends.
                    stdin.write_all(lines.as_bytes()).await.ok();
                }
            };
            let mut out = Vec::new();
            let read = async {
                if let Some(stdout) = stdout {
                    let most = u64::try_from(MOST_OUTPUT).unwrap_or(u64::MAX);
                    stdout.take(most + 1).read_to_end(&mut out).await.ok();
                }
            };
            tokio::join!(write, read);
            if out.len() > MOST_OUTPUT {
                return Err(VantageFailure::TooMuch(MOST_OUTPUT));
            }
            let status = group.wait().await.map_err(|error| VantageFailure::NoWay(error.to_string()))?;
            Ok((out, status.code()))
        };
        tokio::pin!(complaints, work);
        let mut open = true;
        let ended = loop {
            tokio::select! {
                biased;
                ended = &mut work => break ended,
                () = &mut complaints, if open => open = false,
            }
        };
        if open {
            timeout(LAST_WORDS, complaints).await.ok();
        }
        ended
    };
    let (out, code) = ended?;
    WorkerRun { out, err, code }.reports()
}

/// Keeps the beginning of what comes and reads the rest, so that nobody waits for room.
async fn read_first(stream: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut stream) = stream else { return };
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        let room = MOST_ERRORS.saturating_sub(kept.len());
        kept.extend_from_slice(&buffer[..length.min(room)]);
    }
}
