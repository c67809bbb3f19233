import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";

// Node.js 18, which is Debian 12's, has it but under no global name.
globalThis.crypto ??= webcrypto;

// A test that hangs is told so by the end of this program.
setTimeout(() => process.exit(1), 60_000).unref();

export const configured = JSON.parse(process.argv[2]);

/** Carries out one command a line; what the library throws is told in the words of `refusal`. */
export async function obey(commands, refusal) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { command, ...given } = JSON.parse(line);
    let answer;
    try {
      answer = await commands[command](given);
    } catch (error) {
      answer = { refused: { thrown: error.name, ...(await refusal(error)) } };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}
