//! The commands and their help texts.

/// Every command, with its lines of the help.
const COMMANDS: &[(&str, &str)] = &[
    ("serve", "  serve                         serve the API (also without a command)"),
    (
        "migrate",
        "  migrate up [N] | down [N]     apply pending migrations, or revert the last ones
  migrate status                show which migrations are applied
  migrate diff NAME [--fill TABLE.COLUMN=SQL] [--destructive] [--also URL|sqlite] [--folder PATH]
                                write the migration that the resources need; steps that lose values are comments,
                                unless --destructive is given
  migrate check [--also URL|sqlite]
                                fail if the migrations do not make the tables that the resources need
  migrate fresh                 drop every table and apply all migrations, not in production
  migrate new NAME [--from-resources] [--folder PATH]
                                write a migration",
    ),
    ("seed", "  seed                          add the application's initial rows"),
    (
        "token",
        "  token --sub ID [--permissions a,b] [--roles a,b] [--email E] [--name N] [--expires-in SECONDS]
                                print a token from the development issuer",
    ),
    ("routes", "  routes                        list every endpoint and what it requires"),
    (
        "permissions",
        "  permissions list              list every permission and where it is required
  permissions export [--format json|csv|auth0-deploy-cli|terraform]
                                print the permissions for other tools
  permissions diff [--prune] [--keep-descriptions] [--roles FILE]
                                compare with the Auth0 tenant; fails if there is a difference
  permissions sync [--apply] [--prune] [--keep-descriptions] [--roles FILE]
                                update the Auth0 tenant; without --apply only print the changes",
    ),
    (
        "indexes",
        "  indexes [--database sqlite|postgres]
                                print SQL for indexes that filters, sort orders and cursors could use",
    ),
    (
        "config",
        "  config [--explain]            print every setting with the value that applies and where it comes from",
    ),
    (
        "doctor",
        "  doctor [--production]         try the database, keys, Redis, mail and files of the settings, and say what to do;
                                with --production also what a production server needs",
    ),
    #[cfg(feature = "mail")]
    (
        "mail",
        "  mail status                   show how many mails wait, were sent and failed, and why
  mail retry ID | --all         try a mail again, or all that failed
  mail purge [--sent] [--failed] [--older-than 30d]
                                remove mails that were sent or failed
                                with --kind KIND each of them is about messages of another kind",
    ),
    #[cfg(feature = "storage")]
    (
        "files",
        "  files sweep [--dry-run] [--older-than HOURS] [--force]
                                remove stored files that belong to no row",
    ),
    ("openapi", "  openapi                       print the OpenAPI document"),
    ("help", "  help                          print this list; `COMMAND --help` prints the help of one command"),
];

/// The help that this command line requests, for one command or for all; `None` if it requests no help.
pub(super) fn help(arguments: &[String]) -> Option<String> {
    let first = arguments.first().map(String::as_str);
    // The short word behind an option is its value: `token --name -h`.
    let is_value = |at: usize| at > 0 && arguments[at - 1].starts_with("--");
    let mut words = arguments.iter().enumerate();
    let is_asked = words.any(|(at, word)| word == "--help" || (word == "-h" && !is_value(at)));
    if !is_asked && first != Some("help") {
        return None;
    }
    let requested = COMMANDS.iter().filter(|(name, _)| Some(*name) == first && *name != "help");
    let lines: Vec<&str> = requested.map(|(_, lines)| *lines).collect();
    if !lines.is_empty() {
        return Some(lines.join("\n"));
    }
    // For `--help` after an unknown command, the caller reports the unknown command.
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
