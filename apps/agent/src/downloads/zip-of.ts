import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { pathToText, type SelectedEntry } from '@holdfast/vault'
import { ZipFile } from 'yazl'

/**
 * A zip of files and folders, made while it is read and no faster: one file is open at a time. What is no file or
 * folder has no place in a zip; it and what could not be read then are named in a text file at its end.
 */
export async function* zipOf(
  entries: AsyncIterable<SelectedEntry>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const zip = new ZipFile()
  const output = Readable.from(zip.outputStream)
  const filling = fill(zip, entries).catch((error: unknown) => {
    output.destroy(error instanceof Error ? error : new Error(String(error)))
  })
  try {
    for await (const part of output) {
      if (part instanceof Uint8Array) yield part
    }
    await filling
  } finally {
    output.destroy()
    zip.outputStream.removeAllListeners()
  }
}

async function fill(zip: ZipFile, entries: AsyncIterable<SelectedEntry>): Promise<void> {
  const leftOut: string[] = []
  for await (const entry of entries) {
    const path = pathToText(entry.path)
    const mtime = new Date(Number(entry.mtimeNs / 1_000_000n))
    const problem = entry.problem ?? (isSafe(path) ? undefined : 'its name has no place in a zip')
    if (problem !== undefined) leftOut.push(`${path}: ${problem}`)
    else if (entry.kind === 'dir')
      zip.addEmptyDirectory(path, { mtime, mode: 0o040000 | (entry.mode & 0o777) })
    else if (entry.kind === 'file') {
      const bytes = Readable.from(entry.bytes(), { objectMode: false })
      zip.addReadStream(bytes, path, {
        ...{ mtime, mode: 0o100000 | (entry.mode & 0o777), compress: false, size: entry.size },
      })
      await finished(bytes)
    } else leftOut.push(`${path}: a ${entry.kind} has no place in a zip`)
  }
  if (leftOut.length > 0)
    zip.addBuffer(Buffer.from(`${leftOut.join('\n')}\n`), 'holdfast-left-out.txt', { compress: false })
  zip.end()
}

/** No unpacker may be led out of its folder, nor take a backslash or a drive letter for one. */
function isSafe(path: string): boolean {
  return (
    !/^[A-Za-z]:|\\|^\//.test(path) &&
    path.split('/').every((name) => name !== '' && name !== '.' && name !== '..')
  )
}
