import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppRouter } from '@holdfast/api'
import { ERRORS, type ErrorCode, HoldfastError } from '@holdfast/domain'
import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client'
import { z } from 'zod'
import type { Settings } from '../settings.ts'

const AgentFile = z.object({ address: z.url(), token: z.string() })
const ErrorData = z.object({ code: z.string(), next: z.string() })

export type AgentClient = ReturnType<typeof createTRPCClient<AppRouter>>

/**
 * Calls the agent of this home, found by its `agent.json`. AGENT_UNREACHABLE when none runs; what the agent refuses
 * comes as the HoldfastError it threw.
 */
export async function callAgent<T>(settings: Settings, work: (agent: AgentClient) => Promise<T>): Promise<T> {
  const { address, token } = await findAgent(settings)
  const agent = createTRPCClient<AppRouter>({
    links: [
      httpLink({ url: new URL('/api/trpc', address).href, headers: { authorization: `Bearer ${token}` } }),
    ],
  })
  try {
    return await work(agent)
  } catch (error) {
    throw asHoldfastError(error, address)
  }
}

/** The text behind a link that the agent gave, `/api/download/…`. AGENT_UNREACHABLE when it does not answer with it. */
export async function fetchFromAgent(settings: Settings, path: string): Promise<Uint8Array> {
  const { address, token } = await findAgent(settings)
  try {
    const answer = await fetch(new URL(path, address), {
      headers: { authorization: `Bearer ${token}` },
      signal: settings.signal,
    })
    if (!answer.ok) throw new Error(`it answered ${answer.status}`)
    return new Uint8Array(await answer.arrayBuffer())
  } catch (cause) {
    settings.signal.throwIfAborted()
    throw new HoldfastError('AGENT_UNREACHABLE', `The agent at ${address} does not answer.`, { cause })
  }
}

async function findAgent(settings: Settings): Promise<z.infer<typeof AgentFile>> {
  const file = join(settings.home, 'agent.json')
  try {
    return AgentFile.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    throw new HoldfastError('AGENT_UNREACHABLE', `No agent runs for ${settings.home}.`, { cause: error })
  }
}

function asHoldfastError(error: unknown, address: string): unknown {
  if (!(error instanceof TRPCClientError)) return error
  const { success, data } = ErrorData.safeParse(error.data)
  if (success && isErrorCode(data.code))
    return new HoldfastError(data.code, error.message, { cause: error, next: data.next })
  if (error.cause?.name === 'AbortError') return error.cause
  return new HoldfastError('AGENT_UNREACHABLE', `The agent at ${address} does not answer.`, { cause: error })
}

function isErrorCode(code: string): code is ErrorCode {
  return code in ERRORS
}
