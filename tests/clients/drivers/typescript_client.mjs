// The TypeScript client of protocol 2026-07-28, which also speaks the older ones.
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { errand, installedVersion, report, runErrand } from "./errand.mjs";

const { command, environment, era, transport: kind, url } = errand;
const transport =
  kind === "stdio"
    ? new StdioClientTransport({ command: command[0], args: command.slice(1), env: environment, stderr: "ignore" })
    : new (kind === "sse" ? SSEClientTransport : StreamableHTTPClientTransport)(new URL(url));

const mode = era === "modern" ? "auto" : "legacy";
const client = new Client({ name: "typescript-client", version: "1" }, { versionNegotiation: { mode } });
await client.connect(transport);
const protocol = client.getNegotiatedProtocolVersion();
const seen = await runErrand(client);
await client.close();
report({ version: installedVersion("@modelcontextprotocol/client"), protocol, ...seen });
