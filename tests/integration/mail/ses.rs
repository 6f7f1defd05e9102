//! The HTTPS API of Amazon SES: a server that computes each signature again, and its errors.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use resourceful::SecretText;
use resourceful::mail::{EmailProvider, EmailSettings, Mailer, SesSettings};
use resourceful::serde_json::{self, Value};

use super::{hello, mail_settings, mailer_with, run};

const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// An answer: status, `x-amzn-ErrorType`, body.
type Answer = (u16, &'static str, &'static str);

#[derive(Default)]
struct State {
    answers: VecDeque<Answer>,
    /// Addresses that are rejected.
    rejected: Vec<&'static str>,
    /// An address whose requests are never answered.
    silent: Option<&'static str>,
    /// The session tokens of requests.
    tokens: Vec<String>,
    bodies: Vec<Value>,
    wrong: Vec<String>,
}

/// The API on a free local port.
struct Api {
    state: Arc<Mutex<State>>,
    port: u16,
}

impl Api {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Self { state, port }
    }

    fn settings(&self) -> SesSettings {
        let mut settings = SesSettings::new("eu-west-1");
        settings.endpoint = format!("http://127.0.0.1:{}", self.port);
        let key = |name: &str, value: &str| (name.to_owned(), SecretText(value.to_owned()));
        settings.credentials = vec![key("AWS_ACCESS_KEY_ID", KEY), key("AWS_SECRET_ACCESS_KEY", SECRET)];
        settings
    }

    fn mailer(&self) -> Mailer {
        mailer(self.settings())
    }

    fn answer(&self, answer: Answer) {
        self.state.lock().expect("the state").answers.push_back(answer);
    }

    fn bodies(&self) -> Vec<Value> {
        self.state.lock().expect("the state").bodies.clone()
    }

    fn wrong(&self) -> Vec<String> {
        self.state.lock().expect("the state").wrong.clone()
    }
}

