// What a driver is asked to do arrives as one JSON argument; what it saw leaves as the last line of its output.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const errand = JSON.parse(process.argv[2]);

export function installedVersion(name) {
  const path = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(fileURLToPath(path), "utf8")).version;
}

export async function runErrand(client) {
  const tools = (await client.listTools()).tools.map((tool) => tool.name);
  const calls = {};
  for (const [name, args] of Object.entries(errand.calls)) {
    const result = await client.callTool({ name, arguments: args });
    const text = result.content[0].text;
    calls[name] = result.isError ? { error: text } : { result: result.structuredContent, text };
  }
  const { contents } = await client.readResource({ uri: errand.resource });
  const { messages } = await client.getPrompt(errand.prompt);
  return { tools, calls, resource: contents[0].text, prompt: messages[0].content.text };
}

export function report(seen) {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}
