"""Work after the commit (后台任务): jobs enqueued inside the transaction, reactions, heartbeats."""
