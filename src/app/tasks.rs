//! Who asked for which work: a reply finds its owner by its task, wherever that is by now.

use std::collections::BTreeMap;

use super::TaskId;
use crate::api::RequestId;
use crate::phone::{NumberId, Secret};
use crate::write::Intent;

/// Names a screen or an overlay for as long as it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LayerId(pub(super) u64);

/// Who waits for the replies of a task.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Owner {
    /// The owned numbers.
    Owned,
    /// The numbers on sale.
    Inventory,
    Endpoints,
    /// The detail of a number.
    Detail(NumberId),
    /// What undoing a change needs.
    Undo(UndoOf),
    /// What undoing a run needs.
    UndoRun,
    /// A write in doubt that is looked at, or whose screen was left: what becomes of it is told.
    Doubt(Box<Intent>),
    /// Whoever wrote the screen to a file.
    Dump,
    /// The rest of the list that was read last.
    Kept,
    /// The labels of the owned numbers.
    Labels,
    /// Whoever copied something.
    Copy(Box<Copying>),
    /// A screen or an overlay.
    Layer(LayerId),
}

/// Something that is being copied.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Copying {
    /// What it is called.
    pub(super) what: String,
    pub(super) text: Secret,
    pub(super) is_password: bool,
}

/// What is to be put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UndoOf {
    /// The last change of a number.
    Number,
    /// What an entry of the ledger did.
    Entry(RequestId),
}

/// The work under way, in the order in which it was asked for.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    last: u64,
    owners: BTreeMap<TaskId, Owner>,
}

impl Tasks {
    /// A new task of `owner`.
    pub(super) fn begin(&mut self, owner: Owner) -> TaskId {
        self.last += 1;
        let task = TaskId(self.last);
        self.owners.insert(task, owner);
        task
    }

    /// Who waits for it. `None`: nobody does any more.
    pub(super) fn owner(&self, task: TaskId) -> Option<&Owner> {
        self.owners.get(&task)
    }

    /// Its replies go to somebody else from now on.
    pub(super) fn give(&mut self, task: TaskId, owner: Owner) {
        self.owners.insert(task, owner);
    }

    /// It is over, or nobody waits any more.
    pub(super) fn end(&mut self, task: TaskId) {
        self.owners.remove(&task);
    }

    /// What a screen or an overlay waits for.
    pub(super) fn of_layer(&self, layer: LayerId) -> Vec<TaskId> {
        let of = |owner: &Owner| *owner == Owner::Layer(layer);
        self.owners.iter().filter(|(_, owner)| of(owner)).map(|(task, _)| *task).collect()
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (TaskId, &Owner)> {
        self.owners.iter().map(|(task, owner)| (*task, owner))
    }

    /// Whether a write in doubt is looked at.
    pub(super) fn looks(&self) -> bool {
        self.owners.values().any(|owner| matches!(owner, Owner::Doubt(_)))
    }

    /// Whether something is waited for that takes its time.
    pub(super) fn is_busy(&self) -> bool {
        self.owners.values().any(|owner| !matches!(owner, Owner::Copy(_)))
    }
}
