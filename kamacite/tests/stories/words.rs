//! What the program says of its command line: completions for shells, and the manual.

use std::process::{Command, Output};

use crate::site::program;

fn run(words: &[&str]) -> Output {
    Command::new(program()).args(words).output().unwrap()
}

fn said(words: &[&str]) -> String {
    let ended = run(words);
    assert!(ended.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap()
}

/// The commands, as the help lists them.
fn commands() -> Vec<String> {
    let help = said(&["help"]);
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<_> = list.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect();
    assert!(commands.len() > 8 && commands.contains(&"serve".to_owned()), "{commands:?}");
    commands
}

#[test]
fn every_shell_completes_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let text = said(&["completions", shell]);
        for command in commands() {
            assert!(text.contains(&command), "{shell}: {command}");
        }
    }
    let refused = run(&["completions", "dosh"]);
    assert!(!refused.status.success());
    // The shell of every machine takes what is made for it.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kamacite.bash");
    std::fs::write(&file, said(&["completions", "bash"])).unwrap();
    if let Ok(checked) = Command::new("bash").arg("-n").arg(&file).output() {
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}

#[test]
fn the_manual_names_every_command_and_has_a_page_of_each() {
    let page = said(&["man"]);
    assert!(page.contains(".TH kamacite 1"), "{page}");
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man");
    assert_eq!(said(&["man", "--folder", pages.to_str().unwrap()]), "");
    assert_eq!(std::fs::read_to_string(pages.join("kamacite.1")).unwrap(), page);
    // That of the help would be the help.
    for command in commands().iter().filter(|command| *command != "help") {
        assert!(page.contains(&format!("kamacite\\-{command}(1)")), "{command}: {page}");
        let own = std::fs::read_to_string(pages.join(format!("kamacite-{command}.1"))).unwrap();
        assert!(own.len() > 100, "{command}: {own}");
    }
    let backup = std::fs::read_to_string(pages.join("kamacite-backup.1")).unwrap();
    assert!(backup.contains("\\-\\-overwrite"), "{backup}");
}
