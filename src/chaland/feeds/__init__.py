"""Stock as other systems tell it: files, batches, quarantine and reconciliation."""
