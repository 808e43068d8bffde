//! The program with the drivers that come with it.

use std::process::ExitCode;

fn main() -> ExitCode {
    kamacite::Service::new().main()
}
