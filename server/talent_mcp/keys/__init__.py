"""Keys that protect what is stored: a master key, and under it the data keys of each tenant."""
