"""Engines: who drives the stages. An engine moves records between a log and the stages and never coalesces by itself."""
