//! Certificates as BMCs have them: short keys, old versions, no names, long expired. Whoever names one, byte for byte,
//! has its BMC believed.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{SslAcceptor, SslMethod, SslVersion};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use redfish::{Bmc, Client, Error, Target, TlsVersion, Verify};

use crate::emulator::new_folder;
use crate::scripted::{quick, target};

/// What is peculiar about a certificate; by default it is as it should be.
#[derive(Clone)]
struct Peculiar {
    bits: u32,
    /// As in the certificate: 0 is version 1.
    version: i32,
    authority: bool,
    ip: Option<&'static str>,
    /// Seconds from now.
    until: i64,
}

const PROPER: Peculiar = Peculiar { bits: 2048, version: 2, authority: false, ip: Some("127.0.0.1"), until: 86_400 };

impl Peculiar {
    fn make(&self) -> (X509, PKey<Private>) {
        let key = PKey::from_rsa(Rsa::generate(self.bits).unwrap()).unwrap();
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", "BMC").unwrap();
        let name = name.build();
        let mut builder = X509::builder().unwrap();
        builder.set_version(self.version).unwrap();
        builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_pubkey(&key).unwrap();
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
        builder.set_not_before(&Asn1Time::from_unix(now - 172_800).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(now + self.until).unwrap()).unwrap();
        if self.authority {
            builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        }
        if let Some(ip) = self.ip {
            let names = SubjectAlternativeName::new().ip(ip).build(&builder.x509v3_context(None, None)).unwrap();
            builder.append_extension(names).unwrap();
        }
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        (builder.build(), key)
    }
}

/// A service root behind a certificate, in this version of TLS; it lives as long as the process.
fn serve((certificate, key): &(X509, PKey<Private>), version: SslVersion) -> String {
    let mut acceptor = SslAcceptor::mozilla_intermediate(SslMethod::tls()).unwrap();
    acceptor.set_security_level(0);
    acceptor.set_cipher_list("DEFAULT:@SECLEVEL=0").unwrap();
    acceptor.set_min_proto_version(Some(version)).unwrap();
    acceptor.set_max_proto_version(Some(version)).unwrap();
    acceptor.set_certificate(certificate).unwrap();
    acceptor.set_private_key(key).unwrap();
    let acceptor = acceptor.build();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = acceptor.accept(stream.unwrap()) else { continue };
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
            let _ = stream.shutdown();
        }
    });
    address
}

fn bmc(address: &str, verify: Verify) -> Bmc {
    Client::new(quick()).bmc(Target { verify, ..target(address) }).unwrap()
}

fn saved(folder: &Path, name: &str, certificate: &X509) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, certificate.to_pem().unwrap()).unwrap();
    file
}

#[tokio::test]
async fn what_real_bmcs_show_is_believed_when_it_is_named() {
    let folder = new_folder();
    for (name, peculiar) in [
        ("self-signed", PROPER),
        ("RSA-1024", Peculiar { bits: 1024, ..PROPER }),
        ("X.509 v1", Peculiar { version: 0, ip: None, ..PROPER }),
        ("an authority of its own", Peculiar { authority: true, ..PROPER }),
        ("no names", Peculiar { ip: None, ..PROPER }),
        ("another host's", Peculiar { ip: Some("10.0.0.1"), ..PROPER }),
        ("expired", Peculiar { until: -86_400, ..PROPER }),
        ("all at once", Peculiar { bits: 1024, version: 0, authority: false, ip: None, until: -86_400 }),
    ] {
        let identity = peculiar.make();
        let address = serve(&identity, SslVersion::TLS1_2);
        let file = saved(&folder, "bmc.pem", &identity.0);
        bmc(&address, Verify::Ca(file)).root().await.unwrap_or_else(|e| panic!("{name}, named: {e}"));
        bmc(&address, Verify::No).root().await.unwrap_or_else(|e| panic!("{name}, not looked at: {e}"));
        let e = bmc(&address, Verify::Yes).root().await.unwrap_err();
        assert!(matches!(e, Error::Untrusted { .. }), "{name}, unknown to this host: {e:?}");
        let stranger = saved(&folder, "stranger.pem", &peculiar.make().0);
        let e = bmc(&address, Verify::Ca(stranger)).root().await.unwrap_err();
        assert!(matches!(e, Error::Untrusted { .. }), "{name}, another named: {e:?}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn ciphers_can_be_chosen() {
    let address = serve(&PROPER.make(), SslVersion::TLS1_2);
    let with = |ciphers: &str| {
        let ciphers = Some(ciphers.to_owned());
        Client::new(quick()).bmc(Target { ciphers, ..target(&address) })
    };
    with("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384").unwrap().root().await.unwrap();
    // One that the BMC does not have.
    let e = with("ECDHE-RSA-CAMELLIA256-SHA384").unwrap().root().await.unwrap_err();
    assert!(matches!(e, Error::Unreachable { .. }) && e.to_string().contains("handshake failure"), "{e}");
    let e = with("NOPE").unwrap_err();
    assert!(matches!(e, Error::Ciphers { .. }) && e.to_string().contains("\"NOPE\" as redfish_tls_ciphers"), "{e}");
    assert!(matches!(with("AES128\0").unwrap_err(), Error::Ciphers { .. }));
}

#[tokio::test]
async fn old_tls_is_spoken_where_it_is_asked_for() {
    let address = serve(&PROPER.make(), SslVersion::TLS1_1);
    let with = |minimum_tls| Client::new(quick()).bmc(Target { minimum_tls, ..target(&address) }).unwrap();
    with(Some(TlsVersion::V1_1)).root().await.unwrap();
    assert!(matches!(with(None).root().await.unwrap_err(), Error::Unreachable { .. }));
}

#[tokio::test]
async fn an_old_tls_is_not_spoken_to_a_bmc_that_is_told_to_do_better() {
    let address = serve(&PROPER.make(), SslVersion::TLS1_2);
    let bmc = |minimum_tls| Client::new(quick()).bmc(Target { minimum_tls, ..target(&address) }).unwrap();
    for spoken in [None, Some(TlsVersion::V1_1), Some(TlsVersion::V1_2)] {
        bmc(spoken).root().await.unwrap();
    }
    let e = bmc(Some(TlsVersion::V1_3)).root().await.unwrap_err();
    assert!(matches!(e, Error::Unreachable { .. }) && e.to_string().contains("protocol version"), "{e}");
}
