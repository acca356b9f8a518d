import { isHoldfastError } from '@holdfast/domain'
import type { OpenFile, SourceTree, TargetTree } from '../ports.ts'
import { type BytePath, fromBytePath, isInside, toBytePath } from '../scan/path-order.ts'
import type { Entry } from '../snapshot/manifest-line.ts'

/** Where a label's files come from. */
export type LabelledSource = { readonly label: Uint8Array; readonly path: Uint8Array }

export type Comparison = {
  /** True when there was an unchanged live file to compare with. */
  readonly compared: boolean
  /** What does not agree, undefined when everything does. */
  readonly problem: string | undefined
}

/**
 * Compares a restored file byte for byte with the live one where that has the recorded size and time; otherwise its
 * size with the recorded one, as the restore has hashed what it wrote.
 */
export function compareRestored(
  entry: Entry,
  sources: readonly LabelledSource[],
  env: { source: SourceTree | undefined; target: TargetTree },
): Comparison {
  const restored = env.target.open(fromBytePath(entry.path))
  if ('problem' in restored) return { compared: false, problem: `it was not restored: ${restored.problem}` }
  try {
    const { size } = restored.stat()
    if (size !== entry.size)
      return { compared: false, problem: `${size} bytes came back instead of ${entry.size}` }
    const live = livePath(entry.path, sources)
    const file = live === undefined ? undefined : env.source?.open(live)
    if (file === undefined || 'problem' in file) return { compared: false, problem: undefined }
    try {
      return compareFiles(entry, restored, file)
    } finally {
      file.close()
    }
  } finally {
    restored.close()
  }
}

function compareFiles(entry: Entry, restored: OpenFile, live: OpenFile): Comparison {
  const before = live.stat()
  if (before.size !== entry.size || before.mtimeNs !== entry.mtimeNs)
    return { compared: false, problem: undefined }
  let same: boolean
  try {
    same = sameBytes(restored, live)
  } catch (error) {
    if (!isHoldfastError(error, 'SOURCE_UNREADABLE')) throw error
    return { compared: false, problem: undefined } // the live disk fails, not the vault
  }
  const after = live.stat()
  if (!same && (after.size !== before.size || after.mtimeNs !== before.mtimeNs))
    return { compared: false, problem: undefined } // it was written to meanwhile
  return {
    compared: true,
    problem: same
      ? undefined
      : 'the live file has other bytes, though its size and time are the recorded ones',
  }
}

/** The live path of a snapshot's path, undefined when no source has its label. */
export function livePath(path: BytePath, sources: readonly LabelledSource[]): Uint8Array | undefined {
  for (const source of sources) {
    const label = toBytePath(source.label)
    if (!isInside(path, label)) continue
    const root = toBytePath(source.path)
    return fromBytePath(`${root === '/' ? '' : root}${path.slice(label.length)}`)
  }
  return undefined
}

function sameBytes(a: Pick<OpenFile, 'readInto'>, b: Pick<OpenFile, 'readInto'>): boolean {
  const left = Buffer.alloc(1024 * 1024)
  const right = Buffer.alloc(1024 * 1024)
  for (;;) {
    const length = a.readInto(left)
    let got = 0
    while (got < length) {
      const more = b.readInto(right.subarray(got, length))
      if (more === 0) return false
      got += more
    }
    if (length === 0) return b.readInto(right) === 0
    if (!left.subarray(0, length).equals(right.subarray(0, length))) return false
  }
}
