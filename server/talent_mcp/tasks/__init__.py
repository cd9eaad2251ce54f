"""Calls that outlive their request: the extension io.modelcontextprotocol/tasks (SEP-2663), durable in the store."""
