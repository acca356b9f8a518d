import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import type { Random } from '@holdfast/vault/ports'
import { z } from 'zod'
import { connectRclone, type RcloneAddress, type RcloneClient } from './client.ts'
import type { RcloneDeath, RunningRclone } from './daemon.ts'
import { isOlderVersion } from './find-rclone.ts'
import { copyObject, reserveSpoolFile, writeSpoolFile } from './spool.ts'

export type BorrowOptions = {
  readonly address: RcloneAddress
  /** Bytes on their way lie here, and that rclone must be able to read and write them. */
  readonly spoolDir: string
  readonly random: Random
  /** How often it is asked whether it is still there, in ms. */
  readonly lookEveryMs?: number
  readonly signal?: AbortSignal
}

const OLDEST = '1.60.1'
const ANSWER_WITHIN_MS = 5000
const SILENT_LOOKS = 2
const Version = z.object({ version: z.string() })
/** Older versions give the level as a number. */
const Levels = z.object({ main: z.object({ LogLevel: z.union([z.string(), z.number()]).optional() }) })
const DEBUG_LEVEL = 7

/**
 * An `rclone rcd` that somebody else runs on this machine, once it has shown that it serves: its password, version and
 * log level, and a file written to and read from the spool folder. Its client refuses whatever would change that rclone:
 * its configuration, its options, its limit. Disposing leaves it running. `died` resolves when it does not answer for
 * two looks. RCLONE_DIED, RCLONE_OLD, RCLONE_UNFIT, CANCELLED.
 */
export async function borrowRclone(options: BorrowOptions): Promise<RunningRclone> {
  const { address, lookEveryMs = 5000, signal } = options
  const client = connectRclone(address)
  try {
    const version = await checkedVersion(client, address, signal)
    await checkClosed(address, signal)
    await checkLogLevel(client, address, signal)
    await checkSpool(client, options)
    const watch = watchAnswers(client, lookEveryMs)
    return {
      ...{ address, version, client: withoutChanges(client, address), died: watch.died },
      async [Symbol.asyncDispose]() {
        watch.stop()
        await watch.died
        client[Symbol.dispose]()
      },
    }
  } catch (error) {
    client[Symbol.dispose]()
    throw error
  }
}

async function checkedVersion(
  client: RcloneClient,
  { url }: RcloneAddress,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { status, body } = await client.callRaw('core/version', {}, { signal })
  if (status === 401 || status === 403)
    throw unfit(url, 'does not accept the user and password that were set')
  const answer = status === 200 ? Version.safeParse(JSON.parse(body)).data : undefined
  if (answer === undefined) throw unfit(url, 'is no rclone')
  const version = answer.version.replace(/^v/, '').replace(/-.*$/, '')
  if (isOlderVersion(version, OLDEST))
    throw new HoldfastError('RCLONE_OLD', `The rclone at ${url} is ${version}; ${OLDEST} is needed.`)
  return version
}

/** Whoever may call it may read every file that it may. */
async function checkClosed({ url }: RcloneAddress, signal: AbortSignal | undefined): Promise<void> {
  const stranger = connectRclone({ url, user: '', password: '' })
  try {
    const { status } = await stranger.callRaw('config/listremotes', {}, { signal })
    if (status === 200) throw unfit(url, 'lets everybody in: start it with --rc-user and --rc-pass')
  } finally {
    stranger[Symbol.dispose]()
  }
}

/** At this level it writes what it is called with to its log, and the keys of vaults are among that. */
async function checkLogLevel(
  client: RcloneClient,
  { url }: RcloneAddress,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { main } = await client.call('options/get', {}, Levels, { signal })
  if (main.LogLevel === DEBUG_LEVEL || main.LogLevel === 'DEBUG')
    throw unfit(url, 'would write keys to its log: start it without -vv')
}

async function checkSpool(client: RcloneClient, { address, spoolDir, random, signal }: BorrowOptions) {
  const body = random.bytes(64)
  await using file = await writeSpoolFile(spoolDir, body)
  await using copy = await reserveSpoolFile(spoolDir)
  const same = (bytes: Uint8Array) => Buffer.compare(bytes, body) === 0
  const served = await client.read(spoolDir, file.name, undefined, { signal }).catch((error: unknown) => {
    if (isHoldfastError(error, 'RCLONE_DIED') || isHoldfastError(error, 'CANCELLED')) throw error
    return undefined
  })
  if (served === undefined || !same(served))
    throw unfit(address.url, `does not hand out the files of ${spoolDir}: start it here, with --rc-serve`)
  const ends = { srcFs: spoolDir, srcRemote: file.name, dstFs: spoolDir, dstRemote: copy.name }
  const attempt = { doing: 'write to the spool folder', fs: spoolDir }
  await copyObject(client, { ...ends, group: 'holdfast-look', config: {} }, { attempt, signal })
  if (!same(await readFile(copy.path)))
    throw unfit(address.url, `does not write to ${spoolDir}: start it on this machine`)
}

function watchAnswers(client: RcloneClient, everyMs: number) {
  const stop = new AbortController()
  const look = async (): Promise<RcloneDeath> => {
    for (let silent = 0; silent < SILENT_LOOKS; ) {
      await wait(everyMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)
      if (stop.signal.aborted) return { expected: true, reason: 'it is used no more' }
      const within = AbortSignal.any([stop.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)])
      const answers = await client.callRaw('rc/noop', {}, { signal: within }).then(
        ({ status }) => status === 200,
        () => false,
      )
      silent = answers ? 0 : silent + 1
    }
    return { expected: false, reason: 'it does not answer' }
  }
  return { died: look(), stop: () => stop.abort() }
}

/** What Holdfast needs of an rclone, all of which leaves that rclone as it is. */
const LEAVES_AS_IT_IS =
  /^(core\/(version|stats|stats-delete|bwlimit)|rc\/\w+|options\/get|config\/(dump|get|listremotes|providers|paths)|operations\/\w+|backend\/command|job\/\w+)$/

function withoutChanges(client: RcloneClient, { url }: RcloneAddress): RcloneClient {
  const refuse = (method: string, parameters: object) => {
    if (LEAVES_AS_IT_IS.test(method) && !(method === 'core/bwlimit' && 'rate' in parameters)) return
    throw new HoldfastError('REMOTE_REFUSED', `The rclone at ${url} is only borrowed, and is not changed.`, {
      next: 'Make and change its remotes and limits where it runs.',
    })
  }
  return {
    ...client,
    call: async (method, parameters, schema, options) => {
      refuse(method, parameters)
      return await client.call(method, parameters, schema, options)
    },
    callRaw: async (method, parameters, options) => {
      refuse(method, parameters)
      return await client.callRaw(method, parameters, options)
    },
  }
}

function unfit(url: string, what: string): HoldfastError {
  return new HoldfastError('RCLONE_UNFIT', `The rclone at ${url} ${what}.`)
}
