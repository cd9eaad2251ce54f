// The Inspector's command line: every request is a process of its own, as a person would type it.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { errand, installedVersion, report } from "./errand.mjs";

const PACKAGE = "@modelcontextprotocol/inspector";
const INSPECTOR = fileURLToPath(new URL(`../node_modules/${PACKAGE}/clients/launcher/build/index.js`, import.meta.url));
const run = promisify(execFile);

const server =
  errand.transport === "stdio"
    ? [...Object.entries(errand.environment).flatMap(([name, value]) => ["-e", `${name}=${value}`]), ...errand.command]
    : ["--transport", errand.transport, "--server-url", errand.url];

async function ask(method, ...options) {
  const fixed = ["--cli", "--quiet", "--format", "json", "--protocol-era", errand.era];
  const { stdout } = await run(process.execPath, [INSPECTOR, ...fixed, ...server, "--method", method, ...options]);
  return JSON.parse(stdout).result;
}

const { protocolVersion } = await ask("initialize");
const { tools } = await ask("tools/list", "--strict");
const calls = {};
for (const [name, args] of Object.entries(errand.calls)) {
  const result = await ask("tools/call", "--tool-name", name, "--tool-args-json", JSON.stringify(args));
  calls[name] = { result: result.structuredContent, text: result.content[0].text };
}
const { contents } = await ask("resources/read", "--uri", errand.resource);
const pairs = Object.entries(errand.prompt.arguments).map(([name, value]) => `${name}=${value}`);
const { messages } = await ask("prompts/get", "--prompt-name", errand.prompt.name, "--prompt-args", ...pairs);
report({
  version: installedVersion(PACKAGE),
  protocol: protocolVersion,
  tools: tools.map((tool) => tool.name),
  calls,
  resource: contents[0].text,
  prompt: messages[0].content.text,
});
