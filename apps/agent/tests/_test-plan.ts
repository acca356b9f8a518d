import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LiveEvent } from '@holdfast/api'
import type { ownerOf } from './_test-agent.ts'
import { readEvents } from './_test-agent.ts'

type Api = ReturnType<typeof ownerOf>

export async function writeTree(dir: string, files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), content)
  }
}

/** More than one pack of content that does not compress: with `slowDown`, a run of it is caught in the middle. */
export function bigTree(): Record<string, Uint8Array> {
  let state = 1
  const noise = (length: number) => {
    const words = new Uint32Array(length / 4)
    for (let i = 0; i < words.length; i += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      words[i] = state ^ (state >>> 15)
    }
    return new Uint8Array(words.buffer)
  }
  return Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`noise-${i}.bin`, noise(8 * 1024 * 1024)]))
}

/** Lets half a mebibyte a second through rclone: however fast the machine, a run of `bigTree` takes a minute and more. */
export function slowDown(api: Api): Promise<void> {
  return limitTo(api, 512 * 1024)
}

export function noMoreSlow(api: Api): Promise<void> {
  return limitTo(api, null)
}

async function limitTo(api: Api, bytesPerSecond: number | null): Promise<void> {
  const timetable = bytesPerSecond === null ? [] : [{ at: '00:00', bytesPerSecond }]
  await api.bandwidth.setTimetable.mutate({ timetable, timeZone: 'UTC' })
  while ((await api.bandwidth.status.query()).applied !== bytesPerSecond)
    await new Promise((resolve) => setTimeout(resolve, 20))
}

export function makePlan(
  api: Api,
  options: { source: string; vault: string; passphrase: string | null; name?: string },
) {
  return api.plan.create.mutate({
    name: options.name ?? 'Documents',
    sources: [{ path: options.source, excludes: [] }],
    place: { kind: 'folder', path: options.vault },
    passphrase: options.passphrase,
    schedule: { kind: 'manual' },
  })
}

export type Followed = AsyncDisposable & { readonly seen: LiveEvent[]; next(): Promise<LiveEvent> }

/** The live events of an agent, as a paired client gets them. */
export async function followEvents(agent: { port: number; token: string }): Promise<Followed> {
  const stop = new AbortController()
  const response = await fetch(`http://127.0.0.1:${agent.port}/api/trpc/live.events`, {
    headers: { authorization: `Bearer ${agent.token}` },
    signal: stop.signal,
  })
  if (response.body === null) throw new Error('no stream')
  const messages = readEvents(response.body)
  const seen: LiveEvent[] = []
  return {
    seen,
    async next() {
      for (;;) {
        const { value, done } = await messages.next()
        if (done || value === undefined) throw new Error('the stream ended')
        if (value.type !== 'message') continue
        const event: LiveEvent = JSON.parse(value.data)
        seen.push(event)
        return event
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await messages.return(undefined).catch(() => undefined)
    },
  }
}

/** The first event that is wanted, of those not looked at yet. */
export async function until(events: Followed, wanted: (event: LiveEvent) => boolean): Promise<LiveEvent> {
  for (;;) {
    const event = await events.next()
    if (wanted(event)) return event
  }
}

/** Processes of this test's agent by their command line, found below one parent. */
export async function childrenOf(parent: number, word: string): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const [command, status] = await Promise.all(
      ['cmdline', 'stat'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
    )
    const ppid = Number(status?.slice(status.lastIndexOf(')') + 2).split(' ')[1])
    if (ppid === parent && command?.includes(word)) found.push(Number(name))
  }
  return found
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Resolves when none of the processes runs any more; the test's own time limit ends the wait. */
export async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(alive)) await new Promise((resolve) => setTimeout(resolve, 20))
}
