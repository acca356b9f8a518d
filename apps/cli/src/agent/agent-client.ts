import type { AppRouter } from '@holdfast/api'
import { stepUpLink } from '@holdfast/api/step-up-link'
import { ERRORS, type ErrorCode, HoldfastError, isHoldfastError, toHoldfastError } from '@holdfast/domain'
import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client'
import { z } from 'zod'
import { ReaderGone } from '../output.ts'
import type { Settings } from '../settings.ts'
import { findAgent } from './agent-address.ts'
import { confirmAtTerminal } from './confirm-at-terminal.ts'

const ErrorData = z.object({ code: z.string(), next: z.string() })

export type AgentClient = ReturnType<typeof createTRPCClient<AppRouter>>

/**
 * Calls the agent that commands speak to: `findAgent`. AGENT_UNREACHABLE when none runs, NOT_PAIRED; NOT_ALLOWED when
 * it shows another certificate than when this computer was paired. What the agent refuses comes as the HoldfastError it
 * threw.
 */
export async function callAgent<T>(settings: Settings, work: (agent: AgentClient) => Promise<T>): Promise<T> {
  const { address, headers } = await findAgent(settings)
  const plain = agentClient(address, headers)
  const confirm = () => plain((agent) => confirmAtTerminal(agent, settings.signal))
  return await agentClient(address, headers, { confirm })(work)
}

/**
 * Calls the agent at an address, with these headers; `onAnswer` sees each answer before it is read, and `confirm` is
 * asked before an act is refused for want of a confirmation.
 */
export function agentClient(
  address: string,
  headers: Readonly<Record<string, string>>,
  {
    onAnswer = () => undefined,
    confirm,
  }: {
    readonly onAnswer?: (answer: Response) => void
    readonly confirm?: () => Promise<boolean>
  } = {},
): <T>(work: (agent: AgentClient) => Promise<T>) => Promise<T> {
  const agent = createTRPCClient<AppRouter>({
    links: [
      ...(confirm === undefined ? [] : [stepUpLink(confirm)]),
      httpLink({
        ...{ url: new URL('/api/trpc', address).href, headers },
        async fetch(url, { signal, body, ...init } = {}) {
          const answer = await fetch(url, { ...init, body: body ?? null, signal: signal ?? null })
          onAnswer(answer)
          return answer
        },
      }),
    ],
  })
  return async (work) => {
    try {
      return await work(agent)
    } catch (error) {
      throw asHoldfastError(error, address)
    }
  }
}

/** Whether an agent of this home answers. What it answers but by an error is thrown. */
export async function agentAnswers(settings: Settings): Promise<boolean> {
  try {
    await callAgent(settings, (agent) => agent.recover.state.query())
    return true
  } catch (error) {
    if (isHoldfastError(error, 'AGENT_UNREACHABLE')) return false
    throw toHoldfastError(error)
  }
}

/** The text behind a link that the agent gave, `/api/download/…`. AGENT_UNREACHABLE when it does not answer with it. */
export async function fetchFromAgent(settings: Settings, path: string): Promise<Uint8Array> {
  return await readFromAgent(settings, { path }, async (answer) => new Uint8Array(await answer.arrayBuffer()))
}

/**
 * Reads what lies behind a link by `work`, with more headers where a part is wanted. AGENT_UNREACHABLE when the agent
 * does not answer with it, or breaks off; what `work` throws as a HoldfastError stays that.
 */
export async function readFromAgent<T>(
  settings: Settings,
  request: { readonly path: string; readonly headers?: Readonly<Record<string, string>> },
  work: (answer: Response) => Promise<T>,
): Promise<T> {
  const { address, headers } = await findAgent(settings)
  try {
    const answer = await fetch(new URL(request.path, address), {
      headers: { ...headers, ...request.headers },
      signal: settings.signal,
    })
    if (!answer.ok) throw new Error(`it answered ${answer.status}`)
    return await work(answer)
  } catch (cause) {
    settings.signal.throwIfAborted()
    if (cause instanceof HoldfastError || cause instanceof ReaderGone) throw cause
    throw new HoldfastError('AGENT_UNREACHABLE', `The agent at ${address} does not answer.`, { cause })
  }
}

function asHoldfastError(error: unknown, address: string): unknown {
  if (!(error instanceof TRPCClientError)) return error
  const { success, data } = ErrorData.safeParse(error.data)
  if (success && isErrorCode(data.code))
    return new HoldfastError(data.code, error.message, { cause: error, next: data.next })
  if (error.cause?.name === 'AbortError') return error.cause
  if (isOfCertificate(error.cause))
    return new HoldfastError(
      'NOT_ALLOWED',
      `${address} shows another certificate than the one that is known.`,
      {
        cause: error,
        next: 'If that machine made a new one, compare it with `holdfast trust` there and pair again; if not, somebody is in between.',
      },
    )
  return new HoldfastError('AGENT_UNREACHABLE', `The agent at ${address} does not answer.`, { cause: error })
}

/** What TLS says when the certificate is not the pinned authority's, or not for this name. */
function isOfCertificate(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return /CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code) || isOfCertificate(error.cause)
}

function isErrorCode(code: string): code is ErrorCode {
  return code in ERRORS
}
