//! The state of one remote value.

use jiff::Timestamp;

use super::TaskId;
use crate::api::Error;

/// A value that is read from the server. Old data stays visible while it is read again, and after
/// a failure; a late reply changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Remote<T> {
    /// Not asked for.
    Idle,
    /// Asked for, with what was known before.
    Loading {
        /// The task whose reply is awaited.
        task: TaskId,
        /// What was known before.
        stale: Option<T>,
    },
    /// Known.
    Ready {
        value: T,
        /// When it was read.
        at: Timestamp,
    },
    /// Could not be read.
    Failed {
        /// Why.
        error: Error,
        /// What was known before.
        stale: Option<T>,
    },
}

impl<T> Remote<T> {
    /// Starts to wait for `task`; returns the task that it replaces, to be cancelled.
    pub fn start(&mut self, task: TaskId) -> Option<TaskId> {
        let replaced = match self {
            Self::Loading { task, .. } => Some(*task),
            _ => None,
        };
        let stale = match std::mem::replace(self, Self::Idle) {
            Self::Ready { value, .. } => Some(value),
            Self::Loading { stale, .. } | Self::Failed { stale, .. } => stale,
            Self::Idle => None,
        };
        *self = Self::Loading { task, stale };
        replaced
    }

    /// Takes a result from the task that is waited for. A late or foreign reply changes nothing
    /// and returns false.
    pub fn finish(&mut self, task: TaskId, result: Result<T, Error>, at: Timestamp) -> bool {
        match self {
            Self::Loading { task: awaited, stale } if *awaited == task => {
                let stale = stale.take();
                *self = match result {
                    Ok(value) => Self::Ready { value, at },
                    Err(error) => Self::Failed { error, stale },
                };
                true
            }
            _ => false,
        }
    }

    /// Stops waiting; what was known stays. Returns the task to be cancelled.
    pub fn stop(&mut self, at: Timestamp) -> Option<TaskId> {
        match self {
            Self::Loading { task, stale } => {
                let task = *task;
                *self = match stale.take() {
                    Some(value) => Self::Ready { value, at },
                    None => Self::Idle,
                };
                Some(task)
            }
            _ => None,
        }
    }

    /// The value, however old.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Ready { value, .. } => Some(value),
            Self::Loading { stale, .. } | Self::Failed { stale, .. } => stale.as_ref(),
            Self::Idle => None,
        }
    }

    /// The value, to be changed in place.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Ready { value, .. } => Some(value),
            Self::Loading { stale, .. } | Self::Failed { stale, .. } => stale.as_mut(),
            Self::Idle => None,
        }
    }

    /// Why the last read failed, if it did.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Failed { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Whether a reply is awaited.
    pub fn is_loading(&self) -> bool {
        matches!(self, Self::Loading { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorKind;

    fn failure() -> Error {
        Error::new(ErrorKind::Timeout, "slow")
    }

    #[test]
    fn a_late_reply_changes_nothing() {
        let mut remote: Remote<u8> = Remote::Idle;
        assert_eq!(remote.start(TaskId(1)), None);
        assert_eq!(remote.start(TaskId(2)), Some(TaskId(1)), "the first one is to be cancelled");
        assert!(!remote.finish(TaskId(1), Ok(1), Timestamp::UNIX_EPOCH));
        assert!(remote.finish(TaskId(2), Ok(2), Timestamp::UNIX_EPOCH));
        assert_eq!(remote.value(), Some(&2));
        assert!(!remote.finish(TaskId(2), Ok(3), Timestamp::UNIX_EPOCH));
        assert_eq!(remote.value(), Some(&2));
    }

    #[test]
    fn a_failure_keeps_what_was_known() {
        let mut remote = Remote::Ready { value: 7, at: Timestamp::UNIX_EPOCH };
        remote.start(TaskId(1));
        assert_eq!(remote.value(), Some(&7));
        remote.finish(TaskId(1), Err(failure()), Timestamp::UNIX_EPOCH);
        assert_eq!(remote.value(), Some(&7));
        assert_eq!(remote.error(), Some(&failure()));
    }
}
