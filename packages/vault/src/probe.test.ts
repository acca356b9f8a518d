import { HoldfastError } from '@holdfast/domain'
import {
  createFaultyStore,
  createMemoryStore,
  type Fault,
  faultFits,
  type StoreCall,
} from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import type { Clock, ObjectStore } from './ports.ts'
import { type ProbeCheck, type ProbeEnv, type ProbeResult, probeStore } from './probe.ts'
import { seededRandom } from './test-vault.ts'

const ALL: ProbeCheck[] = ['write', 'stat', 'clock', 'speed', 'read', 'range', 'list', 'delete']

describe('a probe', () => {
  it('finds a good remote good, measures it, and leaves nothing', async () => {
    const clock = tickingClock()
    const inner = createMemoryStore({ nowMs: clock.nowMs })
    const result = await probeStore(inner, { clock, random: seededRandom() })
    expect(statesOf(result)).toEqual(ALL.map((check) => `${check} ok`))
    expect(result).toMatchObject({ ok: true, roundTripMs: 5, clockOffsetMs: 0, left: [] })
    expect(result.bytesPerSecond).toBe((1024 * 1024 * 1000) / 5)
    expect([...inner.objects]).toEqual([])
  })

  it('lists the keys only where a vault is', async () => {
    const inner = createMemoryStore()
    await inner.put('vault.json', new Uint8Array(1))
    const { result, store } = await probed(undefined, inner)
    expect(store.calls.filter(({ method }) => method === 'list')).toMatchObject([{ key: 'keys' }])
    expect(result.ok).toBe(true)
    expect([...inner.objects.keys()]).toEqual(['vault.json'])
  })

  it.each([
    ['put', { kind: 'error-before' }, ['write']],
    ['put', { kind: 'error-after' }, ['write']],
    ['put', { kind: 'truncate', keep: 10, reports: 'success' }, ['stat', 'speed', 'read', 'range', 'list']],
    ['put', { kind: 'truncate', keep: 10, reports: 'error' }, ['write']],
    ['put', { kind: 'vanish' }, ['stat', 'speed', 'read', 'range', 'list']],
    ['put', { kind: 'delayed', calls: 2 }, ['stat', 'speed']],
    ['put', { kind: 'quota', bytes: 100 }, ['write']],
    ['put', { kind: 'quota', bytes: 100_000 }, ['speed']],
    ['put', { kind: 'slow', calls: 3 }, []],
    ['put', { kind: 'duplicate', calls: 0 }, []],
    ['stat', { kind: 'vanish' }, ['stat', 'speed']],
    ['stat', { kind: 'error-before' }, ['stat', 'speed', 'list', 'delete']],
    ['get', { kind: 'error-before' }, ['read', 'range']],
    ['get', { kind: 'flip', at: -1 }, ['read', 'range']],
    ['get', { kind: 'wrong-range' }, ['range']],
    ['get', { kind: 'vanish' }, ['read', 'range']],
    ['list', { kind: 'error-before' }, ['list']],
    ['list', { kind: 'error-after' }, ['list']],
    ['list', { kind: 'vanish' }, ['list']],
    ['list', { kind: 'stale-list', calls: 30 }, ['list']],
    ['delete', { kind: 'error-before' }, ['delete']],
    ['delete', { kind: 'error-after' }, ['delete']],
    ['delete', { kind: 'vanish' }, ['delete']],
  ] satisfies [StoreCall['method'], Fault, ProbeCheck[]][])(
    'says what fails when each %s meets %j',
    async (method, fault, expected) => {
      const { result, store, inner } = await probed((call) => (call.method === method ? fault : undefined))
      expect(failedOf(result)).toEqual(expected)
      expect(result.ok).toBe(expected.length === 0)
      await store.settle()
      const present = [...inner.objects.keys()]
      if (method !== 'delete' && method !== 'stat' && fault.kind !== 'delayed') expect(present).toEqual([])
      // What it could not see gone is named, also when it may be gone.
      expect(present.filter((key) => !result.left.includes(key))).toEqual([])
    },
  )

  it('warns of a credential that may not delete, and names what stays', async () => {
    const { result, inner } = await probed(({ method }) =>
      faultFits('denied', method) ? { kind: 'denied' } : undefined,
    )
    expect(statesOf(result)).toEqual([...ALL.slice(0, -1).map((check) => `${check} ok`), 'delete warning'])
    expect(result.ok).toBe(true)
    expect(result.left).toEqual([...inner.objects.keys()])
    expect(result.left).toHaveLength(2)
  })

  it('tells how far the clock of the remote is off, and warns beyond minutes', async () => {
    const clock = tickingClock()
    const probeAt = (offsetMs: number) =>
      probeStore(createMemoryStore({ nowMs: () => clock.nowMs() + offsetMs }), {
        ...{ clock, random: seededRandom() },
      })
    expect(await probeAt(2 * 3_600_000)).toMatchObject({ ok: true, clockOffsetMs: 7_200_000 })
    const behind = await probeAt(-86_400_000)
    expect(statesOf(behind)).toContain('clock warning')
    expect(behind.findings[2]?.text).toBe('Its clock is 1440 minutes behind this one.')
    expect(await probeAt(800)).toMatchObject({ clockOffsetMs: 0 })
    const timeless: ObjectStore = { ...createMemoryStore(), stat: async () => undefined }
    expect(await probeStore(timeless, { clock, random: seededRandom() })).toMatchObject({
      clockOffsetMs: null,
    })
  })

  it('ends as cancelled wherever it hangs, and leaves nothing', async () => {
    const calls = (await probed(undefined)).store.calls.length
    for (let at = 1; at <= calls - 2; at += 1) {
      const stop = new AbortController()
      const inner = createMemoryStore()
      const store = createFaultyStore(inner, ({ number }) => {
        if (number === at) setImmediate(() => stop.abort())
        return number === at ? { kind: 'hang' } : undefined
      })
      await expect(probeStore(store, { ...ENV, signal: stop.signal }), `call ${at}`).rejects.toMatchObject({
        code: 'CANCELLED',
      })
      expect([...inner.objects.keys()], `call ${at}`).toEqual([])
    }
  })

  it('does not wait for ever for a remote that hangs while the probe cleans up', async () => {
    const { result } = await probed(
      ({ method }) =>
        method === 'put' ? { kind: 'error-after' } : method === 'delete' ? { kind: 'hang' } : undefined,
      createMemoryStore(),
      { cleanUpMs: 1 },
    )
    // It could not look, so it names both.
    expect(result.left).toHaveLength(2)
  })

  it('passes on what is no error of a store', async () => {
    const bug = new TypeError('a bug')
    const store = { ...createMemoryStore(), get: () => Promise.reject(bug) }
    await expect(probeStore(store, ENV)).rejects.toBe(bug)
    const refused = {
      ...createMemoryStore(),
      get: () => Promise.reject(new HoldfastError('REMOTE_DENIED', 'No.')),
    }
    expect((await probeStore(refused, ENV)).findings).toContainEqual({
      ...{ check: 'read', state: 'failed', text: 'No.' },
    })
  })
})

const ENV: ProbeEnv = { clock: tickingClock(), random: seededRandom() }

async function probed(
  script: ((call: StoreCall) => Fault | undefined) | undefined,
  inner = createMemoryStore({ nowMs: ENV.clock.nowMs }),
  env: Partial<ProbeEnv> = {},
) {
  const store = createFaultyStore(inner, script ?? (() => undefined))
  return { inner, store, result: await probeStore(store, { ...ENV, ...env }) }
}

/** Moves on by 5 ms with every question for nanoseconds. */
function tickingClock(): Clock {
  let nowNs = 1_700_000_000_000_000_000n
  return {
    nowMs: () => Number(nowNs / 1_000_000n),
    nowNs: () => {
      nowNs += 5_000_000n
      return nowNs
    },
  }
}

function statesOf({ findings }: ProbeResult): string[] {
  return findings.map(({ check, state }) => `${check} ${state}`)
}

function failedOf({ findings }: ProbeResult): ProbeCheck[] {
  return findings.filter(({ state }) => state === 'failed').map(({ check }) => check)
}
