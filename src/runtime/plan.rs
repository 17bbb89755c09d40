//! Files that plans come from, each read by a thread of its own: a pipe or a slow disk keeps nobody waiting.

use std::path::PathBuf;

use tokio::sync::mpsc;

use super::export::placed;
use crate::app::{Reply, TaskId};
use crate::numbers::bytes_of;
use crate::plan::PlanSource;

/// Reads a file, and says what it says. A plan that was kept for another server than `server` is refused.
pub(super) fn read(task: TaskId, path: String, server: String, sender: mpsc::Sender<(TaskId, Reply)>) {
    std::thread::spawn(move || {
        let read = source(&path, &server);
        sender.blocking_send((task, Reply::PlanFile(Box::new(read)))).ok();
    });
}

fn source(path: &str, server: &str) -> Result<PlanSource, String> {
    if path == "-" {
        return Err("standard input is what you type: name a file".to_owned());
    }
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let path = placed(path, home.as_deref())?;
    let bytes = bytes_of(&path).map_err(|why| why.to_string())?;
    match PlanSource::read(&bytes).map_err(|why| why.to_string())? {
        PlanSource::Kept(plan) if plan.scope.base_url != server => {
            Err(format!("the plan was made for {}, and this is {server}", plan.scope.base_url))
        }
        source => Ok(source),
    }
}
