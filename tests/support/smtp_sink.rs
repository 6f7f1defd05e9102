//! A mail server for tests: it holds the real conversation of SMTP (RFC 5321) over TCP, with STARTTLS and AUTH, keeps what
//! it receives, and fails at any step as a test tells it.

// Each test program uses a part of it.
#![allow(dead_code)]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A step of the conversation: what the server answers then can be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Greeting,
    Ehlo,
    StartTls,
    /// Instead of the handshake of TLS.
    Handshake,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// While the mail is sent.
    Body,
    /// After the end of the mail. The mail is kept if the answer begins with 2, or if the server answers nothing.
    End,
    Reset,
}

/// What the server does at a step instead of accepting it.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Answers this line.
    Say(&'static str),
    /// Answers these bytes and goes on as if it had accepted.
    Raw(&'static str),
    /// Accepts, after this time.
    After(Duration),
    /// Answers nothing, and keeps the connection.
    Stall,
    /// Closes the connection.
    Drop,
}

/// How the sink encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    None,
    StartTls,
    Implicit,
}

/// A mail that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// The mail without the dots that were added for the transport.
    pub(crate) data: Vec<u8>,
    /// The name with which the client authenticated.
    pub(crate) login: Option<String>,
    pub(crate) was_encrypted: bool,
}

impl Received {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }
}

/// A rule: at this step, if the line contains this text, do that, for so many times.
struct Rule {
    step: Step,
    containing: String,
    act: Act,
    times: usize,
}

