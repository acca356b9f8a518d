import { HoldfastError, isHoldfastError, MIB, MINUTE_MS } from '@holdfast/domain'
import type { Clock, ObjectInfo, ObjectStore, Random } from './ports.ts'
import { VAULT_FILE } from './vault/vault-file.ts'

export type ProbeCheck = 'write' | 'stat' | 'read' | 'range' | 'list' | 'clock' | 'speed' | 'delete'

/** What came of one check. `warning`: backups work here, and a person should know this. */
export type ProbeFinding = {
  readonly check: ProbeCheck
  readonly state: 'ok' | 'warning' | 'failed'
  readonly text: string
}

export type ProbeResult = {
  /** True when nothing failed: a vault can live here. */
  readonly ok: boolean
  readonly findings: readonly ProbeFinding[]
  /** The median of a few lookups. */
  readonly roundTripMs: number | null
  /** Of storing 1 MiB in one object. */
  readonly bytesPerSecond: number | null
  /** How far the remote's time is ahead of `clock`; a folder or SFTP gives back the time of this machine. */
  readonly clockOffsetMs: number | null
  /** Keys of what could not be removed again. */
  readonly left: readonly string[]
}

export type ProbeEnv = {
  readonly clock: Clock
  readonly random: Random
  readonly signal?: AbortSignal | undefined
  /** How long removing what was written may take after a cancel or a failure; 10 s unless told. */
  readonly cleanUpMs?: number
}

/**
 * Tries everything that a vault asks of a remote: writes two objects `holdfast-probe-<hex>` into its root, looks them
 * up, reads them whole and in ranges, lists, and deletes them. What goes wrong is a finding; a credential that may not
 * delete is a warning. What was written is removed again whatever happens, where the remote allows it. Where a vault
 * is, its folder of keys is listed instead of all of it. Rejects with CANCELLED only.
 */
export async function probeStore(store: ObjectStore, env: ProbeEnv): Promise<ProbeResult> {
  const name = `holdfast-probe-${Buffer.from(env.random.bytes(8)).toString('hex')}`
  const small = { key: name, body: env.random.bytes(SMALL_BYTES) }
  const large = { key: `${name}-1m`, body: env.random.bytes(MIB) }
  const probe = createProbe(store, env)
  let left = [small.key, large.key]
  try {
    await probe.run('write', () => probe.writes(small))
    if (probe.passed('write')) {
      await probe.run('stat', () => probe.shows(small))
      if (probe.passed('stat')) await probe.run('clock', async () => probe.tellsTime())
      await probe.run('speed', () => probe.writesFast(large))
      await probe.run('read', () => probe.reads(small))
      const ranged = probe.passed('speed') ? [small, large] : [small]
      await probe.run('range', () => probe.readsRanges(ranged))
      await probe.run('list', () => probe.lists(small))
      await probe.run('delete', () => probe.deletes(small))
    }
  } finally {
    left = await removeAll(store, probe.passed('delete') ? [large.key] : left, env)
  }
  const { findings, measured } = probe
  return { ok: findings.every(({ state }) => state !== 'failed'), findings, ...measured, left }
}

const SMALL_BYTES = 4096
const LOOKUPS = 3
/** A prune asks which packs are younger than a day, so minutes do no harm yet. */
const CLOCK_LIMIT_MS = 5 * MINUTE_MS

type Probed = { readonly key: string; readonly body: Uint8Array }
type Verdict = Omit<ProbeFinding, 'check'>

