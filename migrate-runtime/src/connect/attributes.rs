//! `target_session_attrs`: what kind of server is wanted, and whether one is. It goes through no hosts.

use std::fmt;
use std::pin::pin;

use futures_util::future::{Either, select};
use tokio_postgres::{Error, SimpleQueryMessage};

use super::ConnectError;
use super::Connected;
use super::parse::Parameters;

/// What kind of server is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attributes {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

impl Attributes {
    const ALL: [(&str, Self); 6] = [
        ("any", Self::Any),
        ("read-write", Self::ReadWrite),
        ("read-only", Self::ReadOnly),
        ("primary", Self::Primary),
        ("standby", Self::Standby),
        ("prefer-standby", Self::PreferStandby),
    ];

    pub(super) fn take(parameters: &mut Parameters) -> Result<Self, ConnectError> {
        Ok(parameters.choice("target_session_attrs", &Self::ALL)?.unwrap_or(Self::Any))
    }

    /// What the hosts are asked for, once through all of them each.
    pub(super) fn passes(self) -> &'static [Self] {
        match self {
            Self::Any => &[Self::Any],
            Self::ReadWrite => &[Self::ReadWrite],
            Self::ReadOnly => &[Self::ReadOnly],
            Self::Primary => &[Self::Primary],
            Self::Standby => &[Self::Standby],
            Self::PreferStandby => &[Self::Standby, Self::Any],
        }
    }

    /// What the server is asked, what it has to answer, and what it is otherwise.
    fn question(self) -> Option<(&'static str, &'static str, &'static str)> {
        const READ_ONLY: &str = "SHOW transaction_read_only";
        const IN_RECOVERY: &str = "SELECT pg_catalog.pg_is_in_recovery()";
        match self {
            Self::Any | Self::PreferStandby => None,
            Self::ReadWrite => Some((READ_ONLY, "off", "takes no writes")),
            Self::ReadOnly => Some((READ_ONLY, "on", "takes writes")),
            Self::Primary => Some((IN_RECOVERY, "f", "is a standby")),
            Self::Standby => Some((IN_RECOVERY, "t", "is not a standby")),
        }
    }

    /// What is wrong with a server that is another one than wanted. An error ends the attempt.
    pub(super) async fn refuse(self, connected: &mut Connected) -> Result<Option<&'static str>, Error> {
        let Some((question, wanted, otherwise)) = self.question() else {
            return Ok(None);
        };
        let asking = pin!(connected.client.simple_query(question));
        let answer = match select(asking, &mut connected.connection).await {
            Either::Left((answer, _)) => answer?,
            // The client finds that its connection is gone.
            Either::Right(((), asking)) => asking.await?,
        };
        let is_wanted = answer.iter().any(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0) == Some(wanted),
            _ => false,
        });
        Ok((!is_wanted).then_some(otherwise))
    }
}

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL[*self as usize].0)
    }
}
