import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSealedFile } from '@holdfast/sealed-config'
import type { Random } from '@holdfast/vault/ports'
import { z } from 'zod'

/** What the CLI of the same user reads to find and to be let in by the agent. */
export const AgentFile = z.object({
  address: z.string(),
  token: z.string().min(32),
  pid: z.number().int(),
  version: z.string(),
})
export type AgentFile = z.infer<typeof AgentFile>

/** Draws a new token for this start of the agent: 256 bits, good until the agent ends. */
export function drawToken(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url')
}

/**
 * Writes `agent.json` (0600, atomically) into the home. Disposing removes it, unless another agent wrote its own
 * there meanwhile.
 */
export async function publishAgentFile(home: string, content: AgentFile): Promise<AsyncDisposable> {
  const file = join(home, 'agent.json')
  await writeSealedFile(file, Buffer.from(`${JSON.stringify(content, null, 2)}\n`))
  return {
    async [Symbol.asyncDispose]() {
      const found = await readToken(file)
      if (found === undefined || found === content.token) await rm(file, { force: true })
    },
  }
}

/** The token in the file; undefined when it is gone or is no agent.json, which nobody can use then. */
async function readToken(file: string): Promise<string | undefined> {
  try {
    return AgentFile.safeParse(JSON.parse(await readFile(file, 'utf8'))).data?.token
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  }
}
