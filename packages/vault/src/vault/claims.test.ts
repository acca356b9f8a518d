import { HoldfastError, isHoldfastError, WriterId } from '@holdfast/domain'
import { createFaultyStore, createMemoryStore, type Fault, type StoreCall } from '@holdfast/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Cache } from '../ports.ts'
import { sealJson } from '../snapshot/sealed-json.ts'
import { createTestVault, seededRandom, type TestVault } from '../test-vault.ts'
import { SWEEPER } from './claim-format.ts'
import { type ClaimRequest, claimWriter, readClaims, writersIn } from './claims.ts'
import type { OpenedVault } from './open-vault.ts'

const writer = WriterId.parse('0123abcd')
const noCache: Cache = { get: () => undefined, put: () => {}, retain: () => {} }

let base: TestVault
beforeAll(async () => {
  base = await createTestVault()
})

/** One vault for several installations, each of which may see it through a store that fails. */
function sharedVault(seed = 1) {
  const inner = createMemoryStore()
  const env = { clock: base.env.clock, random: seededRandom(seed), cache: noCache }
  const seenBy = (store: OpenedVault['store']): OpenedVault => ({ ...base.vault, store })
  const claim = (
    who: string,
    over: Partial<ClaimRequest> & { store?: OpenedVault['store']; signal?: AbortSignal } = {},
  ) => {
    const { store = inner, signal, ...rest } = over
    const request = { writer, installation: who, machine: `machine ${who[0]}`, takeOver: false, ...rest }
    return claimWriter(seenBy(store), request, { ...env, signal })
  }
  const current = async () => (await readClaims(seenBy(inner), writer, env)).current?.body
  return { inner, env, claim, current, vault: seenBy(inner) }
}

const ONE = '1'.repeat(16)
const TWO = '2'.repeat(16)

const ERROR: Fault[] = [
  { kind: 'error-before' },
  { kind: 'error-after' },
  { kind: 'error-before', error: new HoldfastError('REMOTE_DENIED', 'Not allowed.') },
  { kind: 'hang' },
]
const FAULTS: Record<StoreCall['method'], Fault[]> = {
  put: [
    ...ERROR,
    { kind: 'vanish' },
    { kind: 'truncate', keep: 0, reports: 'success' },
    { kind: 'truncate', keep: 30, reports: 'success' },
    { kind: 'truncate', keep: 30, reports: 'error' },
  ],
  get: [...ERROR, { kind: 'flip', at: 12 }, { kind: 'flip', at: -1 }],
  stat: [...ERROR, { kind: 'vanish' }],
  list: [...ERROR, { kind: 'vanish' }],
  delete: ERROR,
}

/** Runs with one fault at one call, for every call and fault; `hang` stands for being killed there. Counts the faults. */
async function atEveryCall(
  prepare: () => Promise<OpenedVault['store']>,
  run: (faulty: { store: OpenedVault['store']; signal: AbortSignal }, name: string) => Promise<void>,
): Promise<number> {
  let met = 0
  for (let number = 1, reached = true; reached; number += 1) {
    reached = false
    for (let n = 0; n < FAULTS.put.length; n += 1) {
      const stop = new AbortController()
      const store = createFaultyStore(await prepare(), (call) => {
        const fault = call.number === number ? FAULTS[call.method][n] : undefined
        if (fault === undefined) return undefined
        if (fault.kind === 'hang') setImmediate(() => stop.abort())
        met += 1
        reached = true
        return fault
      })
      await run({ store, signal: stop.signal }, `fault ${n} at call ${number}`)
    }
  }
  return met
}

