//! Completions and manual pages come from the same definitions as the help.

mod command;

use command::Place;

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = Place::new()
            .run(&["completions", shell])
            .ends_with(0)
            .says("torture")
            .says("replication");
        assert!(!ran.out.contains("preprocess"), "{shell}: {ran:#?}");
    }
}

#[test]
fn the_manual_page_documents_the_exit_codes() {
    Place::new()
        .run(&["man"])
        .ends_with(0)
        .says(".TH kvorum 1")
        .says("an expectation or a check failed");
}

#[test]
fn every_command_has_a_page_and_the_hidden_one_has_none() {
    let place = Place::new();
    place.run(&["man", "--out", "pages"]).ends_with(0);
    for page in ["kvorum.1", "kvorum-run.1", "kvorum-learn.1"] {
        assert!(place.path("pages").join(page).exists(), "{page}");
    }
    assert!(!place.path("pages/kvorum-mdbook-preprocess.1").exists());
}

#[test]
fn help_documents_the_exit_codes() {
    let place = Place::new();
    for args in [&["--help"][..], &["tour", "--help"], &["run", "--help"]] {
        place.run(args).ends_with(0).says("Exit codes:");
    }
}
