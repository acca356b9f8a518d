import { HoldfastError, LogLine, PlanId, Progress, Run, RunId } from '@holdfast/domain'
import { createParser } from 'eventsource-parser'
import { z } from 'zod'
import type { Settings } from '../settings.ts'
import { findAgent } from './agent-address.ts'

const LiveEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello') }),
  z.object({ type: z.literal('run'), run: Run }),
  z.object({ type: z.literal('progress'), runId: RunId, planId: PlanId, progress: Progress }),
  z.object({ type: z.literal('log'), runId: RunId, line: LogLine }),
  z.object({ type: z.enum(['plans', 'incidents', 'machines', 'restore', 'resync']) }),
])
export type LiveEvent = z.infer<typeof LiveEvent>

/** The agent sends something at least every fifteen seconds. */
const SILENT_AT_MOST_MS = 35_000

/**
 * What happens at the agent that commands speak to, from now on and in order, until `signal` aborts. What this version
 * does not know comes as `resync`: ask for everything again. AGENT_UNREACHABLE when it breaks off, ends or falls silent.
 */
export async function* liveStream(settings: Settings, signal: AbortSignal): AsyncGenerator<LiveEvent> {
  const { address, headers } = await findAgent(settings)
  const silent = new AbortController()
  const silence = setTimeout(() => silent.abort(), SILENT_AT_MOST_MS)
  try {
    const answer = await fetch(new URL('/api/trpc/live.events', address), {
      headers: { ...headers, accept: 'text/event-stream' },
      signal: AbortSignal.any([signal, silent.signal]),
    })
    if (!answer.ok || answer.body === null) throw new Error(`it answered ${answer.status}`)
    const text = new TextDecoder()
    let heard: LiveEvent[] = []
    const parser = createParser({
      onEvent: ({ event, data }) => {
        if (event === undefined || event === 'message') heard.push(parsed(data))
        else if (event === 'serialized-error') throw new Error('it ended the stream')
      },
    })
    for await (const part of answer.body) {
      silence.refresh()
      parser.feed(text.decode(part, { stream: true }))
      const now = heard
      heard = []
      yield* now
    }
    throw new Error('it ended the stream')
  } catch (cause) {
    signal.throwIfAborted()
    throw new HoldfastError('AGENT_UNREACHABLE', `The agent at ${address} does not answer.`, { cause })
  } finally {
    clearTimeout(silence)
  }
}

function parsed(data: string): LiveEvent {
  return LiveEvent.safeParse(JSON.parse(data)).data ?? { type: 'resync' }
}
