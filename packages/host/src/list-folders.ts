import { access, constants, opendir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HoldfastError } from '@holdfast/domain'
import { systemCode } from './system-error.ts'

export type FolderPage = {
  readonly path: string
  readonly parent: string | null
  readonly folders: readonly { readonly name: string; readonly path: string; readonly readable: boolean }[]
  /** True when more follow: they come with the last name as `after`. */
  readonly more: boolean
}

/**
 * The folders in a folder, links left out, in the order of their names with the hidden ones last: the first `limit`
 * after the name `after`. Holds a few pages of names at a time, whatever the folder holds. `path` is absolute. Rejects
 * with SOURCE_MISSING or SOURCE_UNREADABLE, and when `signal` aborts.
 */
export async function listFolders(
  path: string,
  { after, limit, signal }: { after?: string | undefined; limit: number; signal?: AbortSignal | undefined },
): Promise<FolderPage> {
  const first = await firstNames(path, { after, limit: limit + 1, signal })
  const folders = first.slice(0, limit).map(async (name) => {
    const full = join(path, name)
    return { name, path: full, readable: await isReadable(full) }
  })
  const parent = dirname(path)
  return {
    path,
    parent: parent === path ? null : parent,
    folders: await Promise.all(folders),
    more: first.length > limit,
  }
}

async function firstNames(
  path: string,
  { after, limit, signal }: { after: string | undefined; limit: number; signal: AbortSignal | undefined },
): Promise<string[]> {
  let names: string[] = []
  try {
    for await (const entry of await opendir(path, { bufferSize: 1024 })) {
      signal?.throwIfAborted()
      // A name that is no text can't be asked for as text.
      if (!entry.isDirectory() || entry.name.includes('\uFFFD')) continue
      if (after !== undefined && compareNames(entry.name, after) <= 0) continue
      names.push(entry.name)
      if (names.length >= limit * 4) names = names.sort(compareNames).slice(0, limit)
    }
  } catch (cause) {
    const code = systemCode(cause)
    if (code === undefined) throw cause
    throw code === 'ENOENT' || code === 'ENOTDIR'
      ? new HoldfastError('SOURCE_MISSING', `There is no folder ${path}.`, { cause })
      : new HoldfastError('SOURCE_UNREADABLE', `The folder ${path} can't be read.`, { cause })
  }
  return names.sort(compareNames).slice(0, limit)
}

const collator = new Intl.Collator()

/** Hidden ones last; names that only a locale takes for the same keep an order too. */
function compareNames(a: string, b: string): number {
  const hidden = Number(a.startsWith('.')) - Number(b.startsWith('.'))
  return hidden || collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
}
