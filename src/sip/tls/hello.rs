//! A second look at a server that ends the handshake without saying why: one hello that offers all
//! versions and many cipher suites, of which only the first answer is read. It carries no secret and
//! leads to no connection; it tells which version and cipher suite the server would choose.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::suites;
use crate::sip::Host;

/// An answer is a few hundred bytes; who sends more without coming to an end is not waited for.
const LONGEST: usize = 16 * 1024;
/// The first byte of a record (RFC 8446 section 5.1).
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;
const WARNING: u8 = 1;
/// The number of the extension in which TLS 1.3 says its version (RFC 8446 section 4.2.1).
const SUPPORTED_VERSIONS: u16 = 43;

/// Curves and groups: those of TLS 1.3, then the older ones, then those of finite fields (RFC 7919).
const GROUPS: &[u16] = &[
    0x11ec, 29, 23, 24, 25, 30, 26, 27, 28, 31, 32, 33, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10,
    9, 8, 7, 6, 5, 4, 3, 2, 1, 256, 257, 258, 259, 260,
];
/// What a certificate may sign with, down to what nobody should use any more.
const SIGNATURES: &[u16] = &[
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x081a, 0x081b, 0x081c, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a,
    0x080b, 0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0302, 0x0402, 0x0502, 0x0602, 0x0203, 0x0201, 0x0202,
    0x0101,
];

/// How a server answers a hello that offers nearly everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerChoice {
    /// It would speak this version (0x0303 is TLS 1.2) with this cipher suite.
    Chosen { version: u16, suite: u16 },
    /// It refuses that as well.
    Refused,
    /// It hangs up, or says something else.
    Nothing,
}

/// Looks. The caller limits how long that takes.
pub(super) async fn look(mut stream: TcpStream, host: &Host) -> ServerChoice {
    let name = match host {
        Host::Name(name) => Some(name.as_ref()),
        Host::Ip(_) => None,
    };
    if stream.write_all(&client_hello(name)).await.is_err() {
        return ServerChoice::Nothing;
    }
    let mut received = Vec::new();
    loop {
        if let Some(choice) = read(&received) {
            return choice;
        }
        match stream.read_buf(&mut received).await {
            Ok(1..) if received.len() <= LONGEST => {}
            _ => return ServerChoice::Nothing,
        }
    }
}

/// What comes after its own length, which takes `width` bytes.
fn counted(width: usize, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    [&length[length.len() - width..], content].concat()
}

