//! The options of `cargo xtask bench`.

use crate::Result;

#[derive(Debug)]
pub(super) struct Options {
    /// How many times each workload is measured on each peer.
    pub(super) rounds: usize,
    /// How long each measurement lasts.
    pub(super) seconds: u32,
    /// Only the workloads whose names contain this.
    pub(super) only: Option<String>,
    /// Measures compile times instead.
    pub(super) compile: bool,
    /// Measures a large file instead.
    pub(super) files: bool,
    /// The size of that file, in MiB.
    pub(super) mib: usize,
}

impl Options {
    pub(super) fn read(arguments: &[String]) -> Result<Self> {
        let mut options = Self { rounds: 3, seconds: 2, only: None, compile: false, files: false, mib: 1024 };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
            match word.as_str() {
                "--rounds" => options.rounds = positive(word, value()?)?,
                "--seconds" => options.seconds = positive(word, value()?)?,
                "--only" => options.only = Some(value()?.clone()),
                "--compile" => options.compile = true,
                "--files" => options.files = true,
                "--mib" => options.mib = positive(word, value()?)?,
                other => {
                    let known = "--rounds N, --seconds N, --only NAME, --compile, --files, --mib N";
                    return Err(format!("`{other}` is not an option; there are: {known}").into());
                }
            }
        }
        Ok(options)
    }
}

fn positive<T: std::str::FromStr + Default + PartialEq>(name: &str, text: &str) -> Result<T> {
    match text.parse() {
        Ok(number) if number != T::default() => Ok(number),
        _ => Err(format!("{name} is `{text}`; it must be a number from 1").into()),
    }
}