struct State {
    encryption: Encryption,
    /// The mechanisms that the server offers, the name and the password that it expects.
    auth: Option<(&'static str, &'static str, &'static str)>,
    acceptor: TlsAcceptor,
    rules: Mutex<Vec<Rule>>,
    received: Mutex<VecDeque<Received>>,
    lines: Mutex<Vec<String>>,
    open: AtomicUsize,
    most: AtomicUsize,
    total: AtomicUsize,
    /// How long each answer takes.
    delay: Mutex<Duration>,
}

/// A mail server on a free local port, until this value is dropped.
pub(crate) struct SmtpSink {
    state: Arc<State>,
    address: SocketAddr,
    certificate: String,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl SmtpSink {
    /// A server that accepts everything, in plain text.
    pub(crate) fn start() -> Self {
        Self::start_with(Encryption::None, None)
    }

    /// A server with this encryption. `auth`: the mechanisms that it offers, such as `PLAIN LOGIN`, the name and the
    /// password. Its certificate is for `localhost` and `127.0.0.1`, and signed by itself.
    pub(crate) fn start_with(encryption: Encryption, auth: Option<(&'static str, &'static str, &'static str)>) -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a server's certificate");
        let state = Arc::new(State {
            encryption,
            auth,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            rules: Mutex::default(),
            received: Mutex::default(),
            lines: Mutex::default(),
            open: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
            delay: Mutex::default(),
        });
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener without blocking");
        let address = listener.local_addr().expect("its address");
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    () = accept(listener, shared) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { state, address, certificate: made.cert.pem(), stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate in PEM form, for `SMTP_CA_FILE`.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// From now on, at this step, if the client's line contains the text, the server does this, so many times.
    pub(crate) fn on(&self, step: Step, containing: &str, act: Act, times: usize) {
        lock(&self.state.rules).push(Rule { step, containing: containing.to_owned(), act, times });
    }

    /// Forgets all rules.
    pub(crate) fn behave(&self) {
        lock(&self.state.rules).clear();
    }

    /// Makes each answer take this long.
    pub(crate) fn slow_down(&self, delay: Duration) {
        *lock(&self.state.delay) = delay;
    }

    /// The mails that arrived.
    pub(crate) fn mails(&self) -> Vec<Received> {
        lock(&self.state.received).iter().cloned().collect()
    }

    /// Waits until this many mails have arrived, for at most ten seconds.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Received> {
        let end = Instant::now() + Duration::from_secs(10);
        while self.mails().len() < count && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.mails()
    }

    pub(crate) fn forget(&self) {
        lock(&self.state.received).clear();
        lock(&self.state.lines).clear();
    }

    /// The lines that clients sent, without the mails and without what was sent for authentication.
    pub(crate) fn lines(&self) -> Vec<String> {
        lock(&self.state.lines).clone()
    }

    /// The most connections that were open at the same time, and how many there were.
    pub(crate) fn connections(&self) -> (usize, usize) {
        (self.state.most.load(Ordering::SeqCst), self.state.total.load(Ordering::SeqCst))
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let open = state.open.fetch_add(1, Ordering::SeqCst) + 1;
            state.most.fetch_max(open, Ordering::SeqCst);
            state.total.fetch_add(1, Ordering::SeqCst);
            // A connection that breaks off is what many tests want.
            let _ = serve(stream, &state).await;
            state.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn serve(stream: TcpStream, state: &State) -> std::io::Result<()> {
    if state.encryption == Encryption::Implicit {
        instead_of_handshake(state).await?;
        let stream = state.acceptor.accept(stream).await?;
        let mut talk = Talk::new(stream, state, true);
        return talk.run(true).await.map(drop);
    }
    let mut talk = Talk::new(stream, state, false);
    if talk.run(true).await? == Next::Encrypt {
        instead_of_handshake(state).await?;
        // What the client sent before TLS is not taken over.
        let stream = state.acceptor.accept(talk.stream.into_inner()).await?;
        Talk::new(stream, state, true).run(false).await?;
    }
    Ok(())
}

async fn instead_of_handshake(state: &State) -> std::io::Result<()> {
    match take_rule(state, Step::Handshake, "") {
        None => Ok(()),
        Some(Act::Stall) => std::future::pending().await,
        Some(_) => Err(std::io::ErrorKind::ConnectionAborted.into()),
    }
}

/// What a rule says about a step.
fn take_rule(state: &State, step: Step, line: &str) -> Option<Act> {
    let mut rules = lock(&state.rules);
    let is_it = |rule: &&mut Rule| rule.step == step && rule.times > 0 && line.contains(&rule.containing);
    let rule = rules.iter_mut().find(is_it)?;
    rule.times -= 1;
    Some(rule.act.clone())
}

#[derive(PartialEq, Eq)]
enum Next {
    Encrypt,
    Closed,
}

/// One conversation.
struct Talk<'a, S> {
    stream: BufReader<S>,
    state: &'a State,
    is_encrypted: bool,
    login: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Talk<'a, S> {
    fn new(stream: S, state: &'a State, is_encrypted: bool) -> Self {
        Self { stream: BufReader::new(stream), state, is_encrypted, login: None, from: None, to: Vec::new() }
    }

    async fn write(&mut self, bytes: &str) -> std::io::Result<()> {
        let delay = *lock(&self.state.delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        self.stream.get_mut().write_all(bytes.as_bytes()).await?;
        self.stream.get_mut().flush().await
    }

    fn rule(&self, step: Step, line: &str) -> Option<Act> {
        take_rule(self.state, step, line)
    }

    /// Answers a step, by a rule or by this line. Whether the step was accepted.
    async fn answer(&mut self, step: Step, line: &str, accepted: &str) -> std::io::Result<bool> {
        match self.rule(step, line) {
            None => self.write(&format!("{accepted}\r\n")).await.map(|()| true),
            Some(Act::Say(text)) => {
                self.write(&format!("{text}\r\n")).await?;
                Ok(text.starts_with(['2', '3']))
            }
            Some(Act::Raw(bytes)) => self.write(bytes).await.map(|()| true),
            Some(Act::After(time)) => {
                tokio::time::sleep(time).await;
                self.write(&format!("{accepted}\r\n")).await.map(|()| true)
            }
            Some(Act::Stall) => std::future::pending().await,
            Some(Act::Drop) => Err(std::io::ErrorKind::ConnectionAborted.into()),
        }
    }

    async fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        // No client of ours sends a longer line.
        let count = (&mut self.stream).take(4096).read_until(b'\n', &mut line).await?;
        let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
        Ok((count > 0).then_some(text))
    }

    async fn run(&mut self, greets: bool) -> std::io::Result<Next> {
        if greets && !self.answer(Step::Greeting, "", "220 sink.test ESMTP").await? {
            return Ok(Next::Closed);
        }
        while let Some(line) = self.line().await? {
            let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            if word != "AUTH" {
                lock(&self.state.lines).push(line.clone());
            }
            match word.as_str() {
                "EHLO" | "HELO" => {
                    let mut offers = vec!["250-sink.test", "250-8BITMIME"];
                    if self.state.encryption == Encryption::StartTls && !self.is_encrypted {
                        offers.push("250-STARTTLS");
                    }
                    let auth = self.state.auth.map(|(mechanisms, ..)| format!("250-AUTH {mechanisms}"));
                    offers.extend(auth.as_deref());
                    offers.push("250 ENHANCEDSTATUSCODES");
                    self.answer(Step::Ehlo, &line, &offers.join("\r\n")).await?;
                }
                "STARTTLS" => {
                    if self.answer(Step::StartTls, &line, "220 2.0.0 go ahead").await? {
                        return Ok(Next::Encrypt);
                    }
                }
                "AUTH" => self.authenticate(&line).await?,
                "MAIL" => {
                    let must_login = self.state.auth.is_some() && self.login.is_none();
                    if must_login {
                        self.write("530 5.7.0 authentication required\r\n").await?;
                    } else if self.answer(Step::Mail, &line, "250 2.1.0 ok").await? {
                        self.from = Some(address(&line));
                        self.to.clear();
                    }
                }
                "RCPT" => {
                    if self.answer(Step::Rcpt, &line, "250 2.1.5 ok").await? {
                        self.to.push(address(&line));
                    }
                }
                "DATA" if self.to.is_empty() => self.write("503 5.5.1 no recipient\r\n").await?,
                "DATA" => {
                    if self.answer(Step::Data, &line, "354 go ahead").await? {
                        match self.rule(Step::Body, "") {
                            Some(Act::Stall) => return std::future::pending().await,
                            Some(_) => return Err(std::io::ErrorKind::ConnectionAborted.into()),
                            None => self.receive().await?,
                        }
                    }
                }
                "RSET" => {
                    self.from = None;
                    self.to.clear();
                    self.answer(Step::Reset, &line, "250 2.0.0 ok").await?;
                }
                "NOOP" => self.write("250 2.0.0 ok\r\n").await?,
                "QUIT" => {
                    self.write("221 2.0.0 bye\r\n").await?;
                    return Ok(Next::Closed);
                }
                _ => self.write("500 5.5.2 unknown\r\n").await?,
            }
        }
        Ok(Next::Closed)
    }

    async fn authenticate(&mut self, line: &str) -> std::io::Result<()> {
        let (_, user, password) = self.state.auth.unwrap_or_default();
        let mut words = line.split(' ').skip(1);
        let given = match (words.next(), words.next()) {
            (Some("PLAIN"), Some(word)) => decoded(word).split('\0').skip(1).map(str::to_owned).collect(),
            (Some("LOGIN"), _) => {
                let mut given = Vec::new();
                for question in ["Username:", "Password:"] {
                    self.write(&format!("334 {}\r\n", STANDARD.encode(question))).await?;
                    given.push(decoded(&self.line().await?.unwrap_or_default()));
                }
                given
            }
            _ => Vec::new(),
        };
        if given != [user, password] {
            return self.write("535 5.7.8 wrong name or password\r\n").await;
        }
        if self.answer(Step::Auth, "", "235 2.7.0 welcome").await? {
            self.login = Some(user.to_owned());
        }
        Ok(())
    }

    /// Reads the mail up to its end, a line with a dot alone.
    async fn receive(&mut self) -> std::io::Result<()> {
        let mut data = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                return Ok(());
            }
            // Only CRLF ends a line (RFC 5321 section 2.3.8).
            while !line.ends_with(b"\r\n") {
                if self.stream.read_until(b'\n', &mut line).await? == 0 {
                    return Ok(());
                }
            }
            if line == b".\r\n" {
                break;
            }
            data.extend_from_slice(if line.starts_with(b".") { &line[1..] } else { &line });
        }
        let mail = Received {
            from: self.from.take().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            data,
            login: self.login.clone(),
            was_encrypted: self.is_encrypted,
        };
        // A server that has stored a mail and whose answer is lost has it nevertheless. The mail is there before the
        // client can know.
        let refuses = |rule: &Rule| {
            rule.step == Step::End && rule.times > 0 && matches!(rule.act, Act::Say(text) if !text.starts_with('2'))
        };
        if !lock(&self.state.rules).iter().any(refuses) {
            lock(&self.state.received).push_back(mail);
        }
        self.answer(Step::End, "", "250 2.0.0 stored").await.map(drop)
    }
}

/// The address in `MAIL FROM:<..>` and `RCPT TO:<..>`.
fn address(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(address, _)| address).to_owned()
}

fn decoded(word: &str) -> String {
    STANDARD.decode(word).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
