//! Content codings (RFC 9110, 8.4): how an answer is compressed. Pure: bytes in, bytes or words out.

use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};

use crate::phone::clean;

/// A coding that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// `gzip`, also as `x-gzip`.
    Gzip,
    /// `deflate`: zlib, and not what is in it.
    Deflate,
}

impl Coding {
    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }
}

/// Most codings, one in the other.
const MOST: usize = 3;

/// The codings of an answer in the order they were applied, by its `Content-Encoding`. Their names have
/// no case.
pub(super) fn read(field: &str) -> Result<Vec<Coding>, String> {
    let names = field.split(',').map(|name| name.trim().to_ascii_lowercase());
    let names: Vec<String> = names.filter(|name| !name.is_empty() && name != "identity").collect();
    let unasked = || format!("the answer is coded as {}, which nobody asked for", clean(field, 40));
    if names.len() > MOST {
        return Err(unasked());
    }
    let coding = |name: &String| match name.as_str() {
        "gzip" | "x-gzip" => Ok(Coding::Gzip),
        "deflate" => Ok(Coding::Deflate),
        _ => Err(unasked()),
    };
    names.iter().map(coding).collect()
}

/// What is in a coded body, which may not be larger than `most` bytes.
pub(super) fn decode(mut body: Vec<u8>, codings: &[Coding], most: usize) -> Result<Vec<u8>, String> {
    if body.is_empty() {
        return Ok(body);
    }
    for coding in codings.iter().rev() {
        let limit = most as u64 + 1;
        let mut plain = Vec::new();
        let done = match coding {
            Coding::Gzip => MultiGzDecoder::new(&body[..]).take(limit).read_to_end(&mut plain),
            Coding::Deflate => ZlibDecoder::new(&body[..]).take(limit).read_to_end(&mut plain),
        };
        let name = coding.name();
        match done {
            Ok(_) if plain.len() > most => {
                return Err(format!("the answer is larger than {} MiB", most >> 20));
            }
            Ok(_) => body = plain,
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(format!("the answer is coded as {name}, and ends in the middle of it"));
            }
            Err(_) => return Err(format!("the answer is said to be coded as {name}, and is not")),
        }
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut coder = GzEncoder::new(Vec::new(), Compression::default());
        coder.write_all(text).unwrap();
        coder.finish().unwrap()
    }

    #[test]
    fn the_names_of_codings_have_no_case_and_identity_is_none() {
        for (field, wanted) in [
            ("", &[][..]),
            ("identity", &[]),
            ("gzip", &[Coding::Gzip]),
            ("GZIP", &[Coding::Gzip]),
            ("X-GZip", &[Coding::Gzip]),
            ("Deflate, , gzip", &[Coding::Deflate, Coding::Gzip]),
        ] {
            assert_eq!(read(field).as_deref(), Ok(wanted), "{field}");
        }
        for field in ["br", "gzip, zstd", "gzip,gzip,gzip,gzip"] {
            assert!(read(field).unwrap_err().contains(field), "{field}");
        }
    }

    #[test]
    fn what_is_not_coded_as_it_says_is_told_so() {
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(b"[1, 2, 3, 4, 5, 6, 7, 8, 9]").unwrap();
        let raw = raw.finish().unwrap();
        let coded = gzip(b"[1, 2, 3, 4, 5, 6, 7, 8, 9]");
        for (body, coding, said) in [
            (b"[1, 2, 3, 4, 5, 6, 7, 8, 9]".to_vec(), Coding::Gzip, "coded as gzip, and is not"),
            (raw, Coding::Deflate, "coded as deflate, and is not"),
            (coded[..coded.len() - 9].to_vec(), Coding::Gzip, "ends in the middle"),
        ] {
            assert!(decode(body, &[coding], 100).unwrap_err().contains(said), "{said}");
        }
        let large = gzip(&[b' '; 5000]);
        assert!(decode(large, &[Coding::Gzip], 4999).unwrap_err().contains("larger than"));
    }

    proptest! {
        #[test]
        fn what_was_coded_comes_back(text in prop::collection::vec(any::<u8>(), 1..300)) {
            let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
            zlib.write_all(&gzip(&text)).unwrap();
            let twice = zlib.finish().unwrap();
            let plain = decode(twice, &[Coding::Gzip, Coding::Deflate], 1000);
            prop_assert_eq!(plain, Ok(text));
        }

        #[test]
        fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..100)) {
            for coding in [Coding::Gzip, Coding::Deflate] {
                let _ = decode(body.clone(), &[coding], 1000);
            }
        }
    }
}
