"""Proofs that the tables are the law: model checking, induction and conformance. Needs the extra `verify`."""
