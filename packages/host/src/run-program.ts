import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** How a program ended, and what it wrote; `exitCode` is null when it was killed, because it took too long for one. */
export type ProgramEnd = {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

const MAX_OUTPUT = 64 * 1024

/**
 * Runs a program of this machine without a shell and waits for its end. Its environment is `environment` and nothing
 * else; `input` is its standard input. What it writes beyond 64 KiB is dropped. Killed after `timeoutMs` and when
 * `signal` aborts. Rejects only when the program can't be started (the system's error, `code` ENOENT, EACCES, …).
 */
export async function runProgram(
  [file = '', ...args]: readonly string[],
  options: {
    readonly environment: Readonly<Record<string, string>>
    readonly timeoutMs: number
    readonly input?: string | undefined
    readonly signal?: AbortSignal | undefined
  },
): Promise<ProgramEnd> {
  const limit = AbortSignal.timeout(options.timeoutMs)
  const stop = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal])
  const child = spawn(file, args, { env: options.environment, stdio: ['pipe', 'pipe', 'pipe'], shell: false })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8')
    child[name].on('data', (text: string) => {
      written[name] = (written[name] + text).slice(0, MAX_OUTPUT)
    })
  }
  // One that reads no input may close it before we are done; how it ends is what counts.
  child.stdin.on('error', () => undefined)
  const kill = () => {
    child.kill('SIGKILL')
    // A grandchild may hold the pipes open for ever.
    child.stdout.destroy()
    child.stderr.destroy()
  }
  try {
    await once(child, 'spawn')
    stop.addEventListener('abort', kill, { once: true })
    if (stop.aborted) kill()
    child.stdin.end(options.input ?? '')
    const [exitCode] = await once(child, 'close')
    return { exitCode: typeof exitCode === 'number' ? exitCode : null, ...written }
  } finally {
    stop.removeEventListener('abort', kill)
  }
}