function createProbe(store: ObjectStore, env: ProbeEnv) {
  const { clock, signal } = env
  const findings: ProbeFinding[] = []
  const measured: Record<'roundTripMs' | 'bytesPerSecond' | 'clockOffsetMs', number | null> = {
    ...{ roundTripMs: null, bytesPerSecond: null, clockOffsetMs: null },
  }
  let writtenMs = { from: 0, to: 0 }
  let shown: ObjectInfo | undefined

  async function timed(work: () => Promise<unknown>): Promise<number> {
    const started = clock.nowNs()
    await work()
    return Number(clock.nowNs() - started) / 1e6
  }

  return {
    findings,
    measured,
    passed: (check: ProbeCheck) => findings.some((one) => one.check === check && one.state === 'ok'),

    /** Runs one check; what the store rejects with is its finding. */
    async run(check: ProbeCheck, work: () => Promise<Verdict>): Promise<void> {
      try {
        findings.push({ check, ...(await work()) })
      } catch (error) {
        if (signal?.aborted === true) throw cancelled(error)
        if (!(error instanceof HoldfastError)) throw error
        findings.push({ check, ...failed(error.message) })
      }
    },

    async writes({ key, body }: Probed): Promise<Verdict> {
      const from = clock.nowMs()
      await store.put(key, body, { signal })
      writtenMs = { from, to: clock.nowMs() }
      return ok('It takes objects.')
    },

    async shows({ key, body }: Probed): Promise<Verdict> {
      // Who backs up believes the first look, so that one must see it.
      const first = await timed(async () => {
        shown = await store.stat(key, { signal })
      })
      const times = [first]
      while (times.length < LOOKUPS) times.push(await timed(() => store.stat(key, { signal })))
      measured.roundTripMs = times.sort((a, b) => a - b)[LOOKUPS >> 1] ?? null
      if (shown === undefined) return failed('It took an object and does not show it.')
      if (shown.size === body.length) return ok('It shows what it took, at the right size.')
      return failed(`It has ${shown.size} bytes of an object of ${body.length}.`)
    },

    tellsTime(): Verdict {
      const { from, to } = writtenMs
      if (shown?.modifiedAtMs === undefined)
        return warning('It does not say when an object was stored: unfinished runs are told by their age.')
      const at = shown.modifiedAtMs
      // Many remotes tell whole seconds.
      const offsetMs = at < from - 1000 ? at - from : at > to + 1000 ? at - to : 0
      measured.clockOffsetMs = Math.round(offsetMs)
      if (Math.abs(offsetMs) <= CLOCK_LIMIT_MS) return ok('Its clock agrees with this one.')
      const minutes = Math.round(Math.abs(offsetMs) / MINUTE_MS)
      return warning(`Its clock is ${minutes} minutes ${offsetMs > 0 ? 'ahead of' : 'behind'} this one.`)
    },

    async writesFast({ key, body }: Probed): Promise<Verdict> {
      const ms = await timed(() => store.put(key, body, { signal }))
      const size = (await store.stat(key, { signal }))?.size
      if (size !== body.length)
        return failed(`It has ${size ?? 'none'} of the ${body.length} bytes of 1 MiB.`)
      measured.bytesPerSecond = Math.round((body.length / Math.max(ms, 1)) * 1000)
      return ok('It takes 1 MiB in one object.')
    },

    async reads({ key, body }: Probed): Promise<Verdict> {
      const back = await store.get(key, { signal })
      return Buffer.from(body).equals(back)
        ? ok('It gives back the bytes it took.')
        : failed('It gave back other bytes than it took.')
    },

    async readsRanges(objects: readonly Probed[]): Promise<Verdict> {
      for (const { key, body } of objects)
        for (const [offset, length] of [
          [body.length >> 1, 1000],
          [body.length - 100, 100],
        ] as const) {
          const back = await store.get(key, { range: { offset, length }, signal })
          if (Buffer.from(body.subarray(offset, offset + length)).equals(back)) continue
          const first = Buffer.from(body.subarray(0, length)).equals(back)
          return failed(
            first
              ? 'It ignores which part of an object is asked for and gives its beginning.'
              : 'It gave back other bytes than the part that was asked for.',
          )
        }
      return ok('It gives back parts of an object.')
    },

    async lists({ key, body }: Probed): Promise<Verdict> {
      const hasVault = (await store.stat(VAULT_FILE, { signal })) !== undefined
      let found: ObjectInfo | undefined
      for await (const info of store.list(hasVault ? 'keys' : '', { signal }))
        if (info.key === key) found = info
      if (hasVault) return ok('It lists the keys of the vault that is there.')
      if (found === undefined) return failed('It does not list an object that it has.')
      return found.size === body.length
        ? ok('It lists what it has.')
        : failed(`It lists ${found.size} bytes of an object of ${body.length}.`)
    },

    async deletes({ key }: Probed): Promise<Verdict> {
      try {
        await store.delete(key, { signal })
      } catch (error) {
        if (!isHoldfastError(error, 'REMOTE_DENIED')) throw error
        return warning('It is protected against deletion with this credential: a prune needs another one.')
      }
      return (await store.stat(key, { signal })) === undefined
        ? ok('It deletes objects.')
        : failed('It said that it deleted an object, and still has it.')
    },
  }
}

const CLEAN_UP_MS = 10_000

/** Removes the probe's objects under a signal of its own, so that a cancelled probe leaves nothing; answers what stays. */
async function removeAll(store: ObjectStore, keys: readonly string[], env: ProbeEnv): Promise<string[]> {
  const signal = AbortSignal.timeout(env.cleanUpMs ?? CLEAN_UP_MS)
  const left: string[] = []
  for (const key of keys) {
    // Refused for what is not there too, so what counts is whether it is.
    await answerOf(store.delete(key, { signal }))
    const there = await answerOf(store.stat(key, { signal }))
    if (there !== undefined) left.push(key)
  }
  return left
}

/** What a call came to; an error of the store is an answer too. */
async function answerOf<T>(call: Promise<T>): Promise<T | HoldfastError> {
  try {
    return await call
  } catch (error) {
    if (error instanceof HoldfastError) return error
    throw error
  }
}

function cancelled(cause: unknown): HoldfastError {
  return isHoldfastError(cause, 'CANCELLED')
    ? cause
    : new HoldfastError('CANCELLED', 'The probe was cancelled.', { cause })
}

function ok(text: string): Verdict {
  return { state: 'ok', text }
}

function warning(text: string): Verdict {
  return { state: 'warning', text }
}

function failed(text: string): Verdict {
  return { state: 'failed', text }
}
