//! Certificates: trusted, told to be trusted, or not looked at.

use std::path::{Path, PathBuf};

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use redfish::{Bmc, Error, Target, Verify};

use crate::emulator::{Emulator, Identity, new_folder};
use crate::scripted::target;

#[tokio::test]
async fn a_bmc_must_prove_who_it_is_unless_told_otherwise() {
    let folder = new_folder();
    let (authority, identity) = make_certificates(&folder, "127.0.0.1");
    let emulator = Emulator::with(&[("first", crate::emulator::FIRST)], Some(&identity));
    let bmc = |verify| emulator.client_of(Target { verify, ..target(&emulator.address) });

    refuses(&bmc(Verify::Yes)).await;
    bmc(Verify::No).system().await.unwrap();
    bmc(Verify::Ca(authority.clone())).system().await.unwrap();

    let many = folder.join("authorities");
    std::fs::create_dir(&many).unwrap();
    std::fs::copy(&authority, many.join("ours.pem")).unwrap();
    std::fs::copy(make_certificates(&many, "10.0.0.1").0, many.join("theirs.pem")).unwrap();
    bmc(Verify::Ca(many)).system().await.unwrap();

    // An authority that did not sign it.
    let strangers = folder.join("strangers");
    std::fs::create_dir(&strangers).unwrap();
    refuses(&bmc(Verify::Ca(make_certificates(&strangers, "127.0.0.1").0))).await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_certificate_of_another_host_is_not_trusted() {
    let folder = new_folder();
    let (authority, identity) = make_certificates(&folder, "10.0.0.1");
    let emulator = Emulator::with(&[("first", crate::emulator::FIRST)], Some(&identity));
    let bmc = |verify| emulator.client_of(Target { verify, ..target(&emulator.address) });
    refuses(&bmc(Verify::Ca(authority))).await;
    bmc(Verify::No).system().await.unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}

async fn refuses(bmc: &Bmc) {
    let e = bmc.system().await.unwrap_err();
    assert!(matches!(e, Error::Untrusted { .. }) && !e.is_transient(), "{e:?}");
    assert!(e.to_string().contains("redfish_verify_ca"), "{e}");
}

/// Makes an authority, and an identity it signed for an IP address.
fn make_certificates(folder: &Path, ip: &str) -> (PathBuf, Identity) {
    let (authority_key, key) = (new_key(), new_key());
    let name = folder.file_name().unwrap().to_string_lossy();
    let authority = certificate(&name, &authority_key, None, None);
    let own = certificate("BMC", &key, Some(ip), Some((&authority, &authority_key)));
    let authority_file = folder.join("ca.pem");
    let identity = Identity { certificate: folder.join("bmc.pem"), key: folder.join("bmc.key") };
    std::fs::write(&authority_file, authority.to_pem().unwrap()).unwrap();
    std::fs::write(&identity.certificate, own.to_pem().unwrap()).unwrap();
    std::fs::write(&identity.key, key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    (authority_file, identity)
}

fn new_key() -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
}

fn certificate(name: &str, key: &PKey<Private>, ip: Option<&str>, signer: Option<(&X509, &PKey<Private>)>) -> X509 {
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(signer.map_or(&subject, |(authority, _)| authority.subject_name())).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
    if signer.is_none() {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    }
    if let Some(ip) = ip {
        let names = SubjectAlternativeName::new().ip(ip).build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(names).unwrap();
    }
    builder.sign(signer.map_or(key, |(_, signing)| signing), MessageDigest::sha256()).unwrap();
    builder.build()
}
