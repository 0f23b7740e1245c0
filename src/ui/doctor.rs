//! What `doctor` found, one line for each check.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Show, style};
use crate::engine::{Check, Diagnosis, Health};

impl Show for Diagnosis {
    const KIND: &'static str = "doctor";

    fn json(&self) -> Value {
        let check = |check: &Check| {
            json!({
                "name": check.name,
                "health": word(check.health),
                "message": check.message,
                "remedy": check.remedy,
            })
        };
        json!({
            "healthy": self.n(Health::Fail) == 0,
            "checks": self.checks.iter().map(check).collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for check in &self.checks {
            let health = match check.health {
                Health::Ok => style::good("ok  "),
                Health::Warn => style::warn("warn"),
                Health::Fail => style::error("fail"),
            };
            _ = writeln!(out, "{health}  {:<13}  {}", check.name, style::foreign(&check.message));
            if let Some(remedy) = &check.remedy {
                _ = writeln!(out, "      {} {}", style::hint("remedy:"), style::foreign(remedy));
            }
        }
        let (failed, warned) = (self.n(Health::Fail), self.n(Health::Warn));
        _ = match (failed, warned) {
            (0, 0) => writeln!(out, "\n{}", style::good("all is well")),
            _ => writeln!(out, "\n{}, {}", style::count(failed, "failure"), style::count(warned, "warning")),
        };
        out
    }
}

fn word(health: Health) -> &'static str {
    match health {
        Health::Ok => "ok",
        Health::Warn => "warn",
        Health::Fail => "fail",
    }
}
