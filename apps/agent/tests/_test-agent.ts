import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppRouter } from '@holdfast/api'
import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client'
import {
  type Agent,
  type AgentConfig,
  type AgentLogLine,
  type Overrides,
  startAgent,
} from '../src/start-agent.ts'

/** A folder of a test's own, removed with everything in it at the end. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-agent-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}

export function testConfig(home: string, changes: Partial<AgentConfig> = {}): AgentConfig {
  return {
    ...{ home, port: 0, bind: '127.0.0.1', origins: [], version: '0.0.0-test', demo: false, pair: false },
    ...{ path: process.env.PATH ?? '', userRcloneConfig: [], webDir: join(home, 'web') },
    ...{ userHome: join(home, '..', 'person'), userVariables: {} },
    // What is compiled is the same for every home.
    codeCache: process.env.NODE_COMPILE_CACHE,
    dnsSd: { announce: false, port: 5353, listenMs: 100 },
    ...changes,
  }
}

export type TestAgent = AsyncDisposable & {
  readonly agent: Agent
  readonly home: string
  readonly logs: AgentLogLine[]
  /** Sends a request as it is; paths begin with a slash. */
  send(path: string, init?: RequestInit): Promise<Response>
}

/** A whole agent on a home of its own and a free port, spoken to through real HTTP. */
export async function startTestAgent(
  options: {
    home?: string
    config?: Partial<AgentConfig>
    overrides?: Overrides
    web?: Record<string, string | Buffer>
  } = {},
): Promise<TestAgent> {
  await using stack = new AsyncDisposableStack()
  const home = options.home ?? join(stack.use(await temporaryFolder()).path, 'home')
  for (const [name, text] of Object.entries(options.web ?? {})) {
    await mkdir(join(home, 'web', name, '..'), { recursive: true })
    await writeFile(join(home, 'web', name), text)
  }
  const logs: AgentLogLine[] = []
  const overrides = { onLog: (line: AgentLogLine) => logs.push(line), ...options.overrides }
  const agent = stack.use(await startAgent(testConfig(home, options.config), overrides))
  const owned = stack.move()
  return {
    ...{ agent, home, logs },
    send: (path, init) => fetch(`http://127.0.0.1:${agent.port}${path}`, { redirect: 'manual', ...init }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The API as a client sees it, signed in with these headers. */
export function clientOf(agent: { port: number }, headers: Record<string, string>) {
  const url = `http://127.0.0.1:${agent.port}/api/trpc`
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (op) => op.type === 'subscription',
        true: httpSubscriptionLink({ url, EventSource: eventSourceWith(headers) }),
        false: httpLink({ url, headers }),
      }),
    ],
  })
}

export function ownerOf(agent: Agent) {
  return clientOf(agent, { authorization: `Bearer ${agent.token}` })
}

/** Pairs a device by a code, the agent's own unless one is given, as a browser does. */
export async function pairDevice(
  test: TestAgent,
  name = 'Pixel',
  code = test.agent.issueCode(),
): Promise<{ id: string; cookie: string; secret: string }> {
  const response = await test.send('/api/trpc/device.pair', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, name }),
  })
  const answer: unknown = await response.json()
  const { device, secret } = (answer as { result: { data: { device: { id: string }; secret: string } } })
    .result.data
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  return { id: device.id, cookie, secret }
}

/** Node's own EventSource can't send headers; this one reads the stream with fetch. Enough for tRPC's client. */
function eventSourceWith(headers: Record<string, string>) {
  return class {
    static readonly CONNECTING = 0
    static readonly OPEN = 1
    static readonly CLOSED = 2
    readonly CONNECTING = 0
    readonly OPEN = 1
    readonly CLOSED = 2
    readyState = 0
    readonly listeners = new Map<string, ((event: unknown) => void)[]>()
    readonly stop = new AbortController()
    constructor(url: string | URL) {
      void this.read(String(url))
    }
    addEventListener(type: string, listener: (event: unknown) => void) {
      this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener])
    }
    removeEventListener(type: string, listener: (event: unknown) => void) {
      this.listeners.set(
        type,
        (this.listeners.get(type) ?? []).filter((known) => known !== listener),
      )
    }
    dispatch(type: string, event: unknown) {
      for (const listener of this.listeners.get(type) ?? []) listener(event)
    }
    close() {
      this.readyState = 2
      this.stop.abort()
    }
    async read(url: string) {
      try {
        const response = await fetch(url, { headers, signal: this.stop.signal })
        if (!response.ok || response.body === null) return this.fail(response.status)
        this.readyState = 1
        this.dispatch('open', {})
        for await (const event of readEvents(response.body)) this.dispatch(event.type, event)
        this.fail(0)
      } catch (error) {
        if (!this.stop.signal.aborted) this.fail(String(error))
      }
    }
    fail(why: unknown) {
      this.readyState = 2
      this.dispatch('error', { why })
    }
  } as unknown as typeof EventSource
}

/** Server-sent events of a stream, in order. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ type: string; data: string; lastEventId: string }> {
  let text = ''
  for await (const part of body.pipeThrough(
    new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
  )) {
    text += part
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split('\n')
          .filter((line) => !line.startsWith(':'))
          .map((line) => {
            const colon = line.indexOf(':')
            return [line.slice(0, colon), line.slice(colon + 1).trimStart()]
          }),
      )
      text = text.slice(end + 2)
      if ('data' in fields || 'event' in fields)
        yield {
          type: fields.event ?? 'message',
          data: fields.data ?? '',
          lastEventId: fields.id ?? '',
        }
    }
  }
}
