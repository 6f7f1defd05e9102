//! `cargo xtask bench --files`: one large file through curl, to and from Resourceful and nginx in turn.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::options::Options;
use super::processes::{self, peak};
use super::report::{Table, middle};
use crate::Result;
use crate::needs::{Environment, NGINX};
use crate::process::{check_stop, output, run as run_command, step};
use crate::workspace::{Scratch, cargo, free_port, is_root, target};

/// One transfer.
struct Transfer {
    /// MB (10^6 bytes) in a second.
    rate: f64,
    /// CPU time of the server, in milliseconds.
    cpu: f64,
}

/// One of the two servers.
struct Server {
    name: &'static str,
    process: Child,
    /// Where the file is uploaded to and downloaded from.
    url: String,
}

impl Server {
    /// CPU time of the process and of its children.
    fn cpu(&self) -> Result<processes::Cpu> {
        processes::of_family(self.process.id())
    }

    /// A transfer by curl with these arguments.
    fn transfer(&self, arguments: &[&str]) -> Result<Transfer> {
        check_stop()?;
        let before = self.cpu()?;
        let mut curl = Command::new("curl");
        curl.args(["-s", "--fail-with-body", "-o", "/dev/null", "-w", "%{time_total} %{size_upload} %{size_download}"]);
        let text = output(curl.args(arguments).arg(&self.url))?;
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [seconds, sent, received] = numbers[..] else { return Err(format!("curl printed `{text}`").into()) };
        Ok(Transfer { rate: (sent + received) / 1e6 / seconds, cpu: self.cpu()?.since(before) / 1_000.0 })
    }

    fn wait(&self, url: &str) -> Result {
        for _ in 0..200 {
            if crate::process::succeeds(Command::new("curl").args(["-s", "-o", "/dev/null", url])) {
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
        Err(format!("{} does not answer", self.name).into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // nginx stops its workers when it is asked to end.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

pub(super) fn run(options: &Options) -> Result {
    run_command(&mut cargo(&["build", "--release", "--package", "bench", "--bin=files"]))?;
    let environment = Environment::provide(&[&NGINX])?;
    let nginx = environment.value("TEST_NGINX").ok_or("nginx was provided without its path")?;
    let folder = Scratch::new("bench-files", None)?;
    let file = folder.path().join("file");
    step(&format!("a file of {} MiB", options.mib));
    write_random(&file, options.mib)?;
    let servers = [ours(folder.path())?, by_nginx(folder.path(), nginx)?];
    let file = file.to_str().ok_or("the path of the temporary folder is not UTF-8")?;
    let idle = peak(servers[0].process.id())?;
    let mut measured: [[Vec<Transfer>; 2]; 2] = Default::default();
    for round in 0..options.rounds {
        // The order changes, so that what one leaves to the disk does not always slow down the other.
        for place in 0..2 {
            let at = (round + place) % 2;
            measured[0][at].push(servers[at].transfer(&["-T", file])?);
        }
        for place in 0..2 {
            let at = (round + place) % 2;
            measured[1][at].push(servers[at].transfer(&[])?);
        }
    }
    let most = peak(servers[0].process.id())?;
    println!(
        "\n{} MiB, {} rounds, curl and one server at a time. Ours stores the SHA-256 and flushes the file to the disk.\n",
        options.mib, options.rounds
    );
    let mut table =
        Table::new(&["MB/s", "nginx", "ours", "ours : nginx", "goal", "CPU of nginx, ms", "CPU of ours, ms"]);
    for (name, [ours, nginx]) in ["upload", "download"].into_iter().zip(&measured) {
        let rate = |transfers: &[Transfer]| middle(transfers.iter().map(|transfer| transfer.rate).collect());
        let cpu =
            |transfers: &[Transfer]| format!("{:.0}", middle(transfers.iter().map(|transfer| transfer.cpu).collect()));
        let ratio = middle(ours.iter().zip(nginx).map(|(ours, nginx)| ours.rate / nginx.rate).collect());
        table.row(vec![
            name.to_owned(),
            format!("{:.0}", rate(nginx)),
            format!("{:.0}", rate(ours)),
            format!("{ratio:.2}"),
            "0.8".to_owned(),
            cpu(nginx),
            cpu(ours),
        ]);
    }
    println!("{table}");
    println!("The most resident memory of ours: {most:.1} MB; before the first transfer {idle:.1} MB.");
    Ok(())
}

/// Bytes that no file system compresses.
fn write_random(path: &Path, mib: usize) -> Result {
    let (mut source, mut file) = (fs::File::open("/dev/urandom")?, fs::File::create(path)?);
    let mut part = vec![0; 1024 * 1024];
    for _ in 0..mib {
        check_stop()?;
        source.read_exact(&mut part)?;
        file.write_all(&part)?;
    }
    file.sync_all()?;
    Ok(())
}

fn ours(folder: &Path) -> Result<Server> {
    let port = free_port()?;
    let mut command = Command::new(target().join("release/files"));
    command.env("PORT", port.to_string()).env("ENVIRONMENT", "development").env("LOG_LEVEL", "warn");
    command
        .env("DATA_FOLDER", folder.join("data"))
        .env("DATABASE_URL", format!("sqlite://{}?mode=rwc", folder.join("papers.db").display()));
    let process = command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let papers = format!("http://127.0.0.1:{port}/api/v1/papers");
    let server = Server { name: "the server", process, url: format!("{papers}/1/scan") };
    server.wait(&format!("http://127.0.0.1:{port}/health/ready"))?;
    let row = ["-s", "--fail-with-body", "-H", "Content-Type: application/json", "-d", "{}", &papers];
    output(Command::new("curl").args(row))?;
    Ok(server)
}

fn by_nginx(folder: &Path, program: &str) -> Result<Server> {
    let (port, at) = (free_port()?, folder.display());
    fs::create_dir(folder.join("nginx"))?;
    // The workers of a server that is started by root would be another user's, who cannot enter the folder.
    let user = if is_root() { "user root;" } else { "" };
    let text = format!(
        "{user} worker_processes auto; daemon off; pid {at}/nginx/pid; error_log {at}/nginx/log;
         events {{ worker_connections 64; }}
         http {{
             access_log off; sendfile on; tcp_nopush on; client_max_body_size 0;
             client_body_temp_path {at}/nginx/body; proxy_temp_path {at}/nginx/p; fastcgi_temp_path {at}/nginx/f;
             uwsgi_temp_path {at}/nginx/u; scgi_temp_path {at}/nginx/s;
             server {{ listen 127.0.0.1:{port}; root {at}/nginx/files; dav_methods PUT; create_full_put_path on; }}
         }}"
    );
    fs::write(folder.join("nginx.conf"), text)?;
    let mut command = Command::new(program);
    command.arg("-c").arg(folder.join("nginx.conf")).stdin(Stdio::null());
    let server = Server { name: "nginx", process: command.spawn()?, url: format!("http://127.0.0.1:{port}/scan") };
    server.wait(&server.url)?;
    Ok(server)
}
