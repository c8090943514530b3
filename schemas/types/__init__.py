"""Messages and scalars that several kinds share, one idea a file. Pure models; no rules between objects."""
