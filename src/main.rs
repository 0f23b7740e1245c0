fn main() -> std::process::ExitCode {
    git_orca::cli::main()
}
