//! What the commands are, in the words of the help.

/// Every command, with the lines of the help about it.
const COMMANDS: &[(&str, &str)] = &[
    ("serve", "  serve                         serve the API (also without a command)"),
    (
        "migrate",
        "  migrate up [N] | down [N]     apply migrations, take back the last
  migrate status                which are applied
  migrate new NAME [--from-resources] [--folder PATH]
                                write a migration",
    ),
    ("seed", "  seed                          add the application's own data"),
    (
        "token",
        "  token --sub ID [--permissions a,b] [--roles a,b] [--email E] [--name N] [--expires-in SECONDS]
                                print a token of the development issuer",
    ),
    ("routes", "  routes                        every endpoint and what it requires"),
    (
        "permissions",
        "  permissions list              every permission and what requires it
  permissions export [--format json|csv|auth0-deploy-cli|terraform]
                                the same for other tools
  permissions diff [--prune] [--keep-descriptions] [--roles FILE]
                                what the Auth0 tenant does not know; fails at a difference
  permissions sync [--apply] [--prune] [--keep-descriptions] [--roles FILE]
                                tell the tenant; without --apply only say what would change",
    ),
    (
        "indexes",
        "  indexes [--database sqlite|postgres]
                                the indexes that filters, orders and cursors would use, as SQL",
    ),
    ("openapi", "  openapi                       print the OpenAPI document"),
    ("help", "  help                          print this; `COMMAND --help` prints the lines about one command"),
];

/// What this command line wants help about, if it wants help: one command, or all of them.
pub(super) fn help(arguments: &[String]) -> Option<String> {
    let first = arguments.first().map(String::as_str);
    // The short word behind an option is its value: `token --name -h`.
    let is_value = |at: usize| at > 0 && arguments[at - 1].starts_with("--");
    let mut words = arguments.iter().enumerate();
    let is_asked = words.any(|(at, word)| word == "--help" || (word == "-h" && !is_value(at)));
    if !is_asked && first != Some("help") {
        return None;
    }
    let one = COMMANDS.iter().filter(|(name, _)| Some(*name) == first && *name != "help");
    let lines: Vec<&str> = one.map(|(_, lines)| *lines).collect();
    if !lines.is_empty() {
        return Some(lines.join("\n"));
    }
    // `--help` of a word that is not a command is answered by the error about the word.
    let is_about_all = first.is_some_and(|word| word.starts_with('-') || word == "help");
    let lines: Vec<&str> = COMMANDS.iter().map(|(_, lines)| *lines).collect();
    is_about_all.then(|| format!("commands:\n{}", lines.join("\n")))
}

/// The names of the commands.
pub(super) fn names() -> Vec<&'static str> {
    COMMANDS.iter().map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::help;

    #[test]
    fn which_command_lines_ask_for_help() {
        for (line, asks) in [
            ("token --help", true),
            ("token -h", true),
            ("-h", true),
            ("help", true),
            ("permissions sync --apply --help", true),
            ("permissions sync -h", true),
            ("token --sub a --name -h", false),
            ("token --sub --help", true),
            ("", false),
            ("serve", false),
        ] {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(help(&words).is_some(), asks, "{line}");
        }
    }
}
