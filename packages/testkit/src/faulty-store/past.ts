import type { ObjectInfo, ObjectStore } from '@holdfast/vault/ports'

/** What a store listed some calls ago. */
export type Past = {
  /** To be called before an object changes. */
  before(number: number, key: string): Promise<void>
  /** What a folder held before the call with this number. */
  list(folder: string, number: number): Promise<ObjectInfo[]>
}

/** Keeps what each change replaced, and undoes changes on the listing of now. Changes of `inner` itself are unseen. */
export function createPast(inner: ObjectStore): Past {
  const changes: { number: number; key: string; was: ObjectInfo | undefined }[] = []
  return {
    async before(number, key) {
      changes.push({ number, key, was: await inner.stat(key) })
    },
    async list(folder, number) {
      const found = new Map<string, ObjectInfo>()
      for await (const info of inner.list(folder)) found.set(info.key, info)
      for (const change of changes.toReversed()) {
        if (change.number < number) break
        if (folder !== '' && !change.key.startsWith(`${folder}/`)) continue
        if (change.was === undefined) found.delete(change.key)
        else found.set(change.key, change.was)
      }
      return [...found.values()]
    },
  }
}
