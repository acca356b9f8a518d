import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import { connectRclone, type RcloneAddress, type RcloneClient } from './client.ts'
import { inheritedEnvironment, remotesEnvironment } from './daemon-environment.ts'
import { type DaemonLog, type RcloneLogLine, readDaemonLog } from './daemon-log.ts'
import { cancelledError } from './errors.ts'
import { findProgram, refuseOld } from './find-rclone.ts'
import { endLeftovers, recordDaemon } from './leftovers.ts'
import { parentDeathCommand } from './parent-death-command.ts'

export type RcloneDaemonOptions = {
  readonly binary: string
  /** The configuration that rclone reads, and writes renewed tokens to. It need not be there. */
  readonly configFile: string
  /** Opens a sealed configuration. */
  readonly configPassword?: string
  /** More named remotes, by option, given through the environment: secrets in them reach neither disk nor arguments. */
  readonly remotes?: Record<string, Record<string, string>>
  /** Where daemons are noted, so that the next start ends what a crash left behind. */
  readonly stateDir: string
  /** How much it gives way to everything else on the machine, 0 to 19; nothing where the system has no `nice`. */
  readonly niceness?: number
  readonly onLog?: (line: RcloneLogLine) => void
  /** Cancels starting; a daemon that runs is ended by disposing it. */
  readonly signal?: AbortSignal
}

/** How a daemon ended: `expected` when it was disposed. `reason` is for people and holds no secret. */
export type RcloneDeath = { readonly expected: boolean; readonly reason: string }

/** An rclone that answers. `died` never rejects. */
export type RunningRclone = AsyncDisposable & {
  readonly address: RcloneAddress
  readonly version: string
  readonly client: RcloneClient
  readonly died: Promise<RcloneDeath>
}

/** An rclone that we started. Disposing ends it and resolves when it is gone. */
export type RcloneDaemon = RunningRclone & { readonly pid: number }

/**
 * Starts `rclone rcd` on a free loopback port under random credentials and resolves when it answers. It ends with this
 * process, even when that is killed: at once where `setpriv` is there (Linux), at the next start otherwise. The main
 * thread must call this: a child started by a worker ends with the worker. One daemon per configuration file.
 * RCLONE_MISSING, RCLONE_OLD, RCLONE_DIED (with rclone's own last words), CONFIG_DAMAGED, CANCELLED.
 */
export async function startRcloneDaemon(options: RcloneDaemonOptions): Promise<RcloneDaemon> {
  const attempt = { doing: 'start rclone' }
  if (options.signal?.aborted) throw cancelledError(attempt, options.signal.reason)
  await endLeftovers(options.stateDir)
  const credentials = { user: randomBytes(16).toString('hex'), password: randomBytes(32).toString('hex') }
  const child = await spawnRclone(options, credentials)
  const log = readDaemonLog(child.stderr, options.onLog ?? (() => {}))
  const end = ending(child, log)
  try {
    const forget = await recordDaemon(options.stateDir, child.pid ?? 0)
    void end.died
      .then(forget)
      .catch((error: unknown) => options.onLog?.({ level: 'warn', text: String(error) }))
    const url = await firstOf(log.serving, end, options.signal)
    const address = { url, ...credentials }
    const client = connectRclone(address)
    const version = await firstOf(checkedVersion(client, options.signal), end, options.signal)
    refuseOld(version, options.binary)
    return {
      address,
      version,
      pid: child.pid ?? 0,
      client,
      died: end.died,
      [Symbol.asyncDispose]: async () => {
        client[Symbol.dispose]()
        await end.stop()
        await forget()
      },
    }
  } catch (error) {
    await end.stop()
    throw error
  }
}

type Child = ChildProcessByStdio<null, null, Readable>
type Ending = { readonly died: Promise<RcloneDeath>; stop(): Promise<void> }

async function spawnRclone(
  options: RcloneDaemonOptions,
  credentials: { user: string; password: string },
): Promise<Child> {
  const environment = inheritedEnvironment()
  const command = [
    ...(await parentDeathCommand(environment)),
    ...(await niceCommand(options.niceness ?? 0, environment)),
    options.binary,
    ...rcdArguments(options.configFile),
  ]
  const [program = options.binary, ...args] = command
  const child = spawn(program, args, {
    // Its own process group: Ctrl-C at a terminal reaches us, and we decide when rclone ends.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
    env: {
      ...environment,
      ...remotesEnvironment(options.remotes ?? {}),
      RCLONE_RC_USER: credentials.user,
      RCLONE_RC_PASS: credentials.password,
      ...(options.configPassword === undefined ? {} : { RCLONE_CONFIG_PASS: options.configPassword }),
    },
  })
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new HoldfastError('RCLONE_MISSING', `rclone at ${options.binary} does not start.`, { cause: error })
  }
  return child
}

