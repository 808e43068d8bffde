//! A Kamacite with Acme's driver.

fn main() -> std::process::ExitCode {
    kamacite::Service::new().driver(acme_driver::driver).main()
}