fn pairs(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn extension(number: u16, content: &[u8]) -> Vec<u8> {
    [number.to_be_bytes().to_vec(), counted(2, content)].concat()
}

/// A ClientHello in its record (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2).
fn client_hello(name: Option<&str>) -> Vec<u8> {
    let mut extensions = Vec::new();
    if let Some(name) = name {
        let entry = [&[0][..], &counted(2, name.as_bytes())].concat();
        extensions.extend(extension(0, &counted(2, &entry)));
    }
    extensions.extend(extension(10, &counted(2, &pairs(GROUPS))));
    extensions.extend(extension(11, &counted(1, &[0, 1, 2])));
    extensions.extend(extension(13, &counted(2, &pairs(SIGNATURES))));
    extensions.extend(extension(23, &[]));
    extensions.extend(extension(SUPPORTED_VERSIONS, &counted(1, &pairs(&[0x304, 0x303, 0x302, 0x301]))));
    // No share of a key: TLS 1.3 answers with the group that it wants, and its version and suite.
    extensions.extend(extension(51, &counted(2, &[])));
    extensions.extend(extension(0xff01, &[0]));
    let random = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
    let suites: Vec<u16> = suites::all().collect();
    let body = [
        &[3, 3][..],
        &random,
        &counted(1, &[]),
        &counted(2, &pairs(&suites)),
        &[1, 0],
        &counted(2, &extensions),
    ]
    .concat();
    let message = [&[1][..], &counted(3, &body)].concat();
    [&[HANDSHAKE, 3, 1][..], &counted(2, &message)].concat()
}

/// What an answer says; `None` until there is enough of it.
fn read(mut received: &[u8]) -> Option<ServerChoice> {
    let mut message = Vec::new();
    loop {
        let [kind, major, _, high, low, rest @ ..] = received else { return None };
        if !matches!(*kind, ALERT | HANDSHAKE) || *major != 3 {
            return Some(ServerChoice::Nothing);
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (content, next) = rest.split_at_checked(length)?;
        received = next;
        match (*kind, content) {
            // Before its hello a server may warn that it does not know a name.
            (ALERT, [WARNING, _]) => {}
            (ALERT, _) => return Some(ServerChoice::Refused),
            _ => message.extend_from_slice(content),
        }
        if let Some(choice) = server_hello(&message) {
            return Some(choice);
        }
    }
}

/// Reads a ServerHello; `None` until it is whole.
fn server_hello(message: &[u8]) -> Option<ServerChoice> {
    let [kind, a, b, c, rest @ ..] = message else { return None };
    if *kind != SERVER_HELLO {
        return Some(ServerChoice::Nothing);
    }
    let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
    let body = rest.get(..length)?;
    Some(choice(body).unwrap_or(ServerChoice::Nothing))
}

fn choice(body: &[u8]) -> Option<ServerChoice> {
    let pair = |bytes: &[u8]| Some(u16::from_be_bytes([*bytes.first()?, *bytes.get(1)?]));
    let mut version = pair(body)?;
    // Behind version and random there is the session, whose length is its first byte.
    let session = usize::from(*body.get(34)?);
    let rest = body.get(35 + session..)?;
    let suite = pair(rest)?;
    // Behind the suite and the compression there are extensions, or in old versions nothing.
    let mut extensions = rest.get(5..).unwrap_or_default();
    while let [a, b, high, low, rest @ ..] = extensions {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (content, next) = rest.split_at_checked(length)?;
        if u16::from_be_bytes([*a, *b]) == SUPPORTED_VERSIONS {
            version = pair(content)?;
        }
        extensions = next;
    }
    Some(ServerChoice::Chosen { version, suite })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ServerHello in its record.
    fn hello(version: [u8; 2], suite: [u8; 2], extensions: &[u8]) -> Vec<u8> {
        let mut body = [&version[..], &[7; 32], &[0], &suite, &[0]].concat();
        if !extensions.is_empty() {
            body.extend(counted(2, extensions));
        }
        let message = [&[SERVER_HELLO][..], &counted(3, &body)].concat();
        [&[HANDSHAKE, 3, 1][..], &counted(2, &message)].concat()
    }

    #[test]
    fn the_answer_tells_version_and_suite() {
        let chosen = |version, suite| Some(ServerChoice::Chosen { version, suite });
        assert_eq!(read(&hello([3, 2], [0, 0x2f], &[])), chosen(0x302, 0x2f));
        let other = extension(0xff01, &[0]);
        assert_eq!(read(&hello([3, 3], [0xc0, 0x14], &other)), chosen(0x303, 0xc014));
        let newest = [other, extension(SUPPORTED_VERSIONS, &[3, 4])].concat();
        assert_eq!(read(&hello([3, 3], [0x13, 1], &newest)), chosen(0x304, 0x1301));
        assert_eq!(read(&[ALERT, 3, 1, 0, 2, 2, 40]), Some(ServerChoice::Refused));
        let warned = [&[ALERT, 3, 1, 0, 2, 1, 112][..], &hello([3, 1], [0, 5], &[])].concat();
        assert_eq!(read(&warned), chosen(0x301, 5));
        assert_eq!(read(b"SIP/2.0 400 Bad Request\r\n"), Some(ServerChoice::Nothing));
    }

    #[test]
    fn an_answer_that_is_cut_anywhere_is_waited_for_or_worth_nothing() {
        let whole = hello([3, 3], [0xc0, 0x14], &extension(0xff01, &[0]));
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]), None, "{length}");
        }
        // What says that it is longer than it is.
        for at in 0..whole.len() {
            let mut odd = whole.clone();
            odd[at] = 0xff;
            read(&odd);
        }
    }

    #[test]
    fn the_hello_is_one_record_and_has_the_name_in_it() {
        let with = client_hello(Some("sip.test"));
        assert!(with.windows(8).any(|part| part == b"sip.test"));
        for hello in [with, client_hello(None)] {
            let length = usize::from(u16::from_be_bytes([hello[3], hello[4]]));
            assert_eq!((hello[0], hello.len()), (HANDSHAKE, length + 5));
        }
    }
}
