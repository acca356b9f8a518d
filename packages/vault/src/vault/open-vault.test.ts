import { createMemoryStore } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import type { ObjectInfo, ObjectStore } from '../ports.ts'
import { createTestVault } from '../test-vault.ts'
import { openVault } from './open-vault.ts'

it('stops listing keys when there is no vault, however many there are', async () => {
  const stopped = Promise.withResolvers<string>()
  async function* endless(signal: AbortSignal | undefined): AsyncGenerator<ObjectInfo> {
    for (let n = 0; ; n += 1) {
      if (signal?.aborted === true) return stopped.resolve('stopped')
      await new Promise((resolve) => setImmediate(resolve))
      yield { key: `keys/${n}`, size: 1, modifiedAtMs: 0 }
    }
  }
  const outer: ObjectStore = { ...createMemoryStore(), list: (_prefix, { signal } = {}) => endless(signal) }
  const doors = { outer, openInner: async () => createMemoryStore() }
  const { env } = await createTestVault()
  const opening = openVault(doors, { kind: 'passphrase', passphrase: 'any' }, env)
  await expect(opening).rejects.toMatchObject({ code: 'NOT_A_VAULT' })
  expect(await stopped.promise).toBe('stopped')
})
