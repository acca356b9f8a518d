/**
 * Inside the engine a path is a *byte string*: a JavaScript string with one char (0–255) per byte. V8 keeps those
 * compactly and compares them fast, and no byte of a name is ever lost to decoding.
 */
export type BytePath = string

/**
 * The order of the manifest and of the walk: by bytes, with `/` before every other byte, so that everything in a
 * directory follows it directly (depth first). Negative, zero or positive.
 */
export function comparePaths(a: BytePath, b: BytePath): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return (x === SLASH ? -1 : x) - (y === SLASH ? -1 : y)
  }
  return a.length - b.length
}

/** True when `path` is `folder` or lies in it; everything lies in the empty folder. */
export function isInside(path: BytePath, folder: BytePath): boolean {
  return (
    folder === '' || path === folder || (path.startsWith(folder) && path.charCodeAt(folder.length) === SLASH)
  )
}

/** The smallest path after everything inside `folder`: where the walk goes on when a folder is left out. */
export function afterFolder(folder: BytePath): BytePath {
  return `${folder}/\u00ff\u00ff`
}

/** Bytes as a byte string. */
export function toBytePath(bytes: Uint8Array): BytePath {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** A byte string as bytes. */
export function fromBytePath(path: BytePath): Uint8Array {
  return Buffer.from(path, 'latin1')
}

const SLASH = 0x2f
