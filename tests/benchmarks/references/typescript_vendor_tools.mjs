// For calls: a server of the TypeScript SDK whose tools make the same vendor requests as the bare server's.
// Arguments: the vendors' origin, and a port for streamable HTTP or nothing.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";

const [origin, port] = process.argv.slice(2);
const keys = {
  ocean: { "x-api-token": "sandbox-ocean" },
  stardex: { Authorization: "Bearer sandbox-stardex" },
  jarvi: { "X-API-KEY": "sandbox-jarvi" },
};
const body = z.record(z.string(), z.unknown());

// Node's own fetch opens as many connections as there are requests, and keeps them.
async function sent(method, vendor, path, json) {
  const headers = { ...keys[vendor], ...(json && { "Content-Type": "application/json" }) };
  const response = await fetch(`${origin}/${vendor}${path}`, { method, headers, body: json && JSON.stringify(json) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return await response.json();
}

function result(answer) {
  return { content: [{ type: "text", text: JSON.stringify(answer) }], structuredContent: answer };
}

function vendorTools() {
  const server = new McpServer({ name: "typescript-vendor-tools", version: "1" });
  const add = (name, description, inputSchema, act) =>
    server.registerTool(name, { description, inputSchema }, async (given) => result(await act(given)));
  add("search_people", "Search people in Ocean.io.", { body }, (given) =>
    sent("POST", "ocean", "/v3/search/people", given.body),
  );
  add("enrich_person", "Enrich a person in Ocean.io.", { body }, (given) =>
    sent("POST", "ocean", "/v2/enrich/person", given.body),
  );
  add("update_stardex_person", "Read a person in Stardex, change it, and read it again.", { person_id: z.string(), body }, async (given) => {
    const path = `/v1/persons/${given.person_id}`;
    await sent("GET", "stardex", path);
    await sent("PATCH", "stardex", path, given.body);
    return await sent("GET", "stardex", path);
  });
  add("upsert_jarvi_profile", "Look for a profile in Jarvi, save it, and read it again.", { body }, async (given) => {
    await sent("GET", "jarvi", "/rest/v2/profiles?limit=1");
    await sent("POST", "jarvi", "/rest/v2/profiles", given.body);
    return await sent("GET", "jarvi", "/rest/v2/profiles?limit=1");
  });
  return server;
}

// A session has a server of its own, as in the SDK's examples.
const sessions = new Map();

async function transportOf(request) {
  const known = sessions.get(request.headers["mcp-session-id"]);
  if (known) return known;
  const opened = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => sessions.set(id, opened),
  });
  await vendorTools().connect(opened);
  return opened;
}

if (port) {
  createServer(async (request, response) => {
    await (await transportOf(request)).handleRequest(request, response);
  }).listen(Number(port), "127.0.0.1", 2048);
} else {
  await vendorTools().connect(new StdioServerTransport());
}
