"""Documents: YAML and JSON text into documents that know their lines. Pure: text in, data and diagnostics out."""
