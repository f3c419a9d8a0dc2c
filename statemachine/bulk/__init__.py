"""Logs of any size: pieces → batches → a fold, side by side and in order; and what is kept and written of it."""
