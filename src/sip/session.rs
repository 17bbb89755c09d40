//! A line to a server: one request after another, over a connection that is made again where the server
//! closes it in between (RFC 3261 section 18.4 takes a closed connection for a failure of the request,
//! and says nothing of the next one).

use tokio::time::Instant;
use uuid::Uuid;

use super::connection::{ConnectFailure, Destination, Resources, StepSink};
use super::socket::{Answer, Socket, SocketTrouble};
use super::transaction::Transaction;
use super::{Code, Found, NotSip, Sender, Sighting, SipRequest, TraceLine, Transport, interpret};

/// A connection, and what identifies us over it.
pub(super) struct SipSession {
    pub(super) destination: Destination,
    socket: Socket,
    sender: Sender,
    /// The last number used in CSeq.
    cseq: u32,
    /// The connection has carried an answer.
    used: bool,
    /// The server closes connections after an answer.
    closes: bool,
}

/// What became of a request.
pub(super) struct Exchange {
    /// Its reply, or why there is none, as a code and in words.
    pub(super) result: Result<Answer, NoReply>,
    /// How often it went out.
    pub(super) sends: u32,
}

/// Why there is no reply.
pub(super) struct NoReply {
    pub(super) code: Code,
    pub(super) text: String,
    /// Silence, or packets that belong to something else: the next request may be answered.
    pub(super) is_silence: bool,
    pub(super) found: Found,
}

/// Something that nobody else uses: a tag, or the rest of a branch.
fn token() -> String {
    Uuid::new_v4().simple().to_string()
}

impl SipSession {
    /// Connects. It failed, as was told, where there is none: then the address of this side, if it had one.
    pub(super) async fn open(
        destination: Destination,
        resources: Resources<'_>,
        until: Instant,
        told: StepSink<'_>,
    ) -> Result<Self, Option<std::net::IpAddr>> {
        let socket = destination.connect(resources, until, told).await.map_err(|failure| failure.local)?;
        let sender = Sender {
            call_id: Uuid::new_v4().to_string(),
            tag: token(),
            local: socket.local(),
            transport: destination.target.transport,
        };
        Ok(Self { destination, socket, sender, cseq: 0, used: false, closes: false })
    }

    /// The address of this side.
    pub(super) fn local(&self) -> std::net::IpAddr {
        self.sender.local.ip()
    }

    /// What crossed the wire since this was asked last.
    pub(super) fn take_trace(&mut self) -> Vec<TraceLine> {
        std::mem::take(&mut self.socket.trace)
    }

    /// The next requests are about something else.
    pub(super) fn begin_call(&mut self) {
        self.sender.call_id = Uuid::new_v4().to_string();
    }

    /// Sends one request, which has its turn, and waits for its reply. It goes out over a new connection
    /// where the server has closed the old one; credentials are never sent a second time.
    pub(super) async fn ask(
        &mut self,
        resources: Resources<'_>,
        until: Instant,
        once: bool,
        make: impl Fn(&Sender, u32, &str) -> SipRequest,
    ) -> Exchange {
        let mut again = false;
        let mut sends = 0;
        loop {
            if self.used && self.is_stream() && (self.closes || self.socket.is_closed().await) {
                self.closes = true;
                if let Err(ConnectFailure { code, text, .. }) = self.reconnect(resources, until).await {
                    let text = format!("the server closed the connection, and then: {text}");
                    return Exchange {
                        result: Err(NoReply { code, text, is_silence: false, found: Found::Nothing }),
                        sends,
                    };
                }
            }
            self.cseq += 1;
            let request = make(&self.sender, self.cseq, &token());
            let limit = until.saturating_duration_since(Instant::now());
            let target = self.destination.target;
            let transaction = Transaction::new(&request, target.transport, limit);
            let mut transaction = if once { transaction.once() } else { transaction };
            let to = target.at.ip();
            let result = self.socket.exchange(&request, &mut transaction, resources.pacer, to).await;
            sends += transaction.sends;
            let was_closed = matches!(result, Err(SocketTrouble::Closed(_) | SocketTrouble::Tls(_)));
            if was_closed && self.used && !std::mem::replace(&mut again, true) && !request.has_credentials() {
                self.closes = true;
                continue;
            }
            self.used |= result.is_ok();
            let result = result.map_err(|trouble| {
                let (code, text) = interpret::of_trouble(&trouble, &transaction, &target, limit);
                let is_silence = matches!(
                    trouble,
                    SocketTrouble::Silence | SocketTrouble::Strays(_) | SocketTrouble::Rewritten(..)
                );
                let found = match trouble {
                    SocketTrouble::NotSip(NotSip::Tls) => Found::Sighting(Sighting::SpeaksTls),
                    SocketTrouble::Elsewhere(from, _) => Found::Elsewhere { answered_from: from.to_string() },
                    SocketTrouble::Tls(why) => why.into_found(),
                    SocketTrouble::Rewritten(..) => Found::Sighting(Sighting::Rewritten),
                    SocketTrouble::Unreachable => Found::Sighting(Sighting::NoRoute),
                    _ if transaction.provisionals > 0 => Found::Sighting(Sighting::Provisional),
                    _ => Found::Nothing,
                };
                NoReply { code, text, is_silence, found }
            });
            return Exchange { result, sends };
        }
    }

    /// The next request goes out over a new connection, where there are connections.
    pub(super) fn start_over(&mut self) {
        (self.used, self.closes) = (true, true);
    }

    fn is_stream(&self) -> bool {
        self.destination.target.transport != Transport::Udp
    }

    async fn reconnect(&mut self, resources: Resources<'_>, until: Instant) -> Result<(), ConnectFailure> {
        let socket = self.destination.connect(resources, until, &mut |_| {}).await?;
        self.sender.local = socket.local();
        self.socket.go_on_over(socket);
        self.used = false;
        Ok(())
    }
}
