//! The archive: files, then a manifest with the hash of each, the collector's signature of the manifest, and its public key.

use std::io::{self, Write};

use attune_ground::holdings::Piece;
use attune_ground::time::{now_millis, rfc3339};
use attune_protocol::sign::{KeyPair, PublicKey, SIGNATURE_LEN};
use data_encoding::{BASE64, HEXLOWER};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot};
use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

use super::body::Writer;

/// What comes before an Ed25519 key in the form that OpenSSL reads (RFC 8410).
const PUBLIC_KEY: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What an archive holds.
#[derive(Serialize)]
struct Manifest {
    what: &'static str,
    version: u32,
    made_at: String,
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    name: String,
    bytes: u64,
    sha256: String,
}

/// A file that is being written.
struct Open {
    name: String,
    bytes: u64,
    hash: Sha256,
}

impl Open {
    fn close(self) -> File {
        File { name: self.name, bytes: self.bytes, sha256: HEXLOWER.encode(&self.hash.finalize()) }
    }
}

/// Packs pieces as they come. Where they do not come to their end, the archive has none either.
pub(super) fn pack(pieces: mpsc::Receiver<Piece>, is_whole: oneshot::Receiver<()>, out: Writer, key: &KeyPair) {
    let mut zip = ZipWriter::new_stream(out);
    let packed = files(&mut zip, pieces);
    let done = match (packed, is_whole.blocking_recv()) {
        (Ok(files), Ok(())) => seal(&mut zip, files, key).and_then(|()| finish(zip)),
        (Err(error), _) => Err(error),
        (_, Err(_)) => zip.finish().map(|out| out.into_inner().fail()).map_err(io::Error::other),
    };
    if let Err(error) = done
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        tracing::debug!(%error, "An archive was not taken to its end.");
    }
}

fn files(zip: &mut ZipWriter<StreamWriter<Writer>>, mut pieces: mpsc::Receiver<Piece>) -> io::Result<Vec<File>> {
    let (mut files, mut open) = (Vec::new(), None::<Open>);
    while let Some(piece) = pieces.blocking_recv() {
        match piece {
            Piece::File(name) => {
                files.extend(open.take().map(Open::close));
                begin(zip, &name)?;
                open = Some(Open { name, bytes: 0, hash: Sha256::new() });
            }
            Piece::Bytes(bytes) => {
                if let Some(open) = &mut open {
                    open.bytes += bytes.len() as u64;
                    open.hash.update(&bytes);
                }
                zip.write_all(&bytes)?;
            }
        }
    }
    files.extend(open.map(Open::close));
    Ok(files)
}

fn begin(zip: &mut ZipWriter<StreamWriter<Writer>>, name: &str) -> io::Result<()> {
    // A file may be larger than 4 GiB.
    let options = SimpleFileOptions::default().large_file(true).unix_permissions(0o600);
    zip.start_file(name, options).map_err(io::Error::other)
}

fn seal(zip: &mut ZipWriter<StreamWriter<Writer>>, files: Vec<File>, key: &KeyPair) -> io::Result<()> {
    let manifest = Manifest { what: "attune export", version: 1, made_at: rfc3339(now_millis()), files };
    let manifest = serde_json::to_vec_pretty(&manifest).map_err(io::Error::other)?;
    let signed = key.sign(manifest.clone());
    let signature = &signed[signed.len() - SIGNATURE_LEN..];
    for (name, bytes) in [
        ("manifest.json", manifest.as_slice()),
        ("manifest.sig", signature),
        ("collector.pem", pem(&key.public()).as_bytes()),
    ] {
        begin(zip, name)?;
        zip.write_all(bytes)?;
    }
    Ok(())
}

fn finish(zip: ZipWriter<StreamWriter<Writer>>) -> io::Result<()> {
    zip.finish().map_err(io::Error::other)?.into_inner().flush()
}

/// A public key as OpenSSL reads it.
fn pem(key: &PublicKey) -> String {
    let text = BASE64.encode(&[PUBLIC_KEY.as_slice(), key].concat());
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_has_the_form_of_rfc_8410() {
        // The example of RFC 8410, section 10.1.
        let key = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
        let key = HEXLOWER.decode(key.as_bytes()).expect("hex").try_into().expect("32 bytes");
        let text = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
        assert_eq!(pem(&key), format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"));
    }
}
