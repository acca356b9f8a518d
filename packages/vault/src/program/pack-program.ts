import { createHash } from 'node:crypto'
import { HoldfastError } from '@holdfast/domain'
import { TAR_END, tarHeader, tarLinkHeader, tarPadding } from '../pack/tar-member.ts'
import type { SourceTree } from '../ports.ts'
import { toBytePath } from '../scan/path-order.ts'
import { PROGRAM_FOLDER, type ProgramEntry } from './program-entry.ts'

/** An entry, and what was read of it: packing it must give the same. */
type Read = { readonly entry: ProgramEntry; readonly size: number; readonly sha256: string }

export type ProgramListing = {
  /** Of names, modes and contents: two programs with one hash are the same. */
  readonly hash: string
  readonly files: number
  readonly reads: readonly Read[]
}

const READ_BYTES = 1024 * 1024
/** One for all: the same program gives the same archive. 2026-01-01. */
const MTIME_SECONDS = 1_767_225_600

/** Reads all of a program once, in the order of its names. SOURCE_UNREADABLE when something can't be read. */
export async function listProgram(
  entries: readonly ProgramEntry[],
  { source, signal }: { source: SourceTree; signal?: AbortSignal | undefined },
): Promise<ProgramListing> {
  const all = createHash('sha256')
  const reads: Read[] = []
  for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const one = createHash('sha256')
    let size = 0
    for (const bytes of contentOf(entry, source)) {
      one.update(bytes)
      size += bytes.length
      await turn(signal)
    }
    const sha256 = one.digest('hex')
    const what = entry.kind === 'link' ? `link ${entry.target}` : `file ${size} ${sha256} ${modeOf(entry)}`
    all.update(`${entry.name}\n${what}\n`)
    reads.push({ entry, size, sha256 })
  }
  return { hash: all.digest('hex'), files: reads.length, reads }
}

/** The archive of a program that was listed. SOURCE_UNREADABLE when it is another one by now. */
export async function* tarOfProgram(
  { reads }: ProgramListing,
  { source, signal }: { source: SourceTree; signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  for (const { entry, size, sha256 } of reads) {
    const name = toBytePath(Buffer.from(`${PROGRAM_FOLDER}/${entry.name}`))
    if (entry.kind === 'link') {
      yield tarLinkHeader(name, entry.target, MTIME_SECONDS)
      continue
    }
    yield tarHeader(name, size, MTIME_SECONDS, modeOf(entry))
    const hash = createHash('sha256')
    for (const bytes of contentOf(entry, source)) {
      hash.update(bytes)
      yield bytes
      await turn(signal)
    }
    if (hash.digest('hex') !== sha256)
      throw new HoldfastError('SOURCE_UNREADABLE', `${entry.name} changed while it was packed.`, {
        next: 'It is packed again after the next run.',
      })
    yield new Uint8Array(tarPadding(size))
  }
  yield TAR_END
}

function modeOf(entry: Exclude<ProgramEntry, { kind: 'link' }>): number {
  return entry.executable ? 0o755 : 0o644
}

function* contentOf(entry: ProgramEntry, source: SourceTree): Generator<Uint8Array> {
  if (entry.kind === 'link') return
  if (entry.kind === 'text') {
    yield Buffer.from(entry.text)
    return
  }
  const file = source.open(entry.path)
  if ('problem' in file)
    throw new HoldfastError('SOURCE_UNREADABLE', `${entry.name} can't be packed: ${file.problem}.`)
  try {
    for (;;) {
      const buffer = new Uint8Array(READ_BYTES)
      const length = file.readInto(buffer)
      if (length === 0) return
      yield buffer.subarray(0, length)
    }
  } finally {
    file.close()
  }
}

/** Files are read without promises: whoever cancels must be heard in between. */
async function turn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  signal?.throwIfAborted()
}