describe('a claim', () => {
  it('is made once, and then answered without writing', async () => {
    const { claim, inner, current } = sharedVault()
    expect(await claim(ONE)).toEqual({ epoch: 1 })
    expect(await claim(ONE)).toEqual({ epoch: 1 })
    expect(await claim(ONE, { takeOver: true })).toEqual({ epoch: 1 })
    expect([...inner.objects.keys()]).toEqual([
      expect.stringMatching(/^writers\/0123abcd\/000001-1{16}-[0-9a-f]{4}\.claim$/),
    ])
    expect(await current()).toMatchObject({ installation: ONE, machine: 'machine 1', epoch: 1 })
  })

  it('keeps others out, who are told by whom and since when', async () => {
    const { claim, inner } = sharedVault()
    await claim(ONE)
    await expect(claim(TWO)).rejects.toMatchObject({
      code: 'TAKEN_OVER',
      message: expect.stringMatching(/"machine 1".* since 2002-09-1/),
    })
    expect(inner.objects.size).toBe(1)
  })

  it('passes on by the next epoch when another installation takes over', async () => {
    const { claim, current } = sharedVault()
    await claim(ONE)
    expect(await claim(TWO, { takeOver: true })).toEqual({ epoch: 2 })
    await expect(claim(ONE)).rejects.toMatchObject({ code: 'TAKEN_OVER' })
    expect(await claim(ONE, { takeOver: true })).toEqual({ epoch: 3 })
    expect(await current()).toMatchObject({ installation: ONE, epoch: 3 })
  })

  it('does not count when it is damaged, misnamed or of another vault, and is named', async () => {
    const { claim, inner, env, vault } = sharedVault()
    await claim(ONE)
    await claim(TWO, { takeOver: true })
    const [first = '', second = ''] = [...inner.objects.keys()]
    const bytes = inner.objects.get(second)?.bytes ?? new Uint8Array()
    const higher = second.replace('000002', '000009')
    await inner.put(higher, bytes)
    await inner.put(second, bytes.subarray(0, 40))
    await inner.put(`writers/${writer}/note.txt`, Buffer.from('hello'))
    const forged = first.replace('000001', '000008')
    const body = { format: 'holdfast-claim', version: 1, vault: 'another', writer, epoch: 8 }
    await inner.put(forged, sealJson(forged, JSON.stringify(body), vault.keys.mac))
    const read = await readClaims(vault, writer, env)
    expect(read.current?.key).toBe(first)
    expect(read.broken.map(({ key }) => key)).toEqual([second, forged, higher, `writers/${writer}/note.txt`])
  })

  it('of a newer format is not passed over', async () => {
    const { claim, inner, vault } = sharedVault()
    const key = `writers/${writer}/000001-${TWO}-0000.claim`
    await inner.put(
      key,
      sealJson(key, JSON.stringify({ format: 'holdfast-claim', version: 2 }), vault.keys.mac),
    )
    await expect(claim(ONE, { takeOver: true })).rejects.toMatchObject({ code: 'VAULT_NEWER' })
  })

  it('is listed for every writer, also for one that only has snapshots', async () => {
    const { claim, inner, env, vault } = sharedVault()
    await claim(ONE, { writer: WriterId.parse('ffffffff') })
    await claim(ONE, { writer: SWEEPER })
    await inner.put('snaps/00000001/0000000001-20020915t000000z-abcd.snap', new Uint8Array(9))
    const found = await writersIn(vault, env)
    expect(found.map((each) => [each.writer, each.current?.body.installation])).toEqual([
      ['00000001', undefined],
      ['ffffffff', ONE],
    ])
  })

  it('survives every fault at every call: one installation may write, and a retry succeeds', async () => {
    let shared = sharedVault()
    const met = await atEveryCall(
      async () => {
        shared = sharedVault()
        return shared.inner
      },
      async (faulty, name) => {
        const answer = await outcome(shared.claim(ONE, faulty))
        if (answer !== 'failed') expect([await shared.current(), name]).toMatchObject([answer, name])
        await shared.claim(ONE)
        expect(await outcome(shared.claim(TWO)), name).toBe('failed')
        expect((await shared.current())?.installation, name).toBe(ONE)
      },
    )
    expect(met).toBeGreaterThan(30)
  })

  it('is taken over once or not at all under every fault at every call, and a retry succeeds', async () => {
    const prepared = async () => {
      const shared = sharedVault()
      await shared.claim(ONE)
      return shared
    }
    let shared = await prepared()
    const met = await atEveryCall(
      async () => {
        shared = await prepared()
        return shared.inner
      },
      async (faulty, name) => {
        const answer = await outcome(shared.claim(TWO, { ...faulty, takeOver: true }))
        const mayWrite = [await outcome(shared.claim(ONE)), await outcome(shared.claim(TWO))]
        expect(mayWrite.filter((each) => each !== 'failed').length, name).toBe(1)
        if (answer !== 'failed') expect(mayWrite, name).toEqual(['failed', answer])
        await shared.claim(TWO, { takeOver: true })
        expect(await outcome(shared.claim(ONE)), name).toBe('failed')
      },
    )
    expect(met).toBeGreaterThan(30)
  })

  it.each(['who never held it', 'whom another one turned out'])(
    'is never taken without being asked to by one %s, whatever fault hits',
    async (kind) => {
      const prepared = async () => {
        const shared = sharedVault()
        if (kind !== 'who never held it') await shared.claim(ONE)
        await shared.claim(TWO, { takeOver: true })
        return shared
      }
      let shared = await prepared()
      await atEveryCall(
        async () => {
          shared = await prepared()
          return shared.inner
        },
        async (faulty, name) => {
          expect(await outcome(shared.claim(ONE, faulty)), name).toBe('failed')
          expect((await shared.current())?.installation, name).toBe(TWO)
        },
      )
    },
  )

  it('is not believed while the remote does not list it, and counts once it does', async () => {
    const { claim, inner } = sharedVault()
    const store = { ...inner, list: async function* () {} }
    await expect(claim(ONE, { store })).rejects.toMatchObject({ code: 'REMOTE_LIES' })
    expect(await claim(ONE)).toEqual({ epoch: 1 })
  })

  it('has one holder in the end when two claim it at once, or take it over at once', async () => {
    for (const takeOver of [false, true])
      for (let seed = 1; seed <= 20; seed += 1) {
        const shared = sharedVault(seed)
        if (takeOver) await shared.claim('9'.repeat(16))
        const both = [ONE, TWO].map((who) => outcome(shared.claim(who, { takeOver })))
        const answers = await Promise.all(both)
        expect(answers.filter((answer) => answer !== 'failed').length).toBeGreaterThanOrEqual(1)
        const again = await Promise.all([ONE, TWO].map((who) => outcome(shared.claim(who))))
        expect(again.filter((answer) => answer !== 'failed').length).toBe(1)
      }
  })
})

async function outcome(claiming: Promise<{ epoch: number }>): Promise<{ epoch: number } | 'failed'> {
  try {
    return await claiming
  } catch (error) {
    if (isHoldfastError(error) || (error instanceof Error && error.name === 'AbortError')) return 'failed'
    throw error
  }
}
