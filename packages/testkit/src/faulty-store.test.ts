import { describe, expect, test } from 'vitest'
import { createFaultyStore, type Fault } from './faulty-store.ts'
import { createMemoryStore } from './memory-store.ts'
import { objectStoreContract } from './object-store-contract.ts'

objectStoreContract('A faulty store without faults', async () => ({
  store: createFaultyStore(createMemoryStore(), () => undefined),
  [Symbol.asyncDispose]: async () => {},
}))

describe('A faulty store', () => {
  const body = Uint8Array.of(1, 2, 3, 4)
  const faulty = (method: string, fault: Fault) => {
    const inner = createMemoryStore()
    return { inner, store: createFaultyStore(inner, (call) => (call.method === method ? fault : undefined)) }
  }

  test('fails before anything happened', async () => {
    const { inner, store } = faulty('put', { kind: 'error-before' })
    await expect(store.put('a', body)).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' })
    expect(inner.objects.has('a')).toBe(false)
  })

  test('fails after it happened', async () => {
    const { inner, store } = faulty('put', { kind: 'error-after' })
    await expect(store.put('a', body)).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' })
    expect(inner.objects.get('a')?.bytes).toEqual(body)
  })

  test('cuts an object short and says nothing', async () => {
    const { store } = faulty('put', { kind: 'truncate', keep: 2, reports: 'success' })
    await store.put('a', body)
    expect(await store.stat('a')).toMatchObject({ size: 2 })
  })

  test('changes one bit of what is read, not of what is stored', async () => {
    const { inner, store } = faulty('get', { kind: 'flip', at: -1 })
    await store.put('a', body)
    expect(await store.get('a')).toEqual(Uint8Array.of(1, 2, 3, 5))
    expect(inner.objects.get('a')?.bytes).toEqual(body)
  })

  test('hangs until it is cancelled', async () => {
    const { store } = faulty('stat', { kind: 'hang' })
    const stop = new AbortController()
    const hanging = store.stat('a', { signal: stop.signal })
    stop.abort()
    await expect(hanging).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  test('ends a listing with an error after its objects', async () => {
    const { store } = faulty('list', { kind: 'error-after' })
    await store.put('a', body)
    const seen: string[] = []
    const listing = async () => {
      for await (const { key } of store.list('')) seen.push(key)
    }
    await expect(listing()).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' })
    expect(seen).toEqual(['a'])
  })

  test('counts its calls, so that a run can be replayed up to one of them', async () => {
    const { store } = faulty('delete', { kind: 'error-before' })
    await store.put('a', body)
    await store.stat('a')
    expect(store.calls).toEqual([
      { number: 1, method: 'put', key: 'a' },
      { number: 2, method: 'stat', key: 'a' },
    ])
  })
})
