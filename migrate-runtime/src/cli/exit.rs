//! How a verb ends, as the process tells it.

use std::process::{ExitCode, Termination};

/// How a verb has ended: the exit code of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Exit {
    /// 0: it is done, or there was nothing to do.
    Done,
    /// 1: an error, which is printed.
    Error,
    /// 2: migrations are pending, where `status --exit-code` asked for that; or `up --rehearse` has left something out.
    Pending,
    /// 64: the command line cannot be understood (`EX_USAGE` of sysexits.h).
    Usage,
    /// 130: it was interrupted by Ctrl-C or SIGTERM.
    Interrupted,
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Pending => 2,
            Self::Usage => 64,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        self.into()
    }
}
