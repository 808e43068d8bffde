//! Tests of what stands in `contrib` and runs nowhere else: the unit, the scripts of the package, the recipe of the container.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::support::places;

fn contrib(name: &str) -> PathBuf {
    places::root().join("contrib").join(name)
}

/// What a program says of its arguments, and whether all is well; `None` where the program is not there.
fn ask(command: &mut Command) -> Option<(bool, String)> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[test]
fn systemd_takes_the_unit() {
    let unit = fs::read_to_string(contrib("systemd/kamacite.service")).unwrap();
    // The program is not where it will be installed.
    let here = unit.replace("/usr/bin/kamacite", "/bin/true");
    assert_ne!(unit, here);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kamacite.service");
    fs::write(&path, here).unwrap();
    let Some((well, said)) = ask(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path)) else {
        return;
    };
    let about_us: Vec<_> = said.lines().filter(|line| line.contains("kamacite")).collect();
    assert!(well && about_us.is_empty(), "{said}");
}

#[test]
fn the_scripts_of_the_package_are_shell() {
    for name in ["postinst", "prerm", "postrm"] {
        let path = contrib("debian").join(name);
        let (well, said) = ask(Command::new("sh").arg("-n").arg(&path)).unwrap();
        assert!(well, "{name}: {said}");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("#!/bin/sh\n") && text.contains("\nset -e\n"), "{name}");
        assert!(!text.contains("systemctl start") && !text.contains("rm -rf"), "{name}");
    }
}

#[test]
fn what_the_container_copies_is_there() {
    let recipe = fs::read_to_string(contrib("container/Containerfile")).unwrap();
    let copies: Vec<Vec<&str>> =
        recipe.lines().filter_map(|line| Some(line.strip_prefix("COPY ")?.split_whitespace().collect())).collect();
    let (from_build, from_here): (Vec<_>, Vec<_>) = copies.iter().partition(|words| words[0].starts_with("--from="));
    assert!(from_here.len() >= 3, "{from_here:?}");
    for words in from_here {
        for path in &words[..words.len() - 1] {
            assert!(places::root().join(path).exists(), "{path}");
        }
    }
    // Where the first stage builds it: it copies everything into its folder, and cargo does the rest.
    assert_eq!(from_build, [&["--from=build", "/build/target/release/kamacite", "/usr/bin/kamacite"]]);
    assert!(recipe.contains("\nWORKDIR /build\nCOPY . .\n") && recipe.contains("\nUSER kamacite\n"));
    // The toolchain is the one that the workspace asks for.
    let manifest = fs::read_to_string(places::root().join("Cargo.toml")).unwrap();
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap().trim_matches('"');
    assert!(recipe.contains(&format!("/rust:{version}-")), "{version}");
}

#[test]
fn what_the_package_takes_is_there() {
    let manifest = fs::read_to_string(places::root().join("kamacite/Cargo.toml")).unwrap();
    let sources: Vec<_> = manifest.split('"').filter(|text| text.starts_with("../")).collect();
    assert!(sources.len() >= 8, "{sources:?}");
    for source in sources {
        let path = places::root().join("kamacite").join(source);
        // What is made is not there yet.
        assert!(source.starts_with("../target/package/") || path.exists(), "{source}");
    }
}
