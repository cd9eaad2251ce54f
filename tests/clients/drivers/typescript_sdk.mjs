// The TypeScript SDK of the 2025 protocols, on which most hosts are built.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { errand, installedVersion, report, runErrand } from "./errand.mjs";

const { command, environment, transport: kind, url } = errand;
const transport =
  kind === "stdio"
    ? new StdioClientTransport({ command: command[0], args: command.slice(1), env: environment, stderr: "ignore" })
    : new (kind === "sse" ? SSEClientTransport : StreamableHTTPClientTransport)(new URL(url));

let protocol = null;
const told = transport.setProtocolVersion?.bind(transport);
transport.setProtocolVersion = (version) => {
  protocol = version;
  told?.(version);
};

const client = new Client({ name: "typescript-sdk", version: "1" });
await client.connect(transport);
const seen = await runErrand(client);
await client.close();
report({ version: installedVersion("@modelcontextprotocol/sdk"), protocol, ...seen });
