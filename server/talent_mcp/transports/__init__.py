"""How a client reaches the server: stdio, or HTTP on the loopback interface (SSE and streamable HTTP)."""
