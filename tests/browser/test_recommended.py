"""What we recommend, with the real SDKs: random visits keep the law, and `check` finds nothing in what they send."""
