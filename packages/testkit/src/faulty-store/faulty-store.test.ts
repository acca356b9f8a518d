import type { ObjectStore } from '@holdfast/vault/ports'
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../memory-store.ts'
import { objectStoreContract } from '../object-store-contract.ts'
import type { Fault } from './fault.ts'
import { createFaultyStore } from './faulty-store.ts'

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

  test('lets a put land twice, the second time also when it was deleted meanwhile', async () => {
    const { inner, store } = faulty('put', { kind: 'duplicate', calls: 1 })
    await store.put('a', body)
    await store.delete('a')
    expect(inner.objects.has('a')).toBe(false)
    expect(await store.stat('a')).toMatchObject({ size: 4 })
    const twice = faulty('put', { kind: 'duplicate', calls: 0 })
    await twice.store.put('a', body)
    expect(await twice.store.get('a')).toEqual(body)
  })

  test('shows an object only some calls after it was put, and not when it was deleted by then', async () => {
    const { store } = faulty('put', { kind: 'delayed', calls: 2 })
    await store.put('a', body)
    expect(await store.stat('a')).toBeUndefined()
    expect(await keysOf(store)).toEqual([])
    expect(await store.get('a')).toEqual(body)
    await store.put('b', body)
    await store.delete('b')
    await store.settle()
    expect(await keysOf(store)).toEqual(['a'])
    await store.put('c', body)
    await store.settle()
    expect(await store.stat('c')).toMatchObject({ size: 4 })
  })

  test('lists what was there some calls ago', async () => {
    const { store } = faulty('list', { kind: 'stale-list', calls: 2 })
    await store.put('x/a', body)
    await store.put('x/b', body)
    await store.delete('x/a')
    await store.put('y/c', body)
    expect(await keysOf(store, 'x')).toEqual(['x/a', 'x/b'])
    expect(await keysOf(store)).toEqual(['x/b'])
    expect(await keysOf(store)).toEqual(['x/b', 'y/c'])
  })

  test('answers a range with the first bytes of the object, as many as were asked for', async () => {
    const { store } = faulty('get', { kind: 'wrong-range' })
    await store.put('a', body)
    expect(await store.get('a', { range: { offset: 2, length: 2 } })).toEqual(Uint8Array.of(1, 2))
    expect(await store.get('a')).toEqual(body)
  })

  test('is slow by so many calls, and not for ever when nobody else calls', async () => {
    const { inner, store } = faulty('put', { kind: 'slow', calls: 3 })
    const slow = store.put('a', body)
    for (const key of ['b', 'c', 'd']) {
      expect(inner.objects.has('a')).toBe(false)
      await store.stat(key)
    }
    await slow
    expect(inner.objects.has('a')).toBe(true)
    await store.put('alone', body)
    expect(inner.objects.has('alone')).toBe(true)
  })

  test('is full at its quota, and not any more when something was deleted', async () => {
    const { store } = faulty('put', { kind: 'quota', bytes: 8 })
    await store.put('a', body)
    await store.put('b', body)
    await store.put('b', body)
    await expect(store.put('c', body)).rejects.toMatchObject({ code: 'REMOTE_FULL' })
    await store.delete('a')
    await store.put('c', body)
    expect(await keysOf(store)).toEqual(['b', 'c'])
  })

  test('lets create and read, and denies to overwrite and to delete', async () => {
    const inner = createMemoryStore()
    const store = createFaultyStore(inner, ({ method }) =>
      method === 'put' || method === 'delete' ? { kind: 'denied' } : undefined,
    )
    await store.put('a', body)
    await expect(store.put('a', Uint8Array.of(9))).rejects.toMatchObject({ code: 'REMOTE_DENIED' })
    await expect(store.delete('a')).rejects.toMatchObject({ code: 'REMOTE_DENIED' })
    expect(await store.get('a')).toEqual(body)
  })

  test.each(['put', 'get', 'stat', 'list', 'delete'])('makes a %s vanish without a word', async (method) => {
    const { inner, store } = faulty(method, { kind: 'vanish' })
    await (method === 'put' ? inner : store).put('a', body)
    if (method === 'put') await store.put('b', body)
    if (method === 'get') await expect(store.get('a')).rejects.toMatchObject({ code: 'OBJECT_MISSING' })
    if (method === 'stat') expect(await store.stat('a')).toBeUndefined()
    if (method === 'list') expect(await keysOf(store)).toEqual([])
    if (method === 'delete') await store.delete('a')
    expect([...inner.objects.keys()]).toEqual(['a'])
  })

  test('refuses a script whose fault means nothing for the call', async () => {
    const { store } = faulty('stat', { kind: 'wrong-range' })
    await expect(store.stat('a')).rejects.toThrow('no meaning')
  })
})

async function keysOf(store: ObjectStore, folder = ''): Promise<string[]> {
  return (await Array.fromAsync(store.list(folder))).map(({ key }) => key).sort()
}
