//! The `kvorum` command: a thin shell around [`kvorum_cli::run`].

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(kvorum_cli::run(std::env::args_os()))
}
