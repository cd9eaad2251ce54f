// For start-up and memory: a server of the TypeScript SDK with one tool.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const server = new McpServer({ name: "typescript-hello", version: "1" });
const hello = { description: "Greet somebody.", inputSchema: { name: z.string() } };
server.registerTool("hello", hello, async ({ name }) => ({ content: [{ type: "text", text: `Hello ${name}` }] }));
await server.connect(new StdioServerTransport());
