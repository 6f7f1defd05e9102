//! Servers in the process of a test that take reports: a collector of OpenTelemetry (OTLP/HTTP), and Sentry (envelopes).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use resourceful::serde_json::{Value, from_slice, json};

/// How a server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Takes,
    /// Answers the first request with 503, and takes the others.
    BusyOnce,
    /// Answers every request with 500.
    Fails,
    /// Takes requests and never answers.
    Stalls,
}

/// What arrived.
#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) path: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

/// A server that takes reports, for as long as the test runs.
pub(super) struct Receiver {
    pub(super) address: String,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    pub(super) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let got = Arc::<Mutex<Vec<Got>>>::default();
        let all = got.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let got = all.clone();
                std::thread::spawn(move || serve(stream, manner, &got));
            }
        });
        Self { address, got }
    }

    pub(super) fn got(&self) -> Vec<Got> {
        self.got.lock().expect("no panic").clone()
    }

    /// Waits until what arrived has something that this finds.
    #[track_caller]
    pub(super) fn wait_for<T>(&self, find: impl Fn(&[Got]) -> Option<T>) -> T {
        for _ in 0..3_000 {
            if let Some(found) = find(&self.got()) {
                return found;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it never arrived; of {} requests the last is {:?}", self.got().len(), self.got().last());
    }

    /// Every byte that arrived, packed ones unpacked.
    pub(super) fn everything(&self) -> String {
        let all = self.got().into_iter().map(|got| {
            let headers: String = got.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            format!("{}\n{headers}\n{}\n", got.path, String::from_utf8_lossy(&unpacked(&got)))
        });
        all.collect()
    }
}

/// Takes the requests of one connection.
fn serve(stream: TcpStream, manner: Manner, all: &Mutex<Vec<Got>>) {
    let mut reader = BufReader::new(stream);
    while let Some(got) = read(&mut reader) {
        let is_trace = got.path == "/v1/traces";
        let is_first = {
            let mut all = all.lock().expect("no panic");
            all.push(got);
            all.len() == 1
        };
        let status = match manner {
            Manner::Takes => "200 OK",
            Manner::BusyOnce if is_first => "503 Service Unavailable",
            Manner::BusyOnce => "200 OK",
            Manner::Fails => "500 Internal Server Error",
            Manner::Stalls => {
                std::thread::sleep(Duration::from_secs(120));
                return;
            }
        };
        let body = if is_trace { ExportTraceServiceResponse::default().encode_to_vec() } else { b"{}".to_vec() };
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
        if reader.get_mut().write_all(&[head.as_bytes(), &body].concat()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Got> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut got = Got { path, headers, body: Vec::new() };
    let length = got.header("content-length").parse().unwrap_or_default();
    got.body = vec![0; length];
    reader.read_exact(&mut got.body).ok()?;
    Some(got)
}

fn unpacked(got: &Got) -> Vec<u8> {
    if got.header("content-encoding") != "gzip" {
        return got.body.clone();
    }
    let mut body = Vec::new();
    GzDecoder::new(got.body.as_slice()).read_to_end(&mut body).expect("a packed body");
    body
}

/// The spans of a collector, with the attributes of who sent them.
pub(super) fn spans(all: &[Got]) -> Vec<(Span, Vec<KeyValue>)> {
    let decode = |got: &Got| ExportTraceServiceRequest::decode(got.body.as_slice()).expect("protobuf");
    let of_sender = all.iter().map(decode).flat_map(|request| request.resource_spans);
    let spans = of_sender.flat_map(|sender| {
        let resource = sender.resource.map(|resource| resource.attributes).unwrap_or_default();
        let spans = sender.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.map(move |span| (span, resource.clone())).collect::<Vec<_>>()
    });
    spans.collect()
}

/// The value of an attribute.
pub(super) fn value(attributes: &[KeyValue], name: &str) -> Value {
    let found = attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|attribute| attribute.value.clone()) {
        Some(AnyValue { value: Some(Any::StringValue(text)) }) => json!(text),
        Some(AnyValue { value: Some(Any::IntValue(number)) }) => json!(number),
        Some(AnyValue { value: Some(Any::DoubleValue(number)) }) => json!(number),
        Some(AnyValue { value: Some(Any::BoolValue(is)) }) => json!(is),
        _ => Value::Null,
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The events in the envelopes that Sentry got: a line of JSON for the envelope, one for each item, and its content, which is
/// as long as the line says.
pub(super) fn events(all: &[Got]) -> Vec<Value> {
    let mut events = Vec::new();
    for got in all {
        let body = unpacked(got);
        let (head, mut rest) = line(&body);
        assert!(from_slice::<Value>(head).is_ok_and(|head| head["event_id"].is_string()), "{got:?}");
        while !rest.is_empty() {
            let (head, after) = line(rest);
            let head: Value = from_slice(head).expect("the line of an item");
            let length = usize::try_from(head["length"].as_u64().expect("a length")).expect("a length");
            let (content, after) = after.split_at(length);
            if head["type"] == "event" {
                events.push(from_slice(content).expect("an event"));
            }
            rest = after.strip_prefix(b"\n").unwrap_or(after);
        }
    }
    events
}

fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}
