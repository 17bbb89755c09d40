//! numdeck: a terminal dashboard and a command line for KrosAI phone numbers.

use std::process::ExitCode;

fn main() -> color_eyre::Result<ExitCode> {
    numdeck::cli::main()
}
