import type { ObjectStore } from '../ports.ts'

/** The store, into which nothing is put before `allowed` resolves; when that rejects, each put rejects with it. */
export function putsAfter(allowed: Promise<unknown>, store: ObjectStore): ObjectStore {
  return {
    async put(...call) {
      await allowed
      await store.put(...call)
    },
    get: (...call) => store.get(...call),
    stat: (...call) => store.stat(...call),
    list: (...call) => store.list(...call),
    delete: (...call) => store.delete(...call),
  }
}
