import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { SECOND_MS } from '@holdfast/domain'

/** How long what is stopped may tidy up before it is killed. */
const TIDY_MS = 3 * SECOND_MS
/** How long a program that has ended is still listened to: a child of its own may hold its pipes for ever. */
const DRAIN_MS = SECOND_MS
const LINES_AT_MOST = 200
const LINE_AT_MOST = 1000

/** `exit` with the code, or null when a signal from elsewhere killed it. */
export type GroupEnd =
  | { readonly kind: 'exit'; readonly code: number | null }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' }

export type GroupOptions = {
  /** Its whole environment. */
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** An open file that takes its standard output; otherwise that is read as lines. */
  readonly stdout?: number
  /** Hears what it writes, a line at a time: at most 200 lines of at most 1,000 characters, then how many more. */
  readonly onLine: (line: string) => void
}

/**
 * Runs a program in a process group of its own, without a shell and without input, and waits for its end. After
 * `timeoutMs`, and when `signal` aborts, the whole group is asked to end and killed 3 s later; it is killed at once when
 * this process exits. Rejects only when the program can't be started (the system's error, `code` ENOENT, EACCES, …).
 */
export async function runInGroup(
  [file = '', ...args]: readonly string[],
  { environment, timeoutMs, signal, stdout, onLine }: GroupOptions,
): Promise<GroupEnd> {
  if (signal.aborted) return { kind: 'aborted' }
  const child = spawn(file, args, {
    ...{ env: environment, detached: true, shell: false, cwd: '/' },
    stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
  })
  const lines = countedLines(onLine)
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null)
  const closed = Promise.all(streams.map((stream) => readLines(stream, lines.take)))
  const exited = Promise.withResolvers<number | null>()
  child.once('exit', (code) => exited.resolve(code))
  await once(child, 'spawn')
  const atExit = () => signalGroup(child, 'SIGKILL')
  process.once('exit', atExit)

  const limit = AbortSignal.timeout(timeoutMs)
  const stop = AbortSignal.any([limit, signal])
  const stopped = Promise.withResolvers<'stop'>()
  const onStop = () => stopped.resolve('stop')
  stop.addEventListener('abort', onStop, { once: true })
  if (stop.aborted) onStop()
  try {
    const first = await Promise.race([exited.promise, stopped.promise])
    if (first !== 'stop') return { kind: 'exit', code: first }
    await endGroup(child, exited.promise)
    return signal.aborted ? { kind: 'aborted' } : { kind: 'timeout' }
  } finally {
    process.off('exit', atExit)
    stop.removeEventListener('abort', onStop)
    await atMost(DRAIN_MS, closed)
    for (const stream of streams) stream.destroy()
    lines.end()
  }
}

/** Asks, waits, kills: the last also when the program itself has gone and left others behind. */
async function endGroup(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  signalGroup(child, 'SIGTERM')
  await atMost(TIDY_MS, exited)
  signalGroup(child, 'SIGKILL')
  await exited
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // Nobody of it is left.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

async function atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  const limit = wait(limitMs, undefined, { signal: done.signal }).catch(() => undefined)
  await Promise.race([work, limit])
  done.abort()
}

/** Resolves at the end of the stream; the last line needs no newline. What breaks the stream ends it. */
function readLines(stream: NodeJS.ReadableStream, take: (line: string) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const parts = (rest + text).split(/\r\n|\n|\r/)
    // A program that never ends its line shall not fill the memory.
    rest = (parts.pop() ?? '').slice(0, LINE_AT_MOST + 1)
    for (const part of parts) take(part)
  })
  const end = () => {
    if (rest !== '') take(rest)
    rest = ''
    resolve()
  }
  stream.once('end', end)
  stream.once('close', end)
  stream.once('error', end)
  return promise
}

function countedLines(onLine: (line: string) => void): { take(line: string): void; end(): void } {
  let seen = 0
  return {
    take(line) {
      if (line.trim() === '') return
      seen += 1
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal that shows the log must not obey them
      const clean = line.replace(/\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]/g, '')
      const shown = clean.length > LINE_AT_MOST ? `${clean.slice(0, LINE_AT_MOST)} …` : clean
      if (seen <= LINES_AT_MOST) onLine(shown)
    },
    end() {
      if (seen > LINES_AT_MOST) onLine(`${seen - LINES_AT_MOST} more lines are left out.`)
    },
  }
}