/** Put before the command: set from outside later, threads that run already would keep what they have. */
async function niceCommand(niceness: number, environment: Record<string, string>): Promise<string[]> {
  if (niceness === 0 || process.platform === 'win32') return []
  const nice = await findProgram('nice', environment.PATH ?? '')
  return nice === undefined ? [] : [nice, '-n', String(niceness)]
}

function rcdArguments(configFile: string): string[] {
  return [
    'rcd',
    '--rc-addr=127.0.0.1:0',
    '--rc-serve',
    '--rc-job-expire-duration=1h',
    '--rc-max-header-bytes=65536',
    `--config=${configFile}`,
    '--ask-password=false',
    '--use-server-modtime',
    '--copy-links',
    '--buffer-size=0',
    // Callers try again under a new key or later: an unreachable remote shall not take minutes to say so.
    '--contimeout=15s',
    '--low-level-retries=3',
    '--log-level=NOTICE',
    '--use-json-log',
  ]
}

function ending(child: Child, log: DaemonLog): Ending {
  let stopping = false
  const died = new Promise<RcloneDeath>((resolve) => {
    child.on('close', (code, signal) => {
      const how = signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`
      const last = log.lastLines().at(-1)
      resolve({ expected: stopping, reason: last === undefined ? how : `${how} (${last})` })
    })
  })
  // Ended together with this process, also when that leaves by process.exit().
  // What could not be started has no number, and number 0 would be our whole group.
  const kill = (signal: NodeJS.Signals) => child.pid !== undefined && child.kill(signal)
  const atExit = () => kill('SIGKILL')
  process.once('exit', atExit)
  const settled = died.then(() => process.off('exit', atExit))
  return {
    died,
    stop: async () => {
      stopping = true
      kill('SIGTERM')
      const late = new AbortController()
      const killed = wait(3000, undefined, { signal: late.signal }).then(
        () => kill('SIGKILL'),
        () => false,
      )
      await settled
      late.abort()
      await killed
    },
  }
}

/** What comes first: the value, the death of rclone, or the signal. */
async function firstOf<T>(value: Promise<T>, end: Ending, signal: AbortSignal | undefined): Promise<T> {
  // A signal that fired before this point sends no event any more.
  if (signal?.aborted) throw cancelledError({ doing: 'start rclone' }, signal.reason)
  const limits = [AbortSignal.timeout(60_000), ...(signal ? [signal] : [])]
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => {
    if (signal?.aborted) reject(cancelledError({ doing: 'start rclone' }, signal.reason))
    else reject(new HoldfastError('RCLONE_DIED', 'rclone does not answer a minute after its start.'))
  }
  for (const limit of limits) limit.addEventListener('abort', onAbort, { once: true })
  const dead = end.died.then((death): never => {
    throw deathError(death)
  })
  try {
    return await Promise.race([value, dead, aborted])
  } catch (error) {
    // A closed connection is how its death shows first; its last words say more.
    if (isHoldfastError(error, 'RCLONE_DIED')) return await Promise.race([dead, wait(1000).then(() => value)])
    throw error
  } finally {
    for (const limit of limits) limit.removeEventListener('abort', onAbort)
    dead.catch(() => {})
  }
}

function deathError(death: RcloneDeath): HoldfastError {
  const sealed = /decrypt configuration|Couldn't decrypt|Unable to decrypt/i.test(death.reason)
  if (sealed)
    return new HoldfastError('CONFIG_DAMAGED', "rclone's configuration can't be opened with this password.")
  return new HoldfastError('RCLONE_DIED', `rclone did not start: ${death.reason}.`)
}

const Version = z.object({ version: z.string() })

/** The version; and one look at the configuration, so that one that can't be opened fails here and not in a run. */
async function checkedVersion(client: RcloneClient, signal: AbortSignal | undefined): Promise<string> {
  const { version } = await client.call('core/version', {}, Version, { signal })
  await client.call('config/listremotes', {}, z.object({}), { signal })
  return version.replace(/^v/, '').replace(/-.*$/, '')
}
