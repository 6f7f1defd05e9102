//! The explanation: whether the user may do it, and the steps of the decision in the order of a request.

use serde::Serialize;
use serde_json::{Value, json};

use crate::resource::JsonShape;
use crate::service::RuleMatch;

/// Whether the user may do it, and why.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Explanation {
    pub(super) allowed: bool,
    /// The status of an otherwise valid request; null if a handler decides.
    pub(super) status: Option<u16>,
    /// The slug of the problem.
    pub(super) problem: Option<String>,
    /// The endpoint, `PATCH /projects/{id}`.
    pub(super) endpoint: String,
    pub(super) steps: Vec<Step>,
    /// Fields with a permission of their own.
    pub(super) fields: Vec<Field>,
}

/// One step of the decision.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Step {
    pub(super) check: Check,
    /// Null if it depends on the content of the request.
    pub(super) passed: Option<bool>,
    /// What is required.
    pub(super) rule: String,
    /// Why it was passed or not.
    pub(super) reasons: Vec<String>,
    /// The rules of a policy; one match is enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policy: Option<Vec<Rule>>,
}

/// What a step checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Check {
    /// A requirement of the endpoint.
    Requirement,
    /// Whether the caller can own rows.
    User,
    /// Whether the row exists.
    Row,
    /// Whether the row belongs to the caller.
    Owner,
    /// Whether a rule of the policy matches the row.
    Policy,
}

/// A rule of a policy.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Rule {
    name: &'static str,
    matches: Option<bool>,
}

/// A field with a permission of its own.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Field {
    pub(super) name: &'static str,
    /// `read` or `write`.
    pub(super) access: &'static str,
    pub(super) permission: &'static str,
    pub(super) held: bool,
}

impl Step {
    pub(super) fn new(check: Check, passed: bool, rule: impl Into<String>) -> Self {
        Self { check, passed: Some(passed), rule: rule.into(), reasons: Vec::new(), policy: None }
    }

    #[must_use]
    pub(super) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reasons.push(reason.into());
        self
    }
}

impl From<RuleMatch> for Rule {
    fn from(rule: RuleMatch) -> Self {
        Self { name: rule.name, matches: rule.matches }
    }
}

impl JsonShape for Explanation {
    fn shape() -> Value {
        let text = json!({"type": "string"});
        let perhaps = json!({"type": ["boolean", "null"]});
        json!({
            "type": "object",
            "required": ["allowed", "status", "problem", "endpoint", "steps", "fields"],
            "properties": {
                "allowed": {"type": "boolean"},
                "status": {
                    "description": "The HTTP status of an otherwise valid request; null if a handler decides.",
                    "type": ["integer", "null"],
                },
                "problem": {"description": "The slug of the problem if the request would be refused.", "type": ["string", "null"]},
                "endpoint": text,
                "steps": {
                    "description": "The steps of the decision, in the order in which a request passes them.",
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["check", "passed", "rule", "reasons"],
                        "properties": {
                            "check": {"enum": ["requirement", "user", "row", "owner", "policy"]},
                            "passed": {
                                "description": "Null if it depends on the content of the request.",
                                "type": ["boolean", "null"],
                            },
                            "rule": text,
                            "reasons": {"type": "array", "items": text},
                            "policy": {
                                "description": "The rules of the policy; one match is enough.",
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "required": ["name", "matches"],
                                    "properties": {"name": text, "matches": perhaps},
                                },
                            },
                        },
                    },
                },
                "fields": {
                    "description": "Fields that require a permission of their own.",
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name", "access", "permission", "held"],
                        "properties": {
                            "name": text,
                            "access": {"enum": ["read", "write"]},
                            "permission": text,
                            "held": {"type": "boolean"},
                        },
                    },
                },
            },
        })
    }
}