fn mailer(settings: SesSettings) -> Mailer {
    mailer_with(EmailSettings { provider: EmailProvider::Ses(settings), ..mail_settings() })
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                break;
            }
            let (name, value) = line.split_once(':').expect("a header");
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let header =
            |name: &str| headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        let mut body = vec![0; header("content-length").parse().expect("a length")];
        reader.read_exact(&mut body).expect("a body");

        let mut state = state.lock().expect("the state");
        let (status, kind, answer) = match check(&first, &headers, &body) {
            Err(wrong) => {
                state.wrong.push(wrong);
                (403, "InvalidSignatureException", r#"{"message":"the signature does not match"}"#)
            }
            Ok(()) => {
                let body: Value = serde_json::from_slice(&body).expect("JSON");
                let to = body["Destination"]["ToAddresses"].to_string();
                let is_rejected = state.rejected.iter().any(|address| to.contains(address));
                state.tokens.push(header("x-amz-security-token").to_owned());
                // Only a request for this address alone.
                if state.silent.is_some_and(|address| to == format!("[\"{address}\"]")) {
                    state.bodies.push(body);
                    drop(state);
                    std::thread::sleep(std::time::Duration::from_secs(30));
                    return;
                }
                state.bodies.push(body);
                if is_rejected {
                    (400, "MessageRejected:http://internal.amazon.com/x/", r#"{"message":"Address is suppressed"}"#)
                } else {
                    state.answers.pop_front().unwrap_or((200, "", r#"{"MessageId":"0100-x"}"#))
                }
            }
        };
        drop(state);
        let kind = if kind.is_empty() { String::new() } else { format!("x-amzn-ErrorType: {kind}\r\n") };
        let length = answer.len();
        let text = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{kind}content-length: {length}\r\n\r\n{answer}"
        );
        if reader.get_mut().write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

/// Computes the signature of a request as AWS documents it (Signature Version 4), and compares.
fn check(first: &str, headers: &[(String, String)], body: &[u8]) -> Result<(), String> {
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    if first.trim() != "POST /v2/email/outbound-emails HTTP/1.1" || header("content-type") != "application/json" {
        return Err(format!("{first} {}", header("content-type")));
    }
    let given = header("authorization");
    let part = |name: &str| given.split([' ', ',']).find_map(|part| part.strip_prefix(name)).unwrap_or_default();
    let time = header("x-amz-date");
    let day = time.get(..8).ok_or("no date")?;
    let scope = format!("{day}/eu-west-1/ses/aws4_request");
    if part("Credential=") != format!("{KEY}/{scope}") {
        return Err(format!("the credential is {}", part("Credential=")));
    }
    let signed = part("SignedHeaders=");
    for needed in ["host", "content-type", "x-amz-date", "x-amz-content-sha256"] {
        if !signed.split(';').any(|name| name == needed) {
            return Err(format!("{needed} is not signed: {signed}"));
        }
    }
    let digest = hex(&crypto::sha256(body));
    if header("x-amz-content-sha256") != digest {
        return Err("the digest is of another body".to_owned());
    }
    let canonical: String = signed.split(';').map(|name| format!("{name}:{}\n", header(name))).collect();
    let request = format!("POST\n/v2/email/outbound-emails\n\n{canonical}\n{signed}\n{digest}");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&crypto::sha256(request.as_bytes())));
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for step in [day, "eu-west-1", "ses", "aws4_request"] {
        key = crypto::hmac_sha256(&key, step.as_bytes());
    }
    let expected = hex(&crypto::hmac_sha256(&key, text.as_bytes()));
    if part("Signature=") == expected { Ok(()) } else { Err(format!("{} is not {expected}", part("Signature="))) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

mod crypto {
    use aws_lc_rs::{digest, hmac};

    pub(super) fn sha256(bytes: &[u8]) -> Vec<u8> {
        digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
    }

    pub(super) fn hmac_sha256(key: &[u8], bytes: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes).as_ref().to_vec()
    }
}

#[test]
fn requests_are_signed_and_have_the_whole_mail() {
    let api = Api::start();
    let mut settings = api.settings();
    settings.configuration_set = Some("shop".to_owned());
    let mail = hello("ann@example.org").cc("bob@example.org").bcc("secret@example.org").subject("Größe");
    let sent = run(mailer(settings).send_now(&mail)).expect("accepted");
    assert_eq!(api.wrong(), Vec::<String>::new());
    let body = &api.bodies()[0];
    assert_eq!(body["FromEmailAddress"], "shop@example.com");
    assert_eq!(body["ConfigurationSetName"], "shop");
    assert_eq!(
        body["Destination"]["ToAddresses"],
        serde_json::json!(["ann@example.org", "bob@example.org", "secret@example.org"])
    );
    let raw = STANDARD.decode(body["Content"]["Raw"]["Data"].as_str().expect("data")).expect("base64");
    let read = mail_parser::MessageParser::default().parse(&raw).expect("a mail");
    assert_eq!((read.subject(), read.message_id()), (Some("Größe"), Some(sent.message_id())));
    assert!(!String::from_utf8_lossy(&raw).contains("secret"));
}

#[test]
fn a_wrong_secret_is_temporary() {
    let api = Api::start();
    let mut settings = api.settings();
    settings.credentials[1].1 = SecretText("another".to_owned());
    let error = run(mailer(settings).send_now(&hello("ann@example.org"))).expect_err("a wrong signature");
    assert!(!error.is_permanent() && error.reason().contains("403 InvalidSignatureException"), "{error}");
    assert_eq!((api.wrong().len(), api.bodies().len()), (1, 0));
}

#[test]
fn only_a_rejected_mail_is_final() {
    let api = Api::start();
    let table: &[(Answer, bool)] = &[
        ((400, "MessageRejected:http://x/", r#"{"message":"Email address is not verified"}"#), false),
        ((400, "MessageRejected:http://x/", r#"{"message":"Message contains a virus"}"#), true),
        ((400, "BadRequestException", r#"{"message":"no"}"#), true),
        ((400, "MailFromDomainNotVerifiedException", r#"{"message":"no"}"#), false),
        ((400, "AccountSuspendedException", r#"{"message":"no"}"#), false),
        ((403, "AccessDeniedException", r#"{"message":"no"}"#), false),
        ((429, "TooManyRequestsException", r#"{"message":"Maximum sending rate exceeded."}"#), false),
        ((500, "InternalFailure", ""), false),
        ((503, "", "<html>busy</html>"), false),
        ((302, "", ""), false),
    ];
    run(async {
        for (answer, is_permanent) in table {
            api.answer(*answer);
            let error = api.mailer().send_now(&hello("ann@example.org")).await.expect_err("an error");
            assert_eq!(error.is_permanent(), *is_permanent, "{answer:?}: {error}");
            assert!(error.reason().contains(&answer.0.to_string()), "{error}");
        }
        api.mailer().send_now(&hello("ann@example.org")).await.expect("accepted");
    });
    assert_eq!(api.wrong(), Vec::<String>::new());
}

/// SES takes a mail for all its recipients or for none.
#[test]
fn one_rejected_recipient_does_not_keep_the_others_from_getting_it() {
    let api = Api::start();
    api.state.lock().expect("the state").rejected.push("gone@example.org");
    let mail = hello("ann@example.org").cc("gone@example.org").cc("bob@example.org");
    let sent = run(api.mailer().send_now(&mail)).expect("two have it");
    assert_eq!(sent.refused().len(), 1);
    assert!(sent.refused()[0].address == "gone@example.org" && sent.refused()[0].is_permanent);
    let to: Vec<_> = api.bodies().iter().map(|body| body["Destination"]["ToAddresses"].to_string()).collect();
    assert_eq!(to[1..], [r#"["ann@example.org"]"#, r#"["gone@example.org"]"#, r#"["bob@example.org"]"#]);
}

/// Who has the mail must not get it again because somebody behind them takes too long.
#[test]
fn recipients_who_were_not_reached_in_time_are_refused_for_now() {
    let api = Api::start();
    {
        let mut state = api.state.lock().expect("the state");
        state.rejected.push("gone@example.org");
        state.silent = Some("slow@example.org");
    }
    let provider = EmailProvider::Ses(api.settings());
    let timeout = std::time::Duration::from_secs(3);
    let mailer = mailer_with(EmailSettings { provider, timeout, ..mail_settings() });
    let mail = hello("ann@example.org").cc("gone@example.org").cc("slow@example.org").cc("bob@example.org");
    let sent = run(mailer.send_now(&mail)).expect("one has it");
    let refused: Vec<_> = sent.refused().iter().map(|it| (it.address.as_str(), it.is_permanent)).collect();
    assert_eq!(refused, [("gone@example.org", true), ("slow@example.org", false), ("bob@example.org", false)]);
    assert_eq!(sent.remaining(), ["slow@example.org", "bob@example.org"]);
    let to: Vec<_> = api.bodies().iter().map(|body| body["Destination"]["ToAddresses"].to_string()).collect();
    assert!(!to[1..].iter().any(|to| to.contains("bob")), "{to:?}");
}

#[test]
fn temporary_credentials_go_with_their_session_token() {
    let api = Api::start();
    let mut settings = api.settings();
    settings.credentials.push(("AWS_SESSION_TOKEN".to_owned(), SecretText("a-session-token".to_owned())));
    run(mailer(settings).send_now(&hello("ann@example.org"))).expect("accepted");
    assert_eq!(api.wrong(), Vec::<String>::new());
    assert_eq!(api.state.lock().expect("the state").tokens, ["a-session-token"]);
}

#[test]
fn an_api_that_is_not_there_is_temporary() {
    let api = Api::start();
    let mut settings = api.settings();
    settings.endpoint = {
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        format!("http://127.0.0.1:{}", free.local_addr().expect("its address").port())
    };
    let error = run(mailer(settings).send_now(&hello("ann@example.org"))).expect_err("nobody listens");
    assert!(!error.is_permanent() && error.reason().contains("did not answer"), "{error}");
}
