//! What is written to: standard output and standard error, as patient as they have to be, and files.

mod file;

use std::io::{self, Stderr, Stdout, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

pub use self::file::{fresh, replaced, unwritable};

/// A stream that somebody may have made non-blocking: whoever shares it, Node for one, does so for
/// all. Where it takes nothing more it is waited for; nothing is dropped.
#[derive(Debug)]
pub struct Patient<F: AsFd>(F);

/// Standard output, unbuffered.
pub fn stdout() -> Patient<Stdout> {
    Patient(io::stdout())
}

/// Standard error.
pub fn stderr() -> Patient<Stderr> {
    Patient(io::stderr())
}

impl<F: AsFd> Write for Patient<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match rustix::io::write(&self.0, bytes) {
                Err(Errno::AGAIN) => match poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                },
                Err(Errno::INTR) => {}
                written => return Ok(written?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;

    use super::*;

    #[test]
    fn a_pipe_that_does_not_block_gets_everything() {
        let (mut reader, writer) = io::pipe().unwrap();
        rustix::fs::fcntl_setfl(&writer, rustix::fs::OFlags::NONBLOCK).unwrap();
        let sent = vec![7_u8; 1 << 20];
        let reading = std::thread::spawn(move || {
            let mut read = Vec::new();
            reader.read_to_end(&mut read).map(|_| read)
        });
        Patient(writer).write_all(&sent).unwrap();
        assert_eq!(reading.join().unwrap().unwrap(), sent);
    }

    #[test]
    fn a_device_that_is_full_is_an_error() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        assert_eq!(Patient(full).write_all(b"x").unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
